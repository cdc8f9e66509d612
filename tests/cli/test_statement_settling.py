"""`invoiced statements unknown`, `settle`, `check-keys` and `import-journal`, against the emulator over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

import pytest
from journal_writer import write_journal
from lost_responses import lose_responses, send

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import idempotency
from invoiced.statements import Period, Statements, key_check

from .conftest import Run


@pytest.fixture
def statements(account: invoiced.Client, emulator: Emulator) -> Iterator[Statements]:
    for number in range(1, 6):
        account.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
    statements = Statements(account.with_options(rate=10_000))
    with statements.ledger:
        yield statements


@pytest.fixture
def period(statements: Statements, emulator: Emulator) -> Period:
    """A period in which the outcome of customers 2 (sent) and 4 (not sent) is unknown."""
    lose_responses(emulator)
    period = statements.period("2026-11")
    send(period)
    return period


def outcomes(period: Period) -> dict[str | None, str]:
    return {result.customer.number: result.outcome for result in period.results() if result.customer.id in (2, 4)}


def test_unknown_statements_are_listed_and_settled_by_a_sheet(run: Run, period: Period, tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    result = run("statements", "unknown", "2026-11")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    assert "CUST-00002 Customer 2: unknown, 20" in result.stdout
    result = run("statements", "unknown", "2026-11", "--out", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: 2 statements\n")
    assert f"invoiced statements settle 2026-11 {path}" in result.stderr
    assert run("statements", "unknown", "2026-11", "--out", path).exit_code == 2

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [*csv.DictReader(file)]
    for answers, status in ((("yes", ""), 1), (("", "no"), 0)):
        left = [row for row in rows if outcomes(period)[row["number"]] == "unknown"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            pairs = zip(rows, answers, strict=True)
            writer.writerows({**row, "sent?": answer} for row, answer in pairs if row in left)
        assert run("statements", "settle", "2026-11", path).exit_code == status
    assert outcomes(period) == {"CUST-00002": "sent", "CUST-00004": "to do"}
    result = run("statements", "unknown", "2026-11", "--out", tmp_path / "none.csv")
    assert (result.exit_code, result.stdout) == (0, "No statement of 2026-11 is unknown.\n")
    assert not (tmp_path / "none.csv").exists()


def test_unknown_statements_are_settled_by_name(run: Run, period: Period) -> None:
    words = ("--sent", "CUST-00002", "--not-sent", "4", "--reason", "phone")
    result = run("statements", "settle", "2026-11", *words)
    assert (result.exit_code, result.stdout) == (
        0,
        "CUST-00002 Customer 2: sent (phone)\nCUST-00004 Customer 4: not sent (phone)\n",
    )
    assert outcomes(period) == {"CUST-00002": "sent", "CUST-00004": "to do"}


def test_unknown_statements_are_settled_by_a_mailbox_and_the_message_is_named(
    run: Run, period: Period, tmp_path: Path
) -> None:
    mail = EmailMessage()
    mail["To"], mail["Date"], mail["Subject"], mail["Message-ID"] = "2@example.com", formatdate(), "November", "<m@x>"
    path = tmp_path / "archive.mbox"
    path.write_bytes(b"From a Mon Nov 30 10:00:00 2026\n" + bytes(mail) + b"\n")
    result = run("statements", "settle", "2026-11", "--from-mailbox", path)
    first, second = result.stdout.splitlines()
    assert result.exit_code == 1
    assert first.startswith("CUST-00002 Customer 2: sent (archive.mbox: message <m@x> of 20")
    assert first.endswith(" to 2@example.com, 'November')")
    assert second == "CUST-00004 Customer 4: stays unknown: no message to 4@example.com"
    assert result.stderr.endswith("1 statement of 2026-11 still unknown.\n")
    result = run("statements", "settle", "2026-11", "--from-mailbox", path, "--complete-until", "2099-01-01")
    assert (result.exit_code, "later than the mailbox is complete" in result.stdout) == (1, True)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "Give either a FILE, or --sent and --not-sent, or --from-mailbox."),
        (["a.csv", "--sent", "1", "--reason", "x"], "Give either a FILE"),
        (["--sent", "CUST-00002"], "require --reason"),
        (["--from-mailbox", "a", "--reason", "x"], "leave out --reason"),
        (["--sent", "CUST-00002", "--reason", "x", "--complete-until", "2026-11-30"], "requires --from-mailbox"),
        (["--from-mailbox", "a", "--complete-until", "soon"], "invalid time 'soon'"),
        (["--from-mailbox", "missing.mbox"], "Cannot read missing.mbox"),
        (["missing.csv"], "Cannot read missing.csv"),
        (["--sent", "CUST-00001", "--reason", "x"], "Customer CUST-00001 has no unknown statement in 2026-11"),
        (["--sent", "2", "--not-sent", "2", "--reason", "x"], "sent and not_sent have the same customers"),
    ],
)
def test_what_cannot_be_settled_is_refused_and_nothing_is_recorded(
    words: list[str], problem: str, run: Run, period: Period
) -> None:
    result = run("statements", "settle", "2026-11", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert outcomes(period) == {"CUST-00002": "unknown", "CUST-00004": "unknown"}


def test_wrong_rows_of_a_sheet_are_all_named(run: Run, period: Period, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("number,sent?\nCUST-00002,perhaps\nCUST-00004,no\nCUST-9,yes\n")
    result = run("statements", "settle", "2026-11", tmp_path / "a.csv")
    assert result.exit_code == 2
    assert "Row 2: sent? is 'perhaps'" in result.stderr
    assert "Row 4: customer CUST-9 has no unknown statement in 2026-11" in result.stderr
    assert outcomes(period) == {"CUST-00002": "unknown", "CUST-00004": "unknown"}


def test_keys_are_checked_with_a_statement_to_oneself(
    run: Run, emulator: Emulator, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_check, "STORING", 0.0)
    result = run("statements", "check-keys", "--to", "me@example.com", "--customer", "CUST-00003")
    assert result.exit_code == 0
    assert result.stdout.startswith("proven: both responses to the key were the same message")
    assert {email["email"] for email in emulator.outbox} == {"me@example.com"}
    emulator.fail("POST /customers/*/emails", body=[{"object": "email"}], times=None)
    result = run("statements", "check-keys", "--to", "me@example.com")
    assert (result.exit_code, result.stdout.partition(":")[0]) == (1, "unproven")
    result = run("statements", "check-keys", "--to", "me")
    assert (result.exit_code, "invalid e-mail address 'me'" in result.stderr) == (2, True)


def test_the_plan_says_how_many_are_tried_again_with_their_keys_and_a_dry_run_writes_nothing(
    run: Run, emulator: Emulator, period: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("statements", "send", "2026-11", "--all", "--type", "open_item", "--dry-run")
    monkeypatch.setattr(key_check, "STORING", 0.0)
    monkeypatch.setattr(idempotency, "MIN_AGE", 0)
    assert "sent before 3, unknown 2" in run(*words).stderr
    assert run("statements", "check-keys", "--to", "me@example.com").exit_code == 0
    emulator.requests.clear()
    assert "sent before 3, unknown and tried again with their idempotency keys 2" in run(*words).stderr
    assert {request.method for request in emulator.requests} == {"GET"}


def test_journals_are_taken_over(
    run: Run, emulator: Emulator, account: invoiced.Client, statements: Statements, tmp_path: Path
) -> None:
    born = {customer.id: customer.created_at for customer in account.Customer.all()}
    states = [(1, "sent"), (2, "unknown"), (3, "to do")]
    first = write_journal(tmp_path / "a.journal", states, account=emulator.url, created_at=born)
    second = write_journal(tmp_path / "b.journal", [(1, "sent")], account=emulator.url, created_at=born)
    result = run("statements", "import-journal", first, second, "--period", "2026-11")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "a.journal: 1 sent, 1 unknown, 1 not tried",
            "b.journal: 1 sent",
            "In several journals: CUST-00001 Customer 1 is sent in a.journal and sent in b.journal.",
            "2 customers taken over to 2026-11.",
        ],
    )
    result = run("statements", "import-journal", first, "--period", "2026-11")
    assert result.stdout.splitlines()[-1] == (
        "0 customers taken over to 2026-11. 2 were in the ledger already, and stay as they are."
    )
    (tmp_path / "c.journal").write_bytes(b"x" * 600)
    result = run("statements", "import-journal", first, tmp_path / "c.journal", "--period", "2026-12")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "c.journal cannot be used" in result.stderr
    assert statements.period("2026-12").status().counts == {}
