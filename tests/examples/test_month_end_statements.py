from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

REFUSED = {"type": "invalid_request", "message": "Not now."}


@pytest.fixture(autouse=True)
def two_of_three_owe_something(invoiced_client: invoiced.Client, invoiced_emulator: Emulator) -> None:
    for name in ("Acme", "Beta", "Gamma"):
        invoiced_client.Customer.create(name=name, email=f"{name.lower()}@example.com")
    for id in (1, 2):
        invoiced_emulator.set_balance(id, total_outstanding=470)


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def test_all_who_owe_something_are_sent_one_statement_however_often_it_runs(
    run: Any, invoiced_emulator: Emulator, tmp_path: Path
) -> None:
    first = run("month_end_statements.py", "2026-11")
    assert (first.stderr, first.returncode) == ("", 0)
    assert sorted(first.stdout.splitlines()) == ["2 sent", "CUST-0001 Acme: sent", "CUST-0002 Beta: sent"]
    again = run("month_end_statements.py", "2026-11")
    assert (again.stdout, again.stderr, again.returncode) == ("2 sent\n", "", 0)
    assert addressees(invoiced_emulator) == [1, 2]
    subjects = {(email["subject"], email["type"]) for email in invoiced_emulator.outbox}
    assert subjects == {("Your statement of November 2026", "open_item")}
    assert [path.name for path in tmp_path.glob("*.journal")] == ["statements-2026-11.journal"]
    run("month_end_statements.py", "2026-12")
    assert addressees(invoiced_emulator) == [1, 1, 2, 2]


def test_what_failed_is_sent_by_the_next_run_and_to_nobody_else(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", status=400, body=REFUSED)
    first = run("month_end_statements.py", "2026-11")
    assert (first.stderr, first.returncode) == ("", 1)
    assert "No statement to CUST-0002 Beta: failed, " in first.stdout
    assert "Not now." in first.stdout
    assert addressees(invoiced_emulator) == [1]
    invoiced_emulator.set_balance(3, total_outstanding=1)  # too late for November
    again = run("month_end_statements.py", "2026-11")
    assert (again.stdout, again.stderr, again.returncode) == ("CUST-0002 Beta: sent\n2 sent\n", "", 0)
    assert addressees(invoiced_emulator) == [1, 2]


def test_what_may_have_been_sent_is_said_by_each_run_and_sent_by_none(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    for _ in range(2):
        ran = run("month_end_statements.py", "2026-11")
        assert (ran.stderr, ran.returncode) == ("", 1)
        assert "No statement to CUST-0002 Beta: unknown, " in ran.stdout
        assert "1 sent, 1 unknown" in ran.stdout
    assert addressees(invoiced_emulator) == [1, 2]


def test_where_nobody_owes_anything_there_is_nothing_to_do(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.reset()
    ran = run("month_end_statements.py", "2026-11")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("There was nothing to do.\n", "", 0)


def test_an_error_is_one_line(run: Any, invoiced_emulator: Emulator) -> None:
    invoiced_emulator.fail("GET /customers", status=401)
    ran = run("month_end_statements.py", "2026-11")
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "401" in ran.stderr
