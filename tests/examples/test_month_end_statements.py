from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

REFUSAL = {"type": "invalid_request", "message": "Not now."}


@pytest.fixture(autouse=True)
def two_of_three_customers_with_an_open_balance(invoiced_client: invoiced.Client, invoiced_emulator: Emulator) -> None:
    for name in ("Acme", "Beta", "Gamma"):
        invoiced_client.Customer.create(name=name, email=f"{name.lower()}@example.com")
    for id in (1, 2):
        invoiced_emulator.set_balance(id, total_outstanding=470)


def recipients(emulator: Emulator) -> list[int]:
    """Return the customers to whom a statement was sent. The outbox lacks what was sent twice within 5 minutes."""
    sent = [request for request in emulator.requests.to("POST /customers/*/emails") if request.processed]
    return sorted(int(request.path.split("/")[2]) for request in sent)


def test_every_customer_with_an_open_balance_receives_one_statement_per_month(
    run: Any, invoiced_emulator: Emulator, tmp_path: Path
) -> None:
    first = run("month_end_statements.py", "2026-11")
    assert (first.stderr, first.returncode) == ("", 0)
    assert sorted(first.stdout.splitlines()) == ["2 sent", "CUST-00001 Acme: sent", "CUST-00002 Beta: sent"]
    second = run("month_end_statements.py", "2026-11")
    assert (second.stdout, second.stderr, second.returncode) == ("2 sent\n", "", 0)
    assert recipients(invoiced_emulator) == [1, 2]
    subjects = {(email["subject"], email["type"]) for email in invoiced_emulator.outbox}
    assert subjects == {("Your statement of November 2026", "open_item")}
    assert [path.name for path in tmp_path.glob("*.journal")] == ["statements-2026-11.journal"]

    # The run of the next month would wait if it started within 5 minutes.
    invoiced_emulator.advance(300)
    os.utime(tmp_path / "statements-2026-11.journal", (0, 0))
    run("month_end_statements.py", "2026-12")
    assert recipients(invoiced_emulator) == [1, 1, 2, 2]


def test_the_next_run_only_sends_the_statements_that_failed(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", status=400, body=REFUSAL)
    first = run("month_end_statements.py", "2026-11")
    assert (first.stderr, first.returncode) == ("", 1)
    assert "No statement to CUST-00002 Beta: failed, " in first.stdout
    assert "Not now." in first.stdout
    assert recipients(invoiced_emulator) == [1]
    invoiced_emulator.set_balance(3, total_outstanding=1)  # too late for November
    second = run("month_end_statements.py", "2026-11")
    assert (second.stdout, second.stderr, second.returncode) == ("CUST-00002 Beta: sent\n2 sent\n", "", 0)
    assert recipients(invoiced_emulator) == [1, 2]


def test_each_run_reports_a_statement_whose_outcome_is_unknown_and_does_not_retry_it(
    run: Any, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    for _ in range(2):
        completed = run("month_end_statements.py", "2026-11")
        assert (completed.stderr, completed.returncode) == ("", 1)
        assert "No statement to CUST-00002 Beta: unknown, " in completed.stdout
        assert "1 sent, 1 unknown" in completed.stdout
    assert recipients(invoiced_emulator) == [1, 2]


def test_without_open_balances_there_is_nothing_to_do(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.reset()
    completed = run("month_end_statements.py", "2026-11")
    assert (completed.stdout, completed.stderr, completed.returncode) == ("There was nothing to do.\n", "", 0)


def test_an_error_is_printed_as_one_line(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("GET /customers", status=401)
    completed = run("month_end_statements.py", "2026-11")
    assert completed.returncode == 1
    assert len(completed.stderr.splitlines()) == 1
    assert "401" in completed.stderr
