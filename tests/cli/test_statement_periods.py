"""`invoiced statements status`, `report`, `skip`, `close` and `history`, against the emulator over HTTP."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from lost_responses import lose_responses, send

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Period, Statements

from .conftest import Run


@pytest.fixture
def statements(account: invoiced.Client, emulator: Emulator) -> Iterator[Statements]:
    for number in range(1, 6):
        account.Customer.create(name=f"Customer {number}", email=None if number == 5 else f"{number}@example.com")
    with Statements(account.with_options(rate=10_000)).ledger as ledger:
        yield Statements(account.with_options(rate=10_000), ledger=ledger)


@pytest.fixture
def period(statements: Statements) -> Period:
    return statements.period("2026-11")


def test_the_status_names_who_is_left_and_why_and_what_to_do(run: Run, emulator: Emulator, period: Period) -> None:
    lose_responses(emulator)
    emulator.fail("POST /customers/1/emails", status=400, body={"message": "The mailbox is full."})
    send(period)
    result = run("statements", "status", "2026-11")
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0]) == (1, "2026-11: 1 failed, 1 no address, 1 sent, 2 unknown")
    shown = sorted(re.sub(r" \(20[^()]*\)$", "", line) for line in lines[1:])
    assert shown[0] == "failed, CUST-00001 Customer 1: The mailbox is full."
    assert shown[1].startswith("no address, CUST-00005 Customer 5: neither the customer nor a contact has")
    assert shown[2].startswith("unknown, CUST-00002 Customer 2: ")
    assert re.search(r" \(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\)$", lines[-1]) or "no address" in lines[-1]
    assert "invoiced statements unknown 2026-11 --out unknown.xlsx" in result.stderr
    assert "invoiced statements skip 2026-11 NUMBER --reason TEXT" in result.stderr


def test_the_status_of_a_complete_period_is_0(run: Run, period: Period) -> None:
    send(period, [1, 2])
    result = run("statements", "status", "2026-11")
    assert (result.exit_code, result.stdout) == (0, "2026-11: 2 sent\n")


def test_the_status_shows_20_or_all(run: Run, account: invoiced.Client, period: Period) -> None:
    for number in range(25):
        account.Customer.create(name=f"Without {number}")
    send(period, [1, *range(6, 31)])
    shown = run("statements", "status", "2026-11").stdout.splitlines()
    assert (len(shown), shown[-1]) == (22, "... and 5 more (--all shows them).")
    assert len(run("statements", "status", "2026-11", "--all").stdout.splitlines()) == 26


def test_without_a_period_the_status_has_a_line_for_each_run(run: Run, statements: Statements) -> None:
    assert run("statements", "status").stdout.endswith("has no statements.\n")
    send(statements.period("2026-10"), [1])
    statements.period("2026-10").close()
    send(statements.period("2026-11"), [2, 5])
    send(statements.period("2026-11", "reminder-1"), [3])
    result = run("statements", "status")
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert re.fullmatch(r"2026-10: 1 sent, closed on 20\d\d-\d\d-\d\d by \S+", lines[0])
    assert lines[1:] == ["2026-11: 1 no address, 1 sent", "2026-11 reminder-1: 1 sent"]
    counts = [each["counts"] for each in json.loads(run("statements", "status", "--output", "json").stdout)]
    assert counts == [{"sent": 1}, {"no address": 1, "sent": 1}, {"sent": 1}]


def test_the_status_as_json_has_all_that_is_left(run: Run, period: Period) -> None:
    send(period, [1, 5])
    result = run("statements", "status", "2026-11", "--output", "json")
    status = json.loads(result.stdout)
    assert (result.exit_code, status["left"], status["closed_at"], status["run"]) == (1, 1, None, "")
    (row,) = status["rows"]
    assert (row["number"], row["outcome"], row["at"]) == ("CUST-00005", "no address", None)


def test_the_status_can_be_shown_while_statements_are_sent(run: Run, emulator: Emulator, period: Period) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        arrived.set()
        go_on.wait(30)

    emulator.fail("POST /customers/2/emails", changes=wait)
    sender = threading.Thread(target=send, args=(period,))
    sender.start()
    try:
        assert arrived.wait(30)
        result = run("statements", "status", "2026-11")
    finally:
        go_on.set()
        sender.join()
    assert result.exit_code == 1
    assert "in flight, CUST-00002 Customer 2" in result.stdout
    assert period.status().counts["sent"] == 4


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["status", "2026-12"], "Nothing was sent in 2026-12, says the ledger "),
        (["status", "november"], "A period is a month such as 2026-11"),
        (["status", "--run", "reminder-1"], "--run requires a PERIOD."),
        (["status", "2026-11", "--run", "A B"], "The name of a run is in small letters"),
        (["report", "2026-12", "--out", "r.xlsx"], "Nothing was sent in 2026-12 yet"),
        (["report", "2026-11", "--out", "r.txt"], "must end in .xlsx or .csv"),
        (["skip", "2026-11", "CUST-00001", "--reason", "by post"], "Customer CUST-00001 has no statement that can be"),
        (["skip", "2026-11", "CUST-00005", "--reason", " "], "A decision needs a reason"),
        (["close", "2026-11"], "2026-11 cannot be closed: 1 are left"),
        (["close", "2026-12"], "Nothing was sent in 2026-12"),
        (["history", "2026-11", "CUST-00004"], "Customer CUST-00004 was sent no statement in 2026-11"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_status_2(
    words: list[str], problem: str, run: Run, period: Period, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    send(period, [1, 5])
    before = period.status()
    result = run("statements", *words)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert problem in result.stderr
    assert period.status() == before


def test_a_ledger_that_cannot_be_used_is_said_in_one_line_with_status_2(
    run: Run, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_bytes(b"x" * 5000)
    monkeypatch.setenv("INVOICED_LEDGER", str(tmp_path / "broken"))
    for words in (["status"], ["status", "2026-11"], ["close", "2026-11"], ["unknown", "2026-11"]):
        result = run("statements", *words)
        assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
        assert "broken cannot be used" in result.stderr


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_report_is_written_at_any_moment_and_again(run: Run, period: Period, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"report.{ending}"
    send(period, [1])
    assert run("statements", "report", "2026-11", "--out", path).stdout == f"{path}: 1 row\n"
    send(period, [1, 2, 5])
    assert run("statements", "report", "2026-11", "--out", path).stdout == f"{path}: 3 rows\n"
    if ending == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert [row["outcome"] for row in csv.DictReader(file)] == ["sent", "sent", "no address"]
    else:
        assert openpyxl.load_workbook(path).active.max_row == 4
    (tmp_path / "mine.csv").write_text("number\n")
    result = run("statements", "report", "2026-11", "--out", tmp_path / "mine.csv")
    assert (result.exit_code, "is not a report" in result.stderr) == (2, True)


def test_skipped_customers_let_a_period_be_closed_and_who_and_why_is_kept(run: Run, period: Period) -> None:
    send(period, [1, 5])
    result = run("statements", "skip", "2026-11", "CUST-00005", "--reason", "by post")
    assert (result.exit_code, result.stdout) == (0, "CUST-00005 Customer 5: skipped (by post)\n")
    assert run("statements", "status", "2026-11").exit_code == 0
    result = run("statements", "history", "2026-11", "CUST-00005")
    assert re.fullmatch(r"20\S+ skipped by \S+: by post\n", result.stdout)
    result = run("statements", "close", "2026-11")
    assert result.exit_code == 0
    assert re.fullmatch(r"2026-11: 1 sent, 1 skipped, closed on \S+ by \S+\n", result.stdout)
    with pytest.raises(Exception, match="closed"):
        send(period, [2])


def test_a_further_run_of_a_period_is_named(run: Run, statements: Statements) -> None:
    send(statements.period("2026-11", "reminder-1"), [1, 5])
    words = ("2026-11", "--run", "reminder-1")
    assert run("statements", "status", *words).stdout.startswith("2026-11 reminder-1: 1 no address, 1 sent\n")
    assert "invoiced statements skip 2026-11 --run reminder-1 NUMBER" in run("statements", "status", *words).stderr
    assert run("statements", "skip", *words, "CUST-00005", "--reason", "by post").exit_code == 0
    assert run("statements", "close", *words).exit_code == 0
    assert run("statements", "status", "2026-11").exit_code == 2
