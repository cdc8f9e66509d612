"""`invoiced statements send`, `invoiced contacts import` and `invoiced demo`, against the emulator over HTTP."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY

import invoiced
from invoiced.cli import confirmation, periods
from invoiced.emulator import Emulator
from invoiced.statements import Statements

SEND = "POST /customers/*/emails"

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(params=[False, True], ids=["as the service responds", "as documented"])
def documented_responses(request: pytest.FixtureRequest) -> Any:
    """Return whether the emulator responds as documented, and drops no statements that are sent twice."""
    return request.param


@pytest.fixture
def customers(account: invoiced.Client, emulator: Emulator) -> list[invoiced.Customer]:
    customers = [account.Customer.create(name=f"Customer {n}", email=f"{n}@example.com") for n in range(1, 5)]
    for customer in customers[:2]:
        emulator.set_balance(customer.id, total_outstanding=470)
    emulator.requests.clear()
    return customers


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command take its input for that of a terminal."""
    for module in (confirmation, periods, "invoiced.cli.statement_sending"):
        monkeypatch.setattr(f"{module if isinstance(module, str) else module.__name__}.is_interactive", lambda: True)


MONTH = f"{date.today():%Y-%m}"
FAST = ("--yes", "--rate", "10000")
OWING = ("statements", "send", "2026-11", "--open-balance", "--type", "open_item")


def addressees(emulator: Emulator) -> list[int]:
    """Return the IDs of the customers who were sent a statement."""
    return sorted(email["customer"] for email in emulator.outbox)


def test_statements_for_a_file_of_numbers_are_sent_once_per_period(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer], folder: Path
) -> None:
    (folder / "customers.csv").write_text("Name;Number\nCustomer 1;CUST-00001\nCustomer 3;CUST-00003\n")
    words = ("--by", "number", "--subject", "November", "--type", "open_item", *FAST)
    result = run("statements", "send", "2026-11", "customers.csv", *words)
    assert (result.exit_code, result.stdout) == (0, "2 sent\n")
    assert "Send 2 statements at 127.0.0.1." in result.stderr
    assert "1/2 row " in result.stderr
    assert addressees(emulator) == [1, 3]
    assert {(email["subject"], email["type"]) for email in emulator.outbox} == {("November", "open_item")}
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]

    again = run("statements", "send", "2026-11", "customers.csv", *words)
    assert (again.exit_code, again.stdout) == (0, "2 sent\n")
    assert "Recipients: sent before 2" in again.stderr
    other = run("statements", "send", "2026-11", "--all", *words[2:])
    assert (other.exit_code, other.stdout) == (0, "4 sent\n")
    assert addressees(emulator) == [1, 2, 3, 4]


def test_statements_are_sent_to_customers_with_an_open_balance(run: Any, emulator: Emulator, customers: Any) -> None:
    result = run("statements", "send", "2026-11", "--open-balance", "--start", "2026-11-01", *FAST)
    assert (result.exit_code, addressees(emulator)) == (0, [1, 2])
    assert {email["start"] for email in emulator.outbox} == {1793491200}


# The period


def test_a_period_is_required_without_a_terminal_and_with_yes(run: Any, emulator: Emulator, customers: Any) -> None:
    for words in (("--open-balance",), ("--open-balance", "--yes"), ("--open-balance", "--dry-run")):
        result = run("statements", "send", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "The period is missing, such as 2026-11." in result.stderr
    assert not emulator.requests


def test_a_period_is_proposed_at_a_terminal_and_another_can_be_typed(
    run: Any, emulator: Emulator, customers: Any, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Day(date):
        @classmethod
        def today(cls) -> Day:
            return cls(2026, 12, 10)

    monkeypatch.setattr(periods, "date", Day)
    accepted = run("statements", "send", "--open-balance", "--rate", "10000", input="\n2\n")
    assert "Period [2026-11]: " in accepted.stderr
    assert "Period: 2026-11\n" in accepted.stderr
    assert (accepted.exit_code, addressees(emulator)) == (0, [1, 2])
    typed = run("statements", "send", "--all", "--rate", "10000", "--dry-run", input="November\n2026-Q4\n")
    assert "type another one: a month such as 2026-11." in typed.stderr
    assert "Period: 2026-Q4\n" in typed.stderr
    assert run("statements", "send", "--all", input="").exit_code == 130


def test_a_run_in_the_period_is_a_further_statement(run: Any, emulator: Emulator, customers: Any) -> None:
    assert run(*OWING, *FAST).exit_code == 0
    emulator.advance(300)
    reminder = run(*OWING, "--run", "reminder-1", "--template", "reminder_email", *FAST)
    assert (reminder.exit_code, reminder.stdout) == (0, "2 sent\n")
    assert "Period: 2026-11, run reminder-1\n" in reminder.stderr
    assert addressees(emulator) == [1, 1, 2, 2]
    assert run(*OWING, "--run", "Reminder 1", *FAST).exit_code == 2


# The plan


def test_a_dry_run_shows_the_rows_first_and_the_summary_last_and_sends_nothing(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.jsonl").write_text('{"id": 1}\n{"number": "CUST-9"}\n{"id": 2, "to": "a@example.com"}\n')
    result = run("statements", "send", "2026-11", "rows.jsonl", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "row 1, CUST-00001 Customer 1: to 1@example.com, and its primary contacts",
        "row 2, CUST-9: no customer has the number CUST-9",
        "row 3, CUST-00002 Customer 2: to a@example.com",
    ]
    lines = result.stderr.splitlines()
    assert "Row 2, CUST-9: no customer has the number CUST-9." in lines
    assert lines[-2:] == [
        "Recipients: to send 2, invalid 1",
        "Send 2 statements at 127.0.0.1 (dry run: nothing was sent).",
    ]
    assert emulator.outbox == []
    assert [path.name for path in folder.iterdir()] == ["rows.jsonl"]


def test_the_plan_says_what_is_sent_from_where_to_whom(
    run: Any, emulator: Emulator, account: invoiced.Client, customers: Any, ledger_path: Path
) -> None:
    customers[0].contacts().create(name="Zoe", email="zoe@example.com")
    customers[0].contacts().create(name="Ann", email="ann@example.com")
    customers[0].contacts().create(name="Not primary", email="other@example.com", primary=False)
    emulator.set_balance(2, total_outstanding=12345.5)
    words = ("--start", "2026-11-01", "--end", "2026-11-30T12:00Z", "--subject", "Yours", "--owed")
    result = run("statements", "send", "2026-11", "--open-balance", *words, "--archive", "us@example.com", *FAST)
    lines = result.stderr.splitlines()
    assert lines[: lines.index("Send 2 statements at 127.0.0.1.") + 1] == [
        "Account: 127.0.0.1, emulator, not in the ledger yet",
        f"Ledger: {ledger_path}",
        "Period: 2026-11",
        "Type: the API's default, balance_forward",
        "Dates: 2026-11-01 to 2026-11-30 12:00:00 UTC",
        "Subject: Yours",
        "Template: the API's default",
        "Blind copy of each to: us@example.com",
        "For example, row 1, CUST-00001 Customer 1: owes 470 usd, to ann@example.com, zoe@example.com, 1@example.com",
        "For example, row 2, CUST-00002 Customer 2: owes 12,345.50 usd, to 2@example.com",
        "Asking what 2 customers owe, with a request for each ...",
        "Owed: 12,815.50 usd",
        "Recipients: to send 2",
        "Send 2 statements at 127.0.0.1.",
    ]
    assert {tuple(email["bcc"]) for email in emulator.outbox} == {("us@example.com",)}
    again = run("statements", "send", "2026-11", "--open-balance", "--type", "open_item", "--dry-run")
    assert "Account: 127.0.0.1, emulator\n" in again.stderr
    assert "Date: now (the API's default)\n" in again.stderr


def test_dates_of_the_api_that_are_not_those_of_the_period_are_warned_of(run: Any, customers: Any) -> None:
    warning = "Warning: without --start and --end, these statements cover"
    for period, words, is_warned_of in [
        ("2020-01", (), True),
        (MONTH, (), False),
        ("2020-01", ("--type", "balance_forward"), True),
        ("2020-01", ("--type", "open_item"), False),
        ("2020-01", ("--start", "2020-01-01"), False),
    ]:
        result = run("statements", "send", period, "--all", *words, "--dry-run", "--rate", "10000")
        assert (warning in result.stderr) == is_warned_of


def test_a_template_that_the_account_does_not_have_may_be_a_mistake(
    run: Any, account: invoiced.Client, customers: Any
) -> None:
    account.EmailTemplate.create(id="own", name="Our own", type="statement", subject="A", body="B")
    for template, shown in [
        ("own", "Template: own, Our own\n"),
        ("onw", "Template: onw, which is not one that the account has made or changed: a built-in one, or a mistake\n"),
    ]:
        assert shown in run("statements", "send", MONTH, "--all", "--template", template, *FAST, "--dry-run").stderr


def test_a_sample_that_cannot_be_read_stops_nothing_but_a_wrong_key_does(
    run: Any, emulator: Emulator, customers: Any
) -> None:
    emulator.fail("GET /customers/*/balance", status=404, times=None)
    emulator.fail("GET /customers/*/contacts", status=400, times=None)
    result = run(*OWING, "--dry-run", "--owed")
    assert "Customer 1: owes an amount that is not known, to addresses that are not known" in result.stderr
    assert "Owed: nothing; not known of 2" in result.stderr
    emulator.clear_faults()
    emulator.fail("GET /customers/*/balance", status=401)
    assert run(*OWING, *FAST).exit_code == 2
    assert emulator.outbox == []


def test_the_plan_tells_the_columns_that_are_read_and_those_that_are_not(
    run: Any, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("Number,Betreff,Subject\nCUST-00001,A,B\n")
    result = run("statements", "send", "2026-11", "rows.csv", *FAST, "--dry-run")
    assert "Columns of rows.csv that are read: number, subject\n" in result.stderr
    assert "Columns that are not read: betreff\n" in result.stderr


def test_a_row_that_contradicts_the_account_is_held_unless_its_number_is_trusted(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("Number,E-mail\nCUST-00001,2@example.com\nCUST-00003,3@example.com\n")
    words = ("statements", "send", "2026-11", "rows.csv", *FAST)
    held = run(*words)
    assert (held.exit_code, held.stdout.splitlines()[0], addressees(emulator)) == (1, "1 held, 1 sent", [3])
    assert "Recipients: to send 1, held 1\n" in held.stderr
    assert "Row 2, CUST-00001 Customer 1: held: " in held.stderr
    assert run(*words, "--trust-numbers").exit_code == 0
    assert addressees(emulator) == [1, 3]


def test_statements_accept_the_customer_columns_of_a_contact_file(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer], folder: Path
) -> None:
    (folder / "rows.csv").write_text("Customer number,Email\nCUST-00001,1@example.com\n")
    result = run("statements", "send", "2026-11", "rows.csv", "--by", "number", *FAST)
    assert (result.stdout, addressees(emulator)) == ("1 sent\n", [1])
    assert "Send 1 statement at 127.0.0.1." in result.stderr


def test_rows_that_cannot_be_sent_are_left_and_named_in_the_result_file(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nCUST-00001\nCUST-9\n")
    result = run("statements", "send", "2026-11", "rows.csv", "--result", "out.csv", *FAST)
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        ["1 invalid, 1 sent", "1 is left. It is named, with the reason, by: invoiced statements status 2026-11"],
    )
    with (folder / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        by_outcome = {row["outcome"]: row for row in csv.DictReader(file)}
    sent, invalid = by_outcome["sent"], by_outcome["invalid"]
    assert (sent["row"], sent["customer_id"], sent["number"]) == ("2", "1", "CUST-00001")
    assert (sent["period"], sent["run"]) == ("2026-11", "")
    assert (invalid["customer_id"], invalid["reason"]) == ("", "no customer has the number CUST-9")


def test_a_strict_run_sends_nothing_if_a_row_cannot_be_sent(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nCUST-00001\nCUST-9\n")
    for more in (FAST, ("--dry-run",)):
        result = run("statements", "send", "2026-11", "rows.csv", "--strict", *more)
        assert (result.exit_code, emulator.outbox) == (2, [])
        assert "Row 3, CUST-9: no customer has the number CUST-9." in result.stderr
        assert "1 of 2 rows cannot be sent; nothing was sent." in result.stderr


def test_the_first_twenty_problems_are_named_and_a_dry_run_names_all(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nCUST-00001\n" + "".join(f"NO-{n}\n" for n in range(1, 26)))
    result = run("statements", "send", "2026-11", "rows.csv", *FAST)
    assert "... and 5 more (--dry-run shows all)." in result.stderr
    assert result.stderr.count("Row ") == 20
    assert "NO-25." in run("statements", "send", "2026-11", "rows.csv", "--dry-run").stderr


def test_failed_and_unknown_rows_are_reported_with_their_reason_and_exit_with_1(
    run: Any, emulator: Emulator, customers: Any
) -> None:
    emulator.fail("POST /customers/1/emails", status=400, body='{"message": "no such mailbox"}')
    emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    result = run("statements", "send", "2026-11", "--all", *FAST)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "1 failed, 2 sent, 1 unknown")
    assert "CUST-00001 Customer 1: failed: no such mailbox" in result.stderr
    assert "CUST-00002 Customer 2: unknown: no response from" in result.stderr
    again = run("statements", "send", "2026-11", "--all", *FAST)
    assert "Recipients: sent before 2, unknown 1, failed and tried again 1\n" in again.stderr
    assert (again.exit_code, again.stdout.splitlines()[0]) == (1, "3 sent, 1 unknown")
    assert addressees(emulator) == [1, 2, 3, 4]


def test_a_run_stops_after_the_given_number_of_errors(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail(SEND, status=400, times=None)
    words = ("--stop-after-errors", "2", "--concurrency", "1", *FAST)
    result = run("statements", "send", "2026-11", "--all", *words)
    assert result.exit_code == 1
    assert "Error: The run stopped after 2 failed or unknown rows." in result.stderr
    assert result.stdout.startswith("2 failed, 2 to do\n")


def test_a_wrong_key_exits_with_2(
    run: Any, emulator: Emulator, customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("statements", "send", "2026-11", "--all", "--concurrency", "1", *FAST)
    monkeypatch.setenv("INVOICED_API_KEY", "wrong")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "failed with status 401" in result.stderr
    monkeypatch.delenv("INVOICED_API_KEY")
    assert run(*words).exit_code == 2
    emulator.fail(SEND, status=401)
    monkeypatch.setenv("INVOICED_API_KEY", KEY)
    # The API rejects the key during the run, before the first statement is sent.
    assert run(*words).exit_code == 2
    assert run(*words).exit_code == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "Give either a FILE or options"),
        (("rows.csv", "--all"), "Give either a FILE or options"),
        (("--all", "--by", "number"), "--by requires a FILE"),
        (("missing.csv",), "Cannot read missing.csv: No such file"),
        (("--all", "--rate", "0"), "--rate"),
        (("--all", "--result", "nowhere/out.csv"), "Cannot write nowhere/out.csv"),
        (("--all", "--result", "out.txt"), "must end in .xlsx or .csv"),
        (("--all", "--start", "2026-11-01T00:00:00"), "no time zone"),
        (("--all", "--start", "2026-11-30", "--end", "2026-11-01"), "The period starts after it ends"),
        (("--all", "--type", "open_item", "--start", "2026-11-01"), "An open_item statement has no start"),
        (("--all", "--to", "nonsense"), "invalid e-mail address 'nonsense'"),
        (("--all", "--archive", "nonsense"), "invalid e-mail address 'nonsense'"),
        (("--all", "--test", "nonsense"), "invalid e-mail address 'nonsense'"),
        (("--all", "--test", "me@example.com", "--dry-run"), "--test sends statements, and --dry-run sends none"),
        (("--again", "CUST-00001"), "--again NUMBER and --reason TEXT belong together"),
        (("--all", "--reason", "why"), "--again NUMBER and --reason TEXT belong together"),
        (("--all", "--again", "CUST-00001", "--reason", "why"), "Give either a FILE or options"),
        (("--all", "--run", "Second"), "The name of a run is in small letters"),
        (("empty.csv",), "empty.csv has no rows"),
    ],
)
def test_invalid_options_exit_with_2_and_send_nothing(
    words: Any, problem: str, run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "empty.csv").write_text("number\n")
    result = run("statements", "send", "2026-11", *words, "--yes")
    assert (result.exit_code, result.stdout, emulator.outbox) == (2, "", [])
    assert problem in result.stderr


def test_the_period_comes_before_the_file(run: Any, customers: Any, folder: Path) -> None:
    (folder / "rows.csv").write_text("id\n1\n")
    result = run("statements", "send", "rows.csv", "2026-11", "--yes")
    assert result.exit_code == 2
    assert "'rows.csv' is not a period, such as 2026-11. The period comes before the file." in result.stderr


# Confirmation


def test_the_number_of_statements_must_be_typed(
    run: Any, emulator: Emulator, customers: Any, request: pytest.FixtureRequest
) -> None:
    no_terminal = run(*OWING)
    assert (no_terminal.exit_code, emulator.outbox) == (2, [])
    assert "Send 2 statements at 127.0.0.1? Cannot ask without a terminal: pass --yes to confirm." in no_terminal.stderr
    request.getfixturevalue("terminal")
    for typed in ("\n", "y\n", "yes\n", "3\n"):
        refused = run(*OWING, "--rate", "10000", input=typed)
        assert (refused.exit_code, emulator.outbox) == (2, [])
        assert "Send 2 statements at 127.0.0.1? Type 2 to confirm: " in refused.stderr
        assert "Not confirmed. Nothing was sent." in refused.stderr
    confirmed = run(*OWING, "--rate", "1000", input=" 2 \n")
    assert (confirmed.exit_code, addressees(emulator)) == (0, [1, 2])
    nothing_to_confirm = run(*OWING)
    assert nothing_to_confirm.exit_code == 0


def test_other_content_than_before_is_confirmed_by_itself(
    run: Any, emulator: Emulator, customers: Any, request: pytest.FixtureRequest
) -> None:
    emulator.fail("POST /customers/2/emails", status=400)
    assert run(*OWING, *FAST).exit_code == 1
    note = "subject was None, and is now 'Yours'"
    for more in (("--yes",), ()):
        refused = run(*OWING, "--subject", "Yours", *more)
        assert (refused.exit_code, addressees(emulator)) == (2, [1])
        assert f"Other content than in the session before: {note}. To send it, pass --other-content." in refused.stderr
    request.getfixturevalue("terminal")
    declined = run(*OWING, "--subject", "Yours", input="n\n")
    assert (declined.exit_code, addressees(emulator)) == (2, [1])
    words = (*OWING, "--subject", "Yours", "--rate", "10000")
    assert run(*words, input="y\n1\n").exit_code == 0
    assert [email["subject"] for email in emulator.outbox if email["customer"] == 2] == ["Yours"]
    # Nothing is sent, so nothing is asked.
    assert run(*OWING, *FAST).exit_code == 0
    emulator.set_balance(3, total_outstanding=1)
    assert run(*OWING, "--subject", "X", "--other-content", *FAST).exit_code == 0


def test_the_question_names_the_pages_of_the_account(run: Any, emulator: Emulator, customers: Any) -> None:
    link = "https://acme.invoiced.com/statements/abc/pdf"
    customer = {"id": 1, "name": "Customer 1", "email": "1@example.com", "statement_pdf_url": link}
    emulator.fail("GET /customers", status=200, body=[customer], headers={"X-Total-Count": "1"}, times=None)
    result = run("statements", "send", "2026-11", "--all")
    assert "Account: 127.0.0.1 (acme.invoiced.com), emulator, not in the ledger yet\n" in result.stderr
    assert "Send 1 statement at 127.0.0.1 (acme.invoiced.com)?" in result.stderr


@pytest.mark.parametrize("link", [5, ["a"], {}, "https://a[b", "https://[::1/", ""])
def test_the_question_is_asked_even_if_the_link_of_a_customer_is_none(
    link: object, run: Any, emulator: Emulator, customers: Any
) -> None:
    customer = {"id": 1, "name": "Customer 1", "email": "1@example.com", "statement_pdf_url": link}
    emulator.fail("GET /customers", status=200, body=[customer], headers={"X-Total-Count": "1"}, times=None)
    assert "Send 1 statement at 127.0.0.1?" in run("statements", "send", "2026-11", "--all").stderr


# Tests, and statements that are sent again


def test_three_statements_are_sent_to_oneself_and_recorded_nowhere(
    run: Any, emulator: Emulator, customers: Any, terminal: None
) -> None:
    words = ("statements", "send", "2026-11", "--all", "--rate", "10000", "--test", "me@example.com")
    refused = run(*words, input="4\n")
    assert (refused.exit_code, emulator.outbox) == (2, [])
    result = run(*words, "--subject", "Yours", "--archive", "us@example.com", input="3\n")
    assert "Send 3 test statements to me@example.com only? Type 3 to confirm: " in result.stderr
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "Sent the statement of CUST-00001 Customer 1 to me@example.com as a test."
    sent = [(email["customer"], email["email"], email["subject"], email["bcc"]) for email in emulator.outbox]
    assert sent == [(id, "me@example.com", "[Test] Yours", []) for id in (1, 2, 3)]
    assert run("statements", "send", "2026-11", "--all", *FAST).stdout == "4 sent\n"
    assert run(*words, "--yes").exit_code == 2  # nothing is to be sent, so there is no test


def test_one_is_sent_again_by_name_with_a_reason(
    run: Any, emulator: Emulator, account: invoiced.Client, customers: Any
) -> None:
    account.Customer.create(name="Without an address")
    assert run("statements", "send", "2026-11", "--all", *FAST).exit_code == 1
    emulator.advance(300)
    words = ("statements", "send", "2026-11", "--again", "CUST-00002", "--reason", "wrong amount")
    planned = run(*words, "--dry-run")
    assert "Recipients: to send 1\n" in planned.stderr
    again = run(*words, "--template", "second", "--other-content", *FAST)
    assert (again.exit_code, again.stdout.splitlines()[0]) == (1, "1 no address, 4 sent")
    assert addressees(emulator) == [1, 2, 2, 3, 4]
    period = Statements(account).period("2026-11")
    assert "again: wrong amount" in {event.reason for event in period.history("CUST-00002")}


def test_a_lock_in_the_account_keeps_another_ledger_from_sending_twice(
    run: Any, emulator: Emulator, account: invoiced.Client, customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("statements", "send", "2026-11", "--type", "open_item", "--lock", "metadata", *FAST)
    first = run(*words, "--open-balance")
    assert (first.exit_code, addressees(emulator)) == (0, [1, 2])
    assert "Ledger: " in first.stderr
    assert ", and the metadata of each customer\n" in first.stderr
    assert account.Customer.retrieve(1).metadata["statement"].startswith("2026-11 (")
    monkeypatch.setenv("INVOICED_LEDGER", "other.sqlite")
    elsewhere = run(*words, "--all")
    assert "Row 1, CUST-00001 Customer 1: sent, says the account.\n" in elsewhere.stderr
    assert "Recipients: to send 2, sent before 2\n" in elsewhere.stderr
    assert (elsewhere.exit_code, elsewhere.stdout) == (0, "4 sent\n")
    assert addressees(emulator) == [1, 2, 3, 4]
    assert run(*words[:-4], "--lock", "other", *FAST, "--all").exit_code == 2


# The demonstration, files and errors


def test_the_demo_shows_two_sessions(run: Any, folder: Path, ledger_path: Path) -> None:
    result = run("demo")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "  CUST-00003 Customer 3: failed, The mailbox is full." in lines
    assert "  1 failed, 1 no address, 4 sent" in lines
    assert "  CUST-00003 Customer 3: sent" in lines
    assert "  CUST-00006 No e-mail address: sent" in lines
    assert "The emulator sent 6 e-mails, one to each customer." in lines
    assert list(folder.iterdir()) == []
    assert not ledger_path.exists()


def test_the_result_file_does_not_replace_another_file(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("id\n1\n")
    words = ("statements", "send", "2026-11", "rows.csv", *FAST)
    rejected = run(*words, "--result", "rows.csv")
    assert (rejected.exit_code, emulator.outbox) == (2, [])
    assert "rows.csv already exists and is not a report" in rejected.stderr
    assert run(*words, "--result", "out.csv").exit_code == 0
    assert run(*words, "--result", "out.csv").exit_code == 0  # a result file is overwritten
    assert len((folder / "out.csv").read_text().splitlines()) == 2


def test_an_unavailable_api_exits_with_2(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("GET /customers", status=500, times=None)
    emulator.fail("* /**", headers={"Retry-After": "0"}, times=None)
    result = run("statements", "send", "2026-11", "--all", *FAST)
    assert (result.exit_code, emulator.outbox) == (2, [])


def test_a_ledger_that_cannot_be_used_exits_with_2(
    run: Any, emulator: Emulator, customers: Any, ledger_path: Path
) -> None:
    ledger_path.parent.mkdir()
    ledger_path.write_text("no database")
    result = run("statements", "send", "2026-11", "--all", *FAST)
    assert (result.exit_code, emulator.outbox) == (2, [])
    assert f"The ledger {ledger_path} cannot be used" in result.stderr


def test_a_ledger_that_is_lost_while_statements_are_sent_exits_with_1(
    run: Any, emulator: Emulator, customers: Any, ledger_path: Path
) -> None:
    def lose() -> None:
        with closing(sqlite3.connect(ledger_path)) as connection:
            connection.execute("DROP TABLE invoiced_entries")

    emulator.fail(SEND, changes=lose)
    words = ("--result", "out.csv", "--concurrency", "1", *FAST)
    result = run("statements", "send", "2026-11", "--all", *words)
    assert (result.exit_code, result.stdout, len(emulator.requests.to(SEND))) == (1, "", 1)
    (error,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert f"The ledger {ledger_path} cannot be read or written" in error


def test_a_deleted_customer_fails_and_the_others_are_sent(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer], folder: Path
) -> None:
    (folder / "rows.csv").write_text("id\n1\n2\n3\n4\n")
    emulator.fail(SEND, status=400, times=4)
    words = ("statements", "send", "2026-11", "rows.csv", *FAST)
    assert run(*words).exit_code == 1
    customers[-1].delete()
    result = run(*words)
    assert result.stdout.startswith("1 invalid, 1 not on the list, 3 sent\n")
    assert addressees(emulator) == [1, 2, 3]


def test_a_dry_run_of_a_started_run_shows_the_remaining_rows(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("POST /customers/2/emails", status=400)
    emulator.fail("POST /customers/3/emails", connection="reset", committed=True)
    run("statements", "send", "2026-11", "--all", *FAST)
    dry = run("statements", "send", "2026-11", "--all", "--dry-run")
    assert dry.stdout.splitlines() == [
        "row 2, CUST-00002 Customer 2: to 2@example.com, and its primary contacts",
        "row 3, CUST-00003 Customer 3: unknown",
    ]
    assert addressees(emulator) == [1, 3, 4]
