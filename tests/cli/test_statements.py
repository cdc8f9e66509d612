"""`invoiced statements send`, `invoiced contacts import` and `invoiced demo`, against the emulator over HTTP."""

from __future__ import annotations

import csv
import os
import signal
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY

import invoiced
from invoiced.cli import confirmation
from invoiced.emulator import Emulator
from invoiced.runs.journal import Journal
from invoiced.runs.rows import STARTED, RowEvent
from invoiced.statements import StatementRun

SEND = "POST /customers/*/emails"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the commands in an empty directory."""
    path = tmp_path / "folder"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


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


FAST = ("--yes", "--rate", "10000")


def addressees(emulator: Emulator) -> list[int]:
    """Return the IDs of the customers who were sent a statement."""
    return sorted(email["customer"] for email in emulator.outbox)


def test_statements_for_a_file_of_numbers_are_sent_once(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer], folder: Path
) -> None:
    (folder / "customers.csv").write_text("Name;Number\nCustomer 1;CUST-00001\nCustomer 3;CUST-00003\n")
    words = ("statements", "send", "customers.csv", "--by", "number", "--subject", "November", "--type", "open_item")
    result = run(*words, *FAST)
    assert (result.exit_code, result.stdout) == (0, "2 sent\n")
    assert "Send 2 statements at 127.0.0.1." in result.stderr
    assert "1/2 row " in result.stderr
    assert addressees(emulator) == [1, 3]
    assert {(email["subject"], email["type"]) for email in emulator.outbox} == {("November", "open_item")}
    assert [path.name for path in folder.glob("*.journal")] == [f"statements-{date.today():%Y-%m}.journal"]

    again = run(*words, *FAST)
    assert (again.exit_code, again.stdout) == (0, "2 sent\n")
    assert "Resuming the run: 2 sent." in again.stderr
    assert addressees(emulator) == [1, 3]

    other = run("statements", "send", "--all", *FAST)
    assert other.exit_code == 2
    assert "belongs to another run" in other.stderr


def test_statements_are_sent_to_customers_with_an_open_balance(run: Any, emulator: Emulator, customers: Any) -> None:
    result = run("statements", "send", "--open-balance", "--start", "2026-11-01", *FAST)
    assert (result.exit_code, addressees(emulator)) == (0, [1, 2])
    assert {email["start"] for email in emulator.outbox} == {1793491200}


def test_an_interrupted_run_is_not_planned_again(
    run: Any, emulator: Emulator, account: invoiced.Client, customers: Any
) -> None:
    emulator.fail("POST /customers/1/emails", status=400)
    assert run("statements", "send", "--open-balance", *FAST).exit_code == 1
    emulator.set_balance(2, total_outstanding=0)  # paid in the meantime, which does not change the run
    result = run("statements", "send", "--open-balance", *FAST)
    assert (result.exit_code, result.stdout, addressees(emulator)) == (0, "2 sent\n", [1, 2])


def test_a_dry_run_shows_the_recipients_and_sends_nothing(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.jsonl").write_text('{"id": 1}\n{"number": "CUST-9"}\n{"id": 2, "to": "a@example.com"}\n')
    result = run("statements", "send", "rows.jsonl", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "row 1, CUST-00001 Customer 1: to the customer (1@example.com) and its primary contacts",
        "row 2, CUST-9: no customer has the number CUST-9",
        "row 3, CUST-00002 Customer 2: to a@example.com",
    ]
    assert "Send 2 statements at 127.0.0.1." in result.stderr
    assert "1 of 3 rows skipped:" in result.stderr
    assert emulator.outbox == []
    assert [path.name for path in folder.iterdir()] == ["rows.jsonl"]


def test_statements_accept_the_customer_columns_of_a_contact_file(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer], folder: Path
) -> None:
    customers[0].contacts().create(name="Somebody", email="somebody@example.com", primary=False)
    (folder / "rows.csv").write_text("Customer number,Email\nCUST-00001,somebody@example.com\n")
    result = run("statements", "send", "rows.csv", "--by", "number", *FAST)
    assert (result.stdout, addressees(emulator)) == ("1 sent\n", [1])
    assert "Send 1 statement at 127.0.0.1." in result.stderr


def test_skipped_rows_are_reported_and_exit_with_1(run: Any, emulator: Emulator, customers: Any, folder: Path) -> None:
    (folder / "rows.csv").write_text("number\nCUST-00001\nCUST-9\n")
    result = run("statements", "send", "rows.csv", "--result", "out.csv", *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 sent, 1 skipped\n")
    with (folder / "out.csv").open(newline="", encoding="utf-8-sig") as file:
        first, second = csv.DictReader(file)
    assert (first["row"], first["customer_id"], first["number"], first["outcome"]) == ("2", "1", "CUST-00001", "sent")
    (email,) = emulator.outbox
    assert email["message_id"] in first["details"] or email["id"] in first["details"]
    assert (second["customer_id"], second["outcome"]) == ("", "skipped")
    assert second["reason"] == "no customer has the number CUST-9"


def test_a_strict_run_sends_nothing_if_a_row_would_be_skipped(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nCUST-00001\nCUST-9\n")
    result = run("statements", "send", "rows.csv", "--strict", *FAST)
    assert (result.exit_code, result.stdout, emulator.outbox) == (2, "", [])
    assert "Row 3, CUST-9: no customer has the number CUST-9." in result.stderr
    assert "1 of 2 rows cannot be sent; nothing was sent." in result.stderr


def test_failed_and_unknown_rows_are_reported_with_their_reason_and_exit_with_1(
    run: Any, emulator: Emulator, customers: Any
) -> None:
    emulator.fail("POST /customers/1/emails", status=400, body='{"message": "no such mailbox"}')
    emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    result = run("statements", "send", "--all", *FAST)
    assert result.exit_code == 1
    assert result.stdout.startswith("1 failed, 2 sent, 1 unknown\n")
    assert "CUST-00001 Customer 1: failed: no such mailbox" in result.stderr
    assert "CUST-00002 Customer 2: unknown: no response from" in result.stderr
    again = run("statements", "send", "--all", "--retry-unknown", *FAST)
    assert (again.exit_code, again.stdout) == (0, "4 sent\n")


def test_a_run_stops_after_the_given_number_of_errors(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail(SEND, status=400, times=None)
    result = run("statements", "send", "--all", "--stop-after-errors", "2", "--concurrency", "1", *FAST)
    assert result.exit_code == 1
    assert "Error: The run stopped after 2 failed or unknown rows." in result.stderr
    assert result.stdout.startswith("2 failed, 2 not tried\n")


def test_a_wrong_key_exits_with_2(
    run: Any, emulator: Emulator, customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "wrong")
    result = run("statements", "send", "--all", *FAST)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "failed with status 401" in result.stderr
    emulator.fail(SEND, status=401)
    monkeypatch.setenv("INVOICED_API_KEY", KEY)
    # The API rejects the key during the run, before the first statement is sent.
    assert run("statements", "send", "--all", "--concurrency", "1", *FAST).exit_code == 2
    assert run("statements", "send", "--all", *FAST).exit_code == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "Give either a FILE or options"),
        (("rows.csv", "--all"), "Give either a FILE or options"),
        (("--all", "--by", "number"), "--by requires a FILE"),
        (("missing.csv",), "Cannot read missing.csv: No such file"),
        (("--all", "--rate", "0"), "--rate"),
        (("--all", "--result", "nowhere/out.csv"), "Cannot write nowhere/out.csv"),
        (("--all", "--start", "2026-11-01T00:00:00"), "no time zone"),
    ],
)
def test_invalid_options_exit_with_2_and_send_nothing(
    words: Any, problem: str, run: Any, emulator: Emulator, customers: Any
) -> None:
    result = run("statements", "send", *words, "--yes")
    assert (result.exit_code, result.stdout, emulator.outbox) == (2, "", [])
    assert problem in result.stderr


def test_without_yes_the_plan_is_shown_and_must_be_confirmed(
    run: Any, emulator: Emulator, customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_terminal = run("statements", "send", "--open-balance")
    assert (no_terminal.exit_code, emulator.outbox) == (2, [])
    assert "Send 2 statements at 127.0.0.1? Cannot ask without a terminal: pass --yes to confirm." in no_terminal.stderr
    monkeypatch.setattr(confirmation, "is_interactive", lambda: True)
    no = run("statements", "send", "--open-balance", input="n\n")
    assert (no.exit_code, emulator.outbox) == (2, [])
    assert "Not confirmed. Nothing was sent." in no.stderr
    yes = run("statements", "send", "--open-balance", "--rate", "1000", input="y\n")
    assert (yes.exit_code, addressees(emulator)) == (0, [1, 2])


ACCOUNT = {"id": 1, "name": "Customer 1", "statement_pdf_url": "https://acme.invoiced.com/statements/abc/pdf"}


def test_the_question_names_the_account_of_the_api_key(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("GET /customers/*", status=200, body=ACCOUNT, times=None)
    result = run("statements", "send", "--open-balance")
    assert "Send 2 statements at 127.0.0.1 (acme.invoiced.com)?" in result.stderr
    dry_run = run("statements", "send", "--open-balance", "--dry-run")
    assert "Send 2 statements at 127.0.0.1 (acme.invoiced.com)." in dry_run.stderr


def test_the_question_is_asked_even_if_no_account_can_be_named(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("GET /customers/*", status=404, times=None)
    result = run("statements", "send", "--open-balance")
    assert "Send 2 statements at 127.0.0.1?" in result.stderr


@pytest.mark.parametrize("link", [5, ["a"], {}, "https://a[b", "https://[::1/", ""])
def test_the_question_is_asked_even_if_the_link_of_a_customer_is_none(
    link: object, run: Any, emulator: Emulator, customers: Any
) -> None:
    emulator.fail("GET /customers/*", status=200, body={**ACCOUNT, "statement_pdf_url": link}, times=None)
    result = run("statements", "send", "--open-balance")
    assert "Send 2 statements at 127.0.0.1?" in result.stderr


def test_no_customer_is_fetched_for_a_question_that_is_not_asked(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    words = ("statements", "send", "--open-balance")
    assert run(*words, *FAST).exit_code == 0
    assert len(emulator.requests.to("GET /customers")) == 1
    assert emulator.requests.to("GET /customers/*") == []
    emulator.requests.clear()
    assert run(*words, "--dry-run").exit_code == 0  # there is nothing left to send
    assert emulator.requests.to("GET /customers/*") == []
    (folder / "empty.csv").write_text("id\n")
    assert run("statements", "send", "empty.csv", "--journal", "empty.journal").exit_code == 2
    assert emulator.requests.to("GET /customers/*") == []


def test_an_unfinished_run_of_last_month_must_be_continued_or_replaced_explicitly(
    run: Any, emulator: Emulator, account: invoiced.Client, customers: Any
) -> None:
    previous = f"statements-{date.today().replace(day=1) - timedelta(days=1):%Y-%m}.journal"
    results = StatementRun(account, previous, rate=None, concurrency=1).send([1, 2, 3])
    next(results)
    results.close()
    rejected = run("statements", "send", "--all", *FAST)
    assert rejected.exit_code == 2
    message = f"{previous} has 2 rows not tried yet. To continue that run: --journal {previous}."
    assert message in rejected.stderr
    (Path.cwd() / "rows.csv").write_text("id\n1\n2\n3\n")
    assert run("statements", "send", "rows.csv", "--journal", previous, *FAST).exit_code == 0
    assert addressees(emulator) == [1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_completes_requests_in_flight_and_shows_how_to_continue(
    start: Any, run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    journal = folder / "run.journal"
    words = ("statements", "send", "--all", "--journal", journal, "--yes")
    emulator.fail(SEND, latency=1.5, times=2)
    process = start(*words, "--rate", "100", "--concurrency", "2")
    assert process.stderr is not None
    while len(emulator.requests.to(SEND)) < 2:
        assert process.poll() is None, process.communicate()
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted. Requests in flight were completed." in errors
    assert "Traceback" not in errors
    assert output.startswith("2 not tried, 2 sent\n")
    assert f"To continue, run again with the journal {journal}." in output
    assert addressees(emulator) == [1, 2]
    assert run(*words, "--rate", "100").exit_code == 0
    assert addressees(emulator) == [1, 2, 3, 4]


# Contacts


def test_contacts_are_imported_from_a_file(run: Any, emulator: Emulator, customers: Any, folder: Path) -> None:
    text = (
        "E-mail,Name,Customer Number,Phone,Primary\nn@example.com,Nancy,CUST-00001,820,no\nm@example.com,Max,CUST-9,,\n"
    )
    (folder / "contacts.csv").write_text(text)
    words = ("contacts", "import", "contacts.csv", "--journal", "c.journal")
    dry = run(*words, "--dry-run")
    assert dry.exit_code == 0
    assert dry.stdout.splitlines() == [
        "row 2, CUST-00001 Customer 1: create Nancy <n@example.com>",
        "row 3, CUST-9: no customer has the number CUST-9",
    ]
    result = run(*words, "--result", "out.csv", *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 created, 1 skipped\n")
    (contact,) = customers[0].contacts().all()
    assert (contact.name, contact.phone, contact.primary) == ("Nancy", "820", False)
    assert len((folder / "out.csv").read_text().splitlines()) == 3
    (folder / "contacts.csv").write_text("customer_id,email,phone\n1,N@example.com,\n")
    kept = run("contacts", "import", "contacts.csv", "--journal", "d.journal", "--dry-run")
    assert kept.stdout == "row 2, CUST-00001 Customer 1: nothing to change\n"
    cleared = run("contacts", "import", "contacts.csv", "--journal", "d.journal", "--clear", *FAST)
    assert (cleared.exit_code, cleared.stdout) == (0, "1 updated\n")
    (contact,) = customers[0].contacts().all()
    assert contact.phone is None


def test_the_demo_shows_a_run_that_is_resumed(run: Any, folder: Path) -> None:
    result = run("demo")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "  CUST-00003 Customer 3: failed The mailbox is full." in lines
    assert "  CUST-00003 Customer 3: sent" in lines
    assert "The emulator sent 5 e-mails, one to each customer with an e-mail address." in lines
    assert list(folder.iterdir()) == []


def test_the_result_file_does_not_replace_another_file(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    (folder / "rows.csv").write_text("id\n1\n")
    rejected = run("statements", "send", "rows.csv", "--result", "rows.csv", *FAST)
    assert (rejected.exit_code, emulator.outbox) == (2, [])
    assert "rows.csv already exists and is not a result file" in rejected.stderr
    words = ("statements", "send", "rows.csv", "--journal", "run.journal", *FAST)
    assert run(*words, "--result", "out.csv").exit_code == 0
    assert run(*words, "--result", "out.csv").exit_code == 0  # a result file is overwritten
    before = (folder / "run.journal").read_bytes()
    assert run(*words, "--result", "run.journal").exit_code == 2
    assert (folder / "run.journal").read_bytes() == before


def test_an_unavailable_api_exits_with_2(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("GET /customers", status=500, times=None)
    emulator.fail("* /**", headers={"Retry-After": "0"}, times=None)
    result = run("statements", "send", "--all", *FAST)
    assert (result.exit_code, emulator.outbox) == (2, [])


def test_rows_in_flight_when_a_run_was_killed_count_towards_the_total(
    run: Any, emulator: Emulator, customers: Any, folder: Path
) -> None:
    emulator.fail("POST /customers/*/emails", status=400, body={"message": "Not now."}, times=2)
    (folder / "rows.csv").write_text("id\n1\n2\n")
    command = ("statements", "send", "rows.csv", "--journal", "j", *FAST)
    assert run(*command).exit_code == 1
    with closing(Journal(folder / "j")) as journal:
        journal.record(2, RowEvent(STARTED, "key"))  # row 2 of the file
    again = run(*command)
    assert again.stdout.startswith("1 sent, 1 unknown")
    shown = [line.partition(" ")[0] for line in again.stderr.splitlines() if " row " in line]
    assert shown == ["1/2", "2/2"]


def test_a_run_is_resumed_even_if_its_first_customer_was_deleted(
    run: Any, emulator: Emulator, customers: list[invoiced.Customer]
) -> None:
    emulator.fail(SEND, status=400, times=4)
    assert run("statements", "send", "--all", *FAST).exit_code == 1
    customers[-1].delete()
    result = run("statements", "send", "--all", *FAST)
    assert result.stdout.startswith("1 failed, 3 sent\n")
    assert addressees(emulator) == [1, 2, 3]


def test_a_dry_run_of_a_started_run_shows_the_remaining_rows(run: Any, emulator: Emulator, customers: Any) -> None:
    emulator.fail("POST /customers/2/emails", status=400)
    run("statements", "send", "--all", *FAST)
    dry = run("statements", "send", "--all", "--dry-run")
    assert [line.partition(":")[0] for line in dry.stdout.splitlines()] == ["row 2, CUST-00002 Customer 2"]
    assert addressees(emulator) == [1, 3, 4]
