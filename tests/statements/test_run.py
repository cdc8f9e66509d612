"""Runs of statements, against the emulator over HTTP."""

from __future__ import annotations

import contextlib
import csv
import io
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs.rate_limiter import RateLimiter
from invoiced.statements import CustomerRef, JournalError, PlanError, Result, RunStopped, StatementRun

SEND = "POST /customers/*/emails"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(idempotency=False) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        yield client


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "statements.journal"


def create(client: invoiced.Client, count: int) -> list[invoiced.Customer]:
    names = [f"Customer {place}" for place in range(1, count + 1)]
    return [client.Customer.create(name=name, email=f"{name[9:]}@example.com") for name in names]


def run_of(client: invoiced.Client, journal: Path, **options: Any) -> StatementRun:
    return StatementRun(client, journal, **{"rate": None, **options})


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def outcomes(results: Any) -> dict[int, str]:
    return {result.row: result.outcome for result in results}


# Whom a row means


def test_customers_numbers_ids_and_rows_of_a_sheet_all_serve(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    acme, other, third, fourth, fifth = create(client, 5)
    sheet = f"Name,number,id,to\nx,{third.number},,\ny,,{fourth.id}.0,\nz,{fifth.number},{fifth.id},boss@example.com\n"
    rows = [acme, other.id, *csv.DictReader(io.StringIO(sheet))]
    run = run_of(client, tmp_path / "a")
    assert outcomes(run.send(rows)) == dict.fromkeys(range(1, 6), "sent")
    assert addressees(emulator) == [acme.id, other.id, third.id, fourth.id, fifth.id]
    assert {email["email"] for email in emulator.outbox if email["customer"] == fifth.id} == {"boss@example.com"}
    assert outcomes(run_of(client, tmp_path / "b").send([acme.number, {"email": other.email}])) == {
        1: "sent",
        2: "sent",
    }


def test_a_row_can_have_recipients_a_subject_and_a_message_of_its_own(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    rows = [
        {"id": 1, "to": "a@example.com; b@example.com", "subject": " Own ", "message": ""},
        {"id": 2, "to": [{"name": "Nancy", "email": "n@example.com"}], "subject": None},
    ]
    list(run_of(client, journal).send(rows, subject="Common", message="Hello"))
    sent = {email["email"]: (email["subject"], email["message"]) for email in emulator.outbox}
    assert sent == {
        "a@example.com": ("Own", "Hello"),
        "b@example.com": ("Own", "Hello"),
        "n@example.com": ("Common", "Hello"),
    }


def test_rows_are_all_checked_before_the_first_statement_goes(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    client.Customer.create(name="Silent")
    client.Customer.create(name="Twin", email="twin@example.com")
    client.Customer.create(name="Twin", email="twin@example.com")
    with_contact = client.Customer.create(name="Has a contact")
    with_contact.contacts().create(name="Nancy", email="nancy@example.com", primary=False)
    rows: list[Any] = [
        {"id": "1"},
        {"number": "CUST-0001"},
        {"number": "CUST-9999"},
        {"id": 99},
        {"email": "twin@example.com"},
        {"id": 4},
        {"id": 2, "to": "nobody"},
        {"id": 3, "number": "CUST-0001"},
        {"name": "no key"},
        {"id": "CUST-0002"},
        with_contact.id,
        3.5,
        "",
    ]
    results = run_of(client, journal).send(rows)
    assert not [sent for sent in emulator.requests if sent.method == "POST" and sent.path.endswith("/emails")]
    reasons = {result.row: (result.outcome, result.reason) for result in results}
    assert reasons == {
        1: ("sent", ""),
        2: ("skipped", "row 1 is about the same"),
        3: ("skipped", "no customer has the number CUST-9999"),
        4: ("skipped", "no customer has the id 99"),
        5: ("skipped", "several customers have the email twin@example.com"),
        6: ("skipped", "neither the customer nor a contact has an e-mail address"),
        7: ("skipped", "'nobody' is no e-mail address"),
        8: ("skipped", "customer 3 has the number CUST-0003, not CUST-0001"),
        9: ("skipped", "it has no id, number or email"),
        10: ("skipped", "'CUST-0002' is no ID of a customer"),
        11: ("sent", ""),
        12: ("skipped", "float names no customer: give an ID, a number or a row"),
        13: ("skipped", "it has no id, number or email"),
    }
    assert addressees(emulator) == [1, with_contact.id]


def test_look_ups_one_by_one_and_by_a_list_find_the_same(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 120)
    client.Customer.create(name="Twin", email="1@example.com")
    rows: list[Any] = ["CUST-0001", {"email": "1@example.com"}, {"id": 7, "number": "CUST-0008"}, "CUST-0500", 110]
    few = {task.row: (task.customer.id, task.problem) for task in run_of(client, Path("nowhere")).plan(rows[:3])}
    emulator.requests.clear()
    many = {task.row: (task.customer.id, task.problem) for task in run_of(client, Path("nowhere")).plan(rows)}
    assert [request.query.get("per_page") for request in emulator.requests] == ["1", "100", "100"]
    assert (
        {row: many[row] for row in few}
        == few
        == {
            1: (1, ""),
            2: (many[2][0], "several customers have the email 1@example.com"),
            3: (7, "customer 7 has the number CUST-0007, not CUST-0008"),
        }
    )
    assert many[4] == (None, "no customer has the number CUST-0500")
    assert many[5] == (110, "")


def test_few_rows_are_looked_up_one_by_one(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 3)
    emulator.requests.clear()
    run_of(client, Path("nowhere")).plan(["CUST-0001", 2])
    assert [request.path for request in emulator.requests] == ["/customers", "/customers/2"]


def test_the_field_that_names_the_customer_can_be_chosen(client: invoiced.Client) -> None:
    create(client, 2)
    rows = [{"id": "2", "number": "CUST-0001"}]
    (task,) = run_of(client, Path("nowhere")).plan(rows, by="number")
    assert (task.customer.id, task.problem) == (1, "")
    with pytest.raises(ValueError, match="by must be one of"):
        run_of(client, Path("nowhere")).plan(rows, by="name")


def test_a_strict_run_refuses_rows_with_problems_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    with pytest.raises(PlanError) as caught:
        run_of(client, journal).send(["CUST-0001", "CUST-0002"], strict=True)
    assert str(caught.value) == (
        "1 of 2 rows cannot be sent; nothing was sent.\nRow 2, CUST-0002: no customer has the number CUST-0002."
    )
    assert not journal.exists()
    assert emulator.outbox == []


def test_a_run_none_of_whose_rows_can_be_sent_is_refused(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(PlanError, match="2 of 2 rows cannot be sent"):
        run_of(client, journal).send([{"Customer": "CUST-0001"}, {"Customer": "CUST-0002"}])
    assert not journal.exists()


def test_content_that_cannot_be_sent_is_refused_at_once(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        run_of(client, journal).send([1], start=datetime(2026, 11, 1))
    assert not journal.exists()


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        ({"tpye": "open_item"}, TypeError, "A statement has no 'tpye'. It has to, bcc,"),
        ({"type": "openitem"}, ValueError, "type is balance_forward or open_item, and not 'openitem'"),
    ],
)
def test_what_no_statement_has_is_refused_before_everybody_gets_it(
    content: Any, error: type[Exception], problem: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    with pytest.raises(error, match=problem):
        run_of(client, journal).send(create(client, 3), **content)
    assert not emulator.outbox
    assert not journal.exists()


def test_a_plan_that_is_sent_takes_no_content_that_it_has_not_planned(client: invoiced.Client, journal: Path) -> None:
    run = run_of(client, journal)
    with pytest.raises(TypeError, match=r"give them to plan\(\)"):
        run.send(run.plan(create(client, 1)), type="open_item")


@pytest.mark.parametrize("to", ["boss@example.com", ["boss@example.com"], {"email": "boss@example.com"}], ids=str)
def test_the_recipients_of_a_row_can_be_written_in_several_ways(
    to: Any, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    (customer,) = create(client, 1)
    assert outcomes(run_of(client, journal).send([{"id": customer.id, "to": to}])) == {1: "sent"}
    assert [email["email"] for email in emulator.outbox] == ["boss@example.com"]


def test_a_plan_shows_who_would_get_what_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    run = run_of(client, journal)
    plan = run.plan(client.Customer.all(sort="id desc"), start=datetime(2026, 11, 1, tzinfo=timezone.utc))
    assert [(task.row, str(task.customer)) for task in plan] == [
        (1, "CUST-0002 Customer 2"),
        (2, "CUST-0001 Customer 1"),
    ]
    assert (len(plan), plan.skipped, plan.resumes, [*plan.problems]) == (2, 0, False, [])
    assert (emulator.outbox, journal.exists()) == ([], False)
    assert outcomes(run.send(plan)) == {1: "sent", 2: "sent"}
    assert [email["start"] for email in emulator.outbox] == [1793491200] * 2


def test_nobody_to_write_to_is_no_error(client: invoiced.Client, journal: Path) -> None:
    run = run_of(client, journal)
    assert list(run.send(client.Customer.all(open_balance=True, sort="id desc"))) == []
    assert str(run.report()) == "There was nothing to do."
    assert run.report().complete


# Outcomes, and going on


def test_a_result_tells_whom_it_is_about_and_what_was_sent(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    (result,) = run_of(client, journal).send([1])
    (email,) = emulator.outbox
    assert result.customer == CustomerRef(1, "CUST-0001", "Customer 1", "1@example.com")
    assert (str(result.customer), result.outcome, result.done) == ("CUST-0001 Customer 1", "sent", True)
    assert result.details == {"emails": [{"id": email["id"], "email": "1@example.com"}]}
    assert result.idempotency_key == emulator.requests[-1].headers["Idempotency-Key"]


def test_each_outcome_is_in_its_place_and_a_second_run_does_what_is_left(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 6)
    emulator.fail("POST /customers/2/emails", status=400, body='{"type": "invalid_request", "message": "no"}')
    emulator.fail("POST /customers/3/emails", status=502, body="<html>", committed=True)
    emulator.fail("POST /customers/4/emails", connection="reset")
    emulator.fail("POST /customers/5/emails", status=429, headers={"Retry-After": "0"}, times=2)
    run = run_of(client, journal)
    first = {result.row: result for result in run.send(range(1, 7), type="open_item")}
    assert outcomes(first.values()) == {1: "sent", 2: "failed", 3: "unknown", 4: "unknown", 5: "sent", 6: "sent"}
    assert first[2].reason == "no"
    assert run.report().counts == {"failed": 1, "sent": 3, "unknown": 2}
    assert not run.report().complete
    assert "Run again with the journal" in str(run.report())

    second = run_of(client, journal)
    assert outcomes(second.send(range(1, 7), type="open_item")) == {2: "sent"}
    assert addressees(emulator) == [1, 2, 3, 5, 6]

    third = run_of(client, journal, retry_unknown=True)
    again = {result.row: result for result in third.send(range(1, 7), type="open_item")}
    assert outcomes(again.values()) == {3: "sent", 4: "sent"}
    assert again[3].idempotency_key == first[3].idempotency_key  # so that an API that honours it sends no second one
    assert again[4].idempotency_key == first[4].idempotency_key
    assert third.report().complete
    assert str(third.report()) == "6 sent"


def test_what_failed_is_tried_again_with_a_new_key_and_what_was_refused_for_haste_with_the_same(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=400)
    emulator.fail("POST /customers/2/emails", status=429, headers={"Retry-After": "0"}, times=2)
    list(run_of(client, journal).send([1, 2]))
    list(run_of(client, journal).send([1, 2]))
    keys = {
        id: [sent.headers["Idempotency-Key"] for sent in emulator.requests.to(f"POST /customers/{id}/emails")]
        for id in (1, 2)
    }
    assert len(set(keys[1])) == 2
    assert len(keys[2]) == 3
    assert len(set(keys[2])) == 1


def test_a_journal_is_gone_on_with_without_its_source(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    emulator.fail("POST /customers/2/emails", status=400)
    list(run_of(client, journal).send([1, 2, 3], subject="November"))
    emulator.requests.clear()
    assert outcomes(run_of(client, journal).resume()) == {2: "sent"}
    assert [email["subject"] for email in emulator.outbox] == ["November"] * 3
    assert [(sent.method, sent.path) for sent in emulator.requests] == [
        ("GET", "/customers/2"),  # whether it is the same account
        ("POST", "/customers/2/emails"),
    ]


def test_a_run_that_is_resumed_does_not_read_a_source_that_has_a_name(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/2/emails", status=400)
    list(run_of(client, journal).send(client.Customer.all(sort="id desc"), source="everybody"))
    client.Customer.create(name="New", email="new@example.com")
    run = run_of(client, journal)
    results = run.send(client.Customer.all(sort="id desc"), source="everybody")
    assert [result.customer.id for result in results] == [2]
    with pytest.raises(JournalError, match="recipients are not the same"):
        run.send(client.Customer.all(sort="id desc"), source="those who owe")


def test_the_order_of_the_recipients_does_not_matter_when_a_run_is_resumed(
    client: invoiced.Client, journal: Path
) -> None:
    create(client, 3)
    list(run_of(client, journal).send([1, 2, 3]))
    assert list(run_of(client, journal).send([3, 1, 2])) == []


@pytest.mark.parametrize(
    ("recipients", "content", "problem"),
    [
        ([1, 2, 3], {"subject": "November"}, "recipients are not the same"),
        ([1], {"subject": "November"}, "recipients are not the same"),
        ([1, {"id": 2, "subject": "Own"}], {"subject": "November"}, "recipients are not the same"),
        ([1, 2], {"subject": "December"}, "what it sends is not the same"),
        ([1, 2], {}, "what it sends is not the same"),
    ],
)
def test_the_journal_of_another_run_is_refused(
    recipients: list[Any], content: Any, problem: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    list(run_of(client, journal).send([1, 2], subject="November"))
    with pytest.raises(JournalError, match=problem):
        run_of(client, journal).send(recipients, **content)
    with pytest.raises(JournalError, match=problem):
        run_of(client, journal).plan(recipients, **content)
    assert addressees(emulator) == [1, 2]


def test_the_journal_of_another_account_is_refused(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    emulator.set_time(1415222128)
    create(client, 2)
    emulator.fail(SEND, status=400, times=2)
    list(run_of(client, journal).send([1, 2]))
    with Emulator() as other, invoiced.Client("any key", base_url=other.url) as stranger:
        create(stranger, 2)
        with pytest.raises(JournalError, match="at another address of the API"):
            run_of(stranger, journal).send([1, 2])
        assert other.outbox == []
    emulator.reset()  # the same address, and now the account of somebody else
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).resume()
    emulator.set_time(1415222999)
    create(client, 2)
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).resume()
    assert emulator.outbox == []


def test_a_customer_that_was_deleted_meanwhile_does_not_stop_the_others(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    first, *_ = create(client, 3)
    emulator.fail(SEND, status=400, times=3)
    list(run_of(client, journal).send([1, 2, 3]))
    first.delete()
    results = {result.row: result for result in run_of(client, journal).resume()}
    assert outcomes(results.values()) == {1: "failed", 2: "sent", 3: "sent"}


def test_a_journal_that_is_not_there_cannot_be_resumed(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(JournalError, match="cannot be used"):
        run_of(client, journal).resume()
    assert not journal.exists()


def test_the_report_and_the_results_are_those_of_all_sessions(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    emulator.fail("POST /customers/2/emails", status=400)
    rows = [1, 2, 3, "CUST-9999"]
    run = run_of(client, journal, concurrency=1)
    results = run.send(rows)
    assert next(results).outcome == "skipped"
    assert next(results).outcome == "sent"
    assert run.report().counts == {"not tried": 2, "sent": 1, "skipped": 1}
    assert outcomes(run.results()) == {1: "sent", 2: "not tried", 3: "not tried", 4: "skipped"}
    list(results)
    assert outcomes(run_of(client, journal).results()) == {1: "sent", 2: "failed", 3: "sent", 4: "skipped"}
    list(run_of(client, journal).send(rows))
    assert run_of(client, journal).report().counts == {"sent": 3, "skipped": 1}


def test_an_answer_without_an_email_is_no_success(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=201, body="[]")
    rejected = '[{"id": "a", "object": "email", "email": "1@example.com", "reject_reason": "hard-bounce"}]'
    emulator.fail("POST /customers/2/emails", status=201, body=rejected)
    reasons = {result.row: (result.outcome, result.reason) for result in run_of(client, journal).send([1, 2])}
    assert reasons == {
        1: ("failed", "no e-mail was sent: the API knows nobody to write to"),
        2: ("failed", "no e-mail was sent: hard-bounce"),
    }


# Stopping


def test_a_wrong_key_stops_the_run_at_once_and_no_recipient_is_to_blame(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 20)
    emulator.fail(SEND, status=401, times=None)
    run = run_of(client, journal, concurrency=2)
    with pytest.raises(invoiced.AuthenticationError):
        list(run.send(range(1, 21)))
    assert len(emulator.requests.to(SEND)) <= 2
    assert run.report().counts == {"not tried": 20}
    emulator.clear_faults()
    assert Counter(outcomes(run_of(client, journal).resume()).values()) == {"sent": 20}


def test_a_run_stops_after_so_many_errors(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 20)
    emulator.fail(SEND, status=400, times=None)
    run = run_of(client, journal, concurrency=1, stop_after_errors=3)
    results = run.send(range(1, 21))
    with pytest.raises(RunStopped, match="stopped after 3 rows"):
        list(results)
    assert run.report().counts == {"failed": 3, "not tried": 17}


def test_an_api_that_cannot_be_reached_stops_the_run_and_loses_nothing(
    client: invoiced.Client, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 5)
    monkeypatch.setattr(RateLimiter, "pause", lambda self, seconds: None)
    run = run_of(client, journal)
    plan = run.plan(range(1, 6))
    port = int(emulator.url.rpartition(":")[2])
    emulator.stop()
    with pytest.raises(RunStopped, match="no connection to"):
        list(run.send(plan))
    assert run.report().counts == {"not tried": 5}
    emulator._port = port
    emulator.start()
    assert Counter(outcomes(run_of(client, journal).resume()).values()) == {"sent": 5}
    assert addressees(emulator) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("asked", ["301", "86400"])
def test_a_wait_of_more_than_five_minutes_stops_the_run(
    asked: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    emulator.fail(SEND, status=429, headers={"Retry-After": asked})
    with pytest.raises(RunStopped, match=f"asks to wait {asked} s"):
        list(run_of(client, journal, concurrency=1).send([1, 2, 3]))
    assert run_of(client, journal).report().counts == {"not tried": 3}


def test_when_the_api_asks_to_wait_all_threads_do(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 8)
    arrivals: list[float] = []
    emulator.fail(SEND, changes=lambda: arrivals.append(time.monotonic()), times=2)
    emulator.fail(SEND, status=429, headers={"Retry-After": "1"}, changes=lambda: arrivals.append(time.monotonic()))
    emulator.fail(SEND, changes=lambda: arrivals.append(time.monotonic()), times=None)
    run = run_of(client, journal, concurrency=4, rate=200)
    assert Counter(outcomes(run.send(range(1, 9))).values()) == {"sent": 8}
    refused = arrivals[2]
    assert len(arrivals) == 9
    # Two of the four threads may have been sending at that moment.
    assert [moment for moment in arrivals[3:] if 0.3 < moment - refused < 0.99] == []


def test_no_second_has_more_requests_than_the_rate(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 12)
    arrivals: list[float] = []
    emulator.fail("* /**", changes=lambda: arrivals.append(time.monotonic()), times=None)
    list(run_of(client, journal, concurrency=8, rate=10).send(range(1, 13)))
    assert len(arrivals) > 12  # the look-ups count, too
    # A request may be on its way a little longer than the one before it.
    assert all(later - earlier > 0.9 for earlier, later in zip(arrivals, arrivals[10:], strict=False))


def test_leaving_the_loop_ends_the_run_after_what_is_under_way(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 30)
    run = run_of(client, journal, concurrency=3)
    for _ in run.send(range(1, 31)):
        break
    sent = len(emulator.outbox)
    assert 1 <= sent <= 6
    assert run.report().counts == {"sent": sent, "not tried": 30 - sent}
    list(run_of(client, journal).send(range(1, 31)))
    assert addressees(emulator) == list(range(1, 31))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("invoiced-run")]


def test_ctrl_c_lets_what_is_under_way_finish_and_the_loop_have_its_results(
    client: invoiced.Client,
    emulator: Emulator,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    create(client, 10)
    run = run_of(client, journal, concurrency=3)
    plan = run.plan(range(1, 11))
    wait, interrupts = invoiced.runs.execution.wait, iter([True])

    def interrupted(*args: Any, **options: Any) -> Any:
        if next(interrupts, False):
            while len(emulator.requests.to(SEND)) < 3:
                time.sleep(0.001)
            raise KeyboardInterrupt
        return wait(*args, **options)

    monkeypatch.setattr("invoiced.runs.execution.wait", interrupted)
    results: list[Result] = []
    with pytest.raises(KeyboardInterrupt), caplog.at_level(logging.WARNING, logger="invoiced"):
        results.extend(run.send(plan))
    assert len(results) == len(emulator.outbox) == 3
    assert run.report().counts == {"sent": len(results), "not tried": 10 - len(results)}
    assert "Interrupted." in caplog.text
    assert f"Run again with the journal {journal}" in caplog.text


def test_a_run_may_be_begun_and_never_looped_over(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 1)
    run_of(client, journal).send([1])
    assert emulator.outbox == []
    assert outcomes(run_of(client, journal).resume()) == {1: "sent"}


def test_a_journal_that_cannot_be_written_ends_the_run_before_the_next_send(
    client: invoiced.Client, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 3)
    run = run_of(client, journal, concurrency=1)
    results = run.send([1, 2, 3])
    next(results)
    assert run._journal
    monkeypatch.setattr(run._journal, "record", lambda *_: (_ for _ in ()).throw(JournalError("disk full")))
    with pytest.raises(JournalError, match="disk full"):
        list(results)
    assert addressees(emulator) == [1]


@pytest.mark.parametrize(
    "options", [{"rate": 0}, {"rate": -1}, {"rate": True}, {"concurrency": 0}, {"stop_after_errors": 0}]
)
def test_arguments_that_make_no_sense_are_refused(options: Any, client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(ValueError, match="must be"):
        run_of(client, journal, **options)


def test_a_journal_has_no_key(client: invoiced.Client, journal: Path) -> None:
    create(client, 2)
    with invoiced.Client("sk_0123456789abcdef", base_url=client.api_url) as secretive:
        list(run_of(secretive, journal).send([1, 2]))
    assert b"sk_0123456789abcdef" not in journal.read_bytes()
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


# What an independent reading found


@pytest.mark.parametrize("fault", [{"status": 400}, {"status": 401}, {"status": 409}])
def test_what_may_have_been_sent_stays_unknown_until_it_is_certain(
    fault: Any, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    emulator.fail(SEND, connection="reset", committed=True)
    list(run_of(client, journal).send([1]))
    emulator.fail(SEND, **fault)
    with contextlib.suppress(invoiced.AuthenticationError):
        list(run_of(client, journal, retry_unknown=True).send([1]))
    assert run_of(client, journal).report().counts == {"unknown": 1}
    assert list(run_of(client, journal).send([1])) == []
    assert addressees(emulator) == [1]


def test_a_plan_is_carried_out_once(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 3)
    emulator.fail(SEND, status=400, times=3)
    list(run_of(client, journal).send([1, 2, 3]))
    run = run_of(client, journal)
    plan = run.plan([1, 2, 3])
    first = run.send(plan)
    with pytest.raises(JournalError, match="carried out already"):
        run.send(plan)
    assert outcomes(first) == {1: "sent", 2: "sent", 3: "sent"}
    assert addressees(emulator) == [1, 2, 3]


def test_a_run_that_was_stopped_can_go_on(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 3)
    emulator.fail(SEND, status=400)
    run = run_of(client, journal, concurrency=1, stop_after_errors=1)
    with pytest.raises(RunStopped):
        list(run.send([1, 2, 3]))
    assert outcomes(run.resume()) == {1: "sent", 2: "sent", 3: "sent"}


def test_a_complete_journal_of_another_account_is_refused(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    emulator.set_time(1415222128)
    create(client, 2)
    list(run_of(client, journal).send(client.Customer.all(sort="id desc"), source="everybody"))
    emulator.reset()
    emulator.set_time(1415222999)
    create(client, 2)
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).send(client.Customer.all(sort="id desc"), source="everybody")


def test_a_run_whose_last_customer_was_deleted_is_no_run_of_another_account(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    first, *_ = create(client, 3)
    emulator.fail("POST /customers/1/emails", status=400)
    list(run_of(client, journal).send([1, 2, 3]))
    first.delete()
    assert outcomes(run_of(client, journal).resume()) == {1: "failed"}


def test_a_customer_without_an_address_is_not_the_one_whose_address_is_none(client: invoiced.Client) -> None:
    create(client, 3)
    client.Customer.create(name="Silent")
    rows = [{"email": "None"}, {"email": "1@example.com"}, {"email": "2@example.com"}, {"email": "3@example.com"}]
    first, *_ = run_of(client, Path("nowhere")).plan(rows)
    assert first.problem == "no customer has the email None"


def test_a_customer_that_is_not_the_one_that_was_sought_is_refused(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 1)
    wrong = '[{"id": 1, "number": "CUST-0001", "email": "1@example.com"}]'
    emulator.fail("GET /customers", status=200, body=wrong, headers={"X-Total-Count": "1"})
    (task,) = run_of(client, Path("nowhere")).plan(["CUST-0777"])
    assert task.problem == "customer 1 has the number CUST-0001, not CUST-0777"


def test_a_run_without_recipients_makes_no_journal(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    (acme,) = create(client, 1)
    owing: Any = {"open_balance": True, "sort": "id desc"}
    assert list(run_of(client, journal).send(client.Customer.all(**owing), source="owing")) == []
    assert not journal.exists()
    emulator.set_balance(acme.id, total_outstanding=1)
    assert outcomes(run_of(client, journal).send(client.Customer.all(**owing), source="owing")) == {1: "sent"}


@pytest.mark.parametrize("recipients", ["42", b"42", {"id": 1}])
def test_one_recipient_is_not_taken_for_several(recipients: Any, client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(TypeError, match="give a list"):
        run_of(client, journal).send(recipients)


@pytest.mark.parametrize("to", [5, True, 1.5, [5], [["a"]]])
def test_recipients_that_are_none_are_a_problem_of_their_row(to: Any, client: invoiced.Client) -> None:
    create(client, 1)
    (task,) = run_of(client, Path("nowhere")).plan([{"id": 1, "to": to}])
    assert "is no e-mail address" in task.problem


def test_an_api_that_fails_and_asks_to_wait_is_waited_for_by_all(
    client: invoiced.Client, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 1)
    pauses: list[float] = []
    pause = RateLimiter.pause
    monkeypatch.setattr(RateLimiter, "pause", lambda self, seconds: (pauses.append(seconds), pause(self, 0))[1])
    emulator.fail(SEND, status=503, headers={"Retry-After": "7"})
    assert outcomes(run_of(client, journal).send([1])) == {1: "unknown"}
    assert 7 in pauses


def test_what_is_unknown_counts_as_an_error_after_which_the_run_stops(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 5)
    emulator.fail(SEND, connection="reset", times=None)
    run = run_of(client, journal, concurrency=1, stop_after_errors=2)
    with pytest.raises(RunStopped):
        list(run.send(range(1, 6)))
    assert run.report().counts == {"not tried": 3, "unknown": 2}


def test_a_run_is_resumed_at_the_address_where_it_was_begun(client: invoiced.Client, journal: Path) -> None:
    create(client, 1)
    list(run_of(client, journal).send([1]))
    with invoiced.Client("key") as other, pytest.raises(JournalError, match="another address"):
        run_of(other, journal).resume()


def test_a_longer_pause_is_not_shortened_by_a_shorter_one() -> None:
    pace = RateLimiter(None)
    pace.pause(60)
    pace.pause(0)
    threading.Timer(0.05, pace.stop).start()
    with pace.turn() as has_turn:
        assert not has_turn


def test_results_that_are_collected_by_a_thread_of_their_own_end_the_run_in_good_order(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 30)
    run = run_of(client, journal, concurrency=4)
    held = {"results": run.send(range(1, 31))}
    next(held["results"])
    thread = threading.Thread(target=held.pop("results").close, name="invoiced-run_9")
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    # What was under way then may be unknown; nobody has two.
    list(run_of(client, journal, retry_unknown=False).send(range(1, 31)))
    assert max(Counter(addressees(emulator)).values()) == 1
    unknown = run_of(client, journal).report().counts.get("unknown", 0)
    assert len(addressees(emulator)) >= 30 - unknown
