from __future__ import annotations

from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

EXAMPLE = "month_end_statements.py"
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
    run: Any, invoiced_emulator: Emulator
) -> None:
    first = run(EXAMPLE, "2026-11", "--yes")
    assert (first.stderr, first.returncode) == ("", 0)
    assert first.stdout.splitlines()[0] == "2 to send, 0 sent before"
    assert sorted(first.stdout.splitlines()[1:]) == ["2 sent", "CUST-00001 Acme: sent", "CUST-00002 Beta: sent"]
    second = run(EXAMPLE, "2026-11", "--yes")
    assert (second.stdout, second.stderr, second.returncode) == ("0 to send, 2 sent before\n2 sent\n", "", 0)
    assert recipients(invoiced_emulator) == [1, 2]
    subjects = {(email["subject"], email["type"]) for email in invoiced_emulator.outbox}
    assert subjects == {("Your statement of November 2026", "open_item")}


def test_a_dry_run_shows_the_plan_and_sends_nothing(run: Any, invoiced_emulator: Emulator) -> None:
    completed = run(EXAMPLE, "2026-11", "--dry-run")
    assert (completed.stdout, completed.stderr, completed.returncode) == ("2 to send, 0 sent before\n", "", 0)
    assert recipients(invoiced_emulator) == []


def test_without_yes_the_number_must_be_typed(run: Any, invoiced_emulator: Emulator) -> None:
    for typed, status, sent in (("", 1, []), ("y\n", 1, []), ("2\n", 0, [1, 2])):
        assert run(EXAMPLE, "2026-11", typed=typed).returncode == status
        assert recipients(invoiced_emulator) == sent


def test_the_next_run_sends_what_failed_and_to_those_who_owe_something_by_then(
    run: Any, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", status=400, body=REFUSAL)
    first = run(EXAMPLE, "2026-11", "--yes")
    assert (first.stderr, first.returncode) == ("", 1)
    assert "CUST-00002 Beta: failed Not now." in first.stdout
    assert recipients(invoiced_emulator) == [1]
    invoiced_emulator.set_balance(3, total_outstanding=1)
    second = run(EXAMPLE, "2026-11", "--yes")
    assert (second.stdout.splitlines()[-1], second.stderr, second.returncode) == ("3 sent", "", 0)
    assert recipients(invoiced_emulator) == [1, 2, 3]


def test_each_run_reports_a_statement_whose_outcome_is_unknown_and_does_not_retry_it(
    run: Any, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    for _ in range(2):
        completed = run(EXAMPLE, "2026-11", "--yes")
        assert (completed.stderr, completed.returncode) == ("", 1)
        assert "1 sent, 1 unknown" in completed.stdout
    assert recipients(invoiced_emulator) == [1, 2]


def test_without_open_balances_there_is_nothing_to_do(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.reset()
    completed = run(EXAMPLE, "2026-11", "--yes")
    assert (completed.stderr, completed.returncode) == ("", 0)
    assert completed.stdout == "0 to send, 0 sent before\nNothing was sent.\n"


def test_an_error_is_printed_as_one_line(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("GET /customers", status=401)
    completed = run(EXAMPLE, "2026-11", "--yes")
    assert completed.returncode == 1
    assert len(completed.stderr.splitlines()) == 1
    assert "401" in completed.stderr
