"""Tests of statement runs, against the emulator over HTTP."""

from __future__ import annotations

import contextlib
import csv
import io
import logging
import re
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
from invoiced.statements import (
    CustomerRef,
    JournalError,
    PlanError,
    Result,
    RunStopped,
    StatementDownload,
    StatementRun,
)

SEND = "POST /customers/*/emails"


@pytest.fixture(params=[False, True], ids=["as the service responds", "as documented"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Yield an emulator that behaves like the service, and one that drops no statements that are sent twice."""
    with Emulator(idempotency=False, documented_responses=request.param) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        yield client


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "statements.journal"


def create(client: invoiced.Client, count: int) -> list[invoiced.Customer]:
    names = [f"Customer {id}" for id in range(1, count + 1)]
    return [client.Customer.create(name=name, email=f"{name[9:]}@example.com") for name in names]


def run_of(client: invoiced.Client, journal: Path, **options: Any) -> StatementRun:
    return StatementRun(client, journal, **{"rate": None, **options})


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def outcomes(results: Any) -> dict[int, str]:
    return {result.row: result.outcome for result in results}


# Recipients


def test_recipients_can_be_customers_ids_numbers_and_csv_rows(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    acme, other, third, fourth, fifth = create(client, 5)
    sheet = f"Note,number,id,to\nx,{third.number},,\ny,,{fourth.id}.0,\nz,{fifth.number},{fifth.id},boss@example.com\n"
    rows = [acme, other.id, *csv.DictReader(io.StringIO(sheet))]
    run = run_of(client, tmp_path / "a.journal")
    assert outcomes(run.send(rows)) == dict.fromkeys(range(1, 6), "sent")
    assert addressees(emulator) == [acme.id, other.id, third.id, fourth.id, fifth.id]
    assert {email["email"] for email in emulator.outbox if email["customer"] == fifth.id} == {"boss@example.com"}
    second = run_of(client, tmp_path / "b.journal")
    assert outcomes(second.send([acme.number, {"email": other.email}], template="second")) == {1: "sent", 2: "sent"}


def test_a_row_can_have_its_own_recipients_subject_and_message(
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


def test_all_rows_are_checked_before_the_first_statement_is_sent(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    client.Customer.create(name="Silent")
    client.Customer.create(name="Twin", email="twin@example.com")
    client.Customer.create(name="Twin", email="twin@example.com")
    with_contact = client.Customer.create(name="Has a contact")
    with_contact.contacts().create(name="Nancy", email="nancy@example.com")
    rows: list[Any] = [
        {"id": "1"},
        {"number": "CUST-00001"},
        {"number": "CUST-09999"},
        {"id": 99},
        {"email": "twin@example.com"},
        {"id": 4},
        {"id": 2, "to": "nobody"},
        {"id": 3, "number": "CUST-00001"},
        {"name": "no key"},
        {"id": "CUST-00002"},
        with_contact.id,
        3.5,
        "",
        client.Invoice.create(customer=1, items=[{"unit_cost": 5}]),
    ]
    results = run_of(client, journal).send(rows)
    sent = [request for request in emulator.requests if request.method == "POST" and request.path.endswith("/emails")]
    assert not sent
    reasons = {result.row: (result.outcome, result.reason) for result in results}
    assert reasons == {
        1: ("sent", ""),
        2: ("skipped", "duplicate of row 1"),
        3: ("skipped", "no customer has the number CUST-09999"),
        4: ("skipped", "no customer has the ID 99"),
        5: ("skipped", "several customers have the e-mail address twin@example.com"),
        6: ("skipped", "neither the customer nor a contact has an e-mail address"),
        7: ("skipped", "invalid e-mail address 'nobody'"),
        8: ("skipped", "customer 3 has the number CUST-00003, not CUST-00001"),
        9: ("skipped", "no id, number or email"),
        10: ("skipped", "invalid customer ID 'CUST-00002' (expected e.g. 15444)"),
        11: ("sent", ""),
        12: ("skipped", "invalid customer ID '3.5' (expected e.g. 15444)"),
        13: ("skipped", "no id, number or email"),
        14: ("skipped", "expected a customer ID, a customer number or a row, got Invoice"),
    }
    assert addressees(emulator) == [1, with_contact.id]


def test_lookups_one_by_one_and_from_a_list_return_the_same(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 120)
    client.Customer.create(name="Twin", email="1@example.com")
    rows: list[Any] = ["CUST-00001", {"email": "1@example.com"}, {"id": 7, "number": "CUST-00008"}, "CUST-00500", 110]
    few = {row.number: (row.customer.id, row.problem) for row in run_of(client, Path("nowhere")).plan(rows[:3])}
    emulator.requests.clear()
    many = {row.number: (row.customer.id, row.problem) for row in run_of(client, Path("nowhere")).plan(rows)}
    assert [request.query.get("per_page") for request in emulator.requests] == ["1", "100", None]
    assert (
        {number: many[number] for number in few}
        == few
        == {
            1: (1, ""),
            2: (many[2][0], "several customers have the e-mail address 1@example.com"),
            3: (7, "customer 7 has the number CUST-00007, not CUST-00008"),
        }
    )
    assert many[4] == (None, "no customer has the number CUST-00500")
    assert many[5] == (110, "")


def test_few_rows_are_looked_up_one_by_one(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 3)
    emulator.requests.clear()
    run_of(client, Path("nowhere")).plan(["CUST-00001", 2])
    assert [request.path for request in emulator.requests] == ["/customers", "/customers/2"]


def test_the_field_that_identifies_the_customer_can_be_chosen(client: invoiced.Client) -> None:
    create(client, 2)
    rows = [{"id": "2", "number": "CUST-00001"}]
    (row,) = run_of(client, Path("nowhere")).plan(rows, by="number")
    assert (row.customer.id, row.problem) == (1, "")
    with pytest.raises(ValueError, match="by must be one of"):
        run_of(client, Path("nowhere")).plan(rows, by="name")


def test_a_strict_run_with_problems_is_refused_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    with pytest.raises(PlanError) as raised:
        run_of(client, journal).send(["CUST-00001", "CUST-00002"], strict=True)
    assert str(raised.value) == (
        "1 of 2 rows cannot be sent; nothing was sent.\nRow 2, CUST-00002: no customer has the number CUST-00002."
    )
    assert not journal.exists()
    assert emulator.outbox == []


def test_a_run_without_any_valid_row_is_refused(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(PlanError, match="2 of 2 rows cannot be sent"):
        run_of(client, journal).send([{"Customer": "CUST-00001"}, {"Customer": "CUST-00002"}])
    assert not journal.exists()


def test_invalid_content_is_refused_immediately(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        run_of(client, journal).send([1], start=datetime(2026, 11, 1))
    assert not journal.exists()


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        ({"tpye": "open_item"}, TypeError, r"Unknown field 'tpye' \(expected to, bcc,"),
        ({"type": "openitem"}, ValueError, "type must be balance_forward or open_item, not 'openitem'"),
    ],
)
def test_unknown_fields_and_values_are_refused_before_anything_is_sent(
    content: Any, error: type[Exception], problem: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    with pytest.raises(error, match=problem):
        run_of(client, journal).send(create(client, 3), **content)
    assert not emulator.outbox
    assert not journal.exists()


def test_content_is_passed_to_plan_and_not_to_send(client: invoiced.Client, journal: Path) -> None:
    run = run_of(client, journal)
    with pytest.raises(TypeError, match=r"Pass them to plan\(\)"):
        run.send(run.plan(create(client, 1)), type="open_item")


@pytest.mark.parametrize("to", ["boss@example.com", ["boss@example.com"], {"email": "boss@example.com"}], ids=str)
def test_the_recipients_of_a_row_can_be_text_a_list_or_a_mapping(
    to: Any, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    (customer,) = create(client, 1)
    assert outcomes(run_of(client, journal).send([{"id": customer.id, "to": to}])) == {1: "sent"}
    assert [email["email"] for email in emulator.outbox] == ["boss@example.com"]


def test_a_plan_shows_what_would_be_sent_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    run = run_of(client, journal)
    plan = run.plan(client.Customer.all(), start=datetime(2026, 11, 1, tzinfo=timezone.utc))
    assert [(row.number, str(row.customer)) for row in plan] == [
        (1, "CUST-00001 Customer 1"),
        (2, "CUST-00002 Customer 2"),
    ]
    assert (len(plan), plan.skipped, plan.resumes, [*plan.problems]) == (2, 0, False, [])
    assert (emulator.outbox, journal.exists()) == ([], False)
    assert outcomes(run.send(plan)) == {1: "sent", 2: "sent"}
    assert [email["start"] for email in emulator.outbox] == [1793491200] * 2


def test_a_run_without_recipients_is_not_an_error(client: invoiced.Client, journal: Path) -> None:
    run = run_of(client, journal)
    assert list(run.send(client.Customer.all(open_balance=True))) == []
    assert str(run.report()) == "There was nothing to do."
    assert run.report().complete


# Outcomes and resuming


def test_a_result_has_the_customer_and_the_emails(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 1)
    (result,) = run_of(client, journal).send([1])
    (email,) = emulator.outbox
    assert result.customer == CustomerRef(1, "CUST-00001", "Customer 1", "1@example.com")
    assert (str(result.customer), result.outcome, result.done) == ("CUST-00001 Customer 1", "sent", True)
    assert result.details in (
        {"emails": [{"message_id": email["message_id"]}]},
        {"emails": [{"id": email["id"], "email": "1@example.com"}]},
    )
    assert result.idempotency_key == emulator.requests[-1].headers["Idempotency-Key"]


def test_each_outcome_is_reported_and_a_second_run_continues(
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
    assert "To continue, run again with the journal" in str(run.report())

    second = run_of(client, journal)
    assert outcomes(second.send(range(1, 7), type="open_item")) == {2: "sent"}
    assert addressees(emulator) == [1, 2, 3, 5, 6]

    third = run_of(client, journal, retry_unknown=True)
    again = {result.row: result for result in third.send(range(1, 7), type="open_item")}
    assert outcomes(again.values()) == {3: "sent", 4: "sent"}
    # With the same key, an API that honors it does not send a second e-mail.
    assert again[3].idempotency_key == first[3].idempotency_key
    assert again[4].idempotency_key == first[4].idempotency_key
    assert third.report().complete
    assert str(third.report()) == "6 sent"


def test_failed_rows_are_retried_with_a_new_key_and_rate_limited_rows_with_the_same_key(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=400)
    emulator.fail("POST /customers/2/emails", status=429, headers={"Retry-After": "0"}, times=2)
    list(run_of(client, journal).send([1, 2]))
    list(run_of(client, journal).send([1, 2]))
    keys = {
        id: [request.headers["Idempotency-Key"] for request in emulator.requests.to(f"POST /customers/{id}/emails")]
        for id in (1, 2)
    }
    assert len(set(keys[1])) == 2
    assert len(keys[2]) == 3
    assert len(set(keys[2])) == 1


def test_a_row_whose_error_the_api_would_repeat_is_retried_with_a_new_key(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    emulator.fail(SEND, status=500, body={"type": "api_error", "message": "Sorry."})
    (first,) = run_of(client, journal).send([1])
    assert (first.outcome, first.details) == ("unknown", {"error_type": "api_error"})
    (second,) = run_of(client, journal, retry_unknown=True).send([1])
    assert second.outcome == "sent"
    assert second.idempotency_key != first.idempotency_key


@pytest.mark.parametrize("concurrency", [0, 17, True, 1.5])
def test_a_run_leaves_room_for_other_requests_of_the_20_that_the_api_accepts_at_a_time(
    concurrency: Any, client: invoiced.Client, journal: Path
) -> None:
    with pytest.raises(ValueError, match="concurrency must be"):
        run_of(client, journal, concurrency=concurrency)
    run_of(client, journal, concurrency=16)


def test_a_run_can_be_resumed_without_its_source(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 3)
    emulator.fail("POST /customers/2/emails", status=400)
    list(run_of(client, journal).send([1, 2, 3], subject="November"))
    emulator.requests.clear()
    assert outcomes(run_of(client, journal).resume()) == {2: "sent"}
    assert [email["subject"] for email in emulator.outbox] == ["November"] * 3
    assert [(request.method, request.path) for request in emulator.requests] == [
        ("GET", "/customers/2"),  # checks that it is the same account
        ("POST", "/customers/2/emails"),
    ]


def test_a_resumed_run_does_not_read_a_named_source_again(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/2/emails", status=400)
    list(run_of(client, journal).send(client.Customer.all(), source="all customers"))
    client.Customer.create(name="New", email="new@example.com")
    run = run_of(client, journal)
    results = run.send(client.Customer.all(), source="all customers")
    assert [result.customer.id for result in results] == [2]
    with pytest.raises(JournalError, match="its rows, or the name of their source, are different"):
        run.send(client.Customer.all(), source="open balances")


def test_a_run_can_be_resumed_with_its_recipients_in_another_order(client: invoiced.Client, journal: Path) -> None:
    create(client, 3)
    list(run_of(client, journal).send([1, 2, 3]))
    assert list(run_of(client, journal).send([3, 1, 2])) == []


@pytest.mark.parametrize(
    ("recipients", "content", "problem"),
    [
        ([1, 2, 3], {"subject": "November"}, "its rows, or the name of their source, are different"),
        ([1], {"subject": "November"}, "its rows, or the name of their source, are different"),
        (
            [1, {"id": 2, "subject": "Own"}],
            {"subject": "November"},
            "its rows, or the name of their source, are different",
        ),
        ([1, 2], {"subject": "December"}, "its content is different"),
        ([1, 2], {}, "its content is different"),
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
        with pytest.raises(JournalError, match="another API URL"):
            run_of(stranger, journal).send([1, 2])
        assert other.outbox == []
    emulator.reset()  # the same URL, but another account
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).resume()
    emulator.set_time(1415222999)
    create(client, 2)
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).resume()
    assert emulator.outbox == []


def test_a_deleted_customer_does_not_stop_the_run(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    first, *_ = create(client, 3)
    emulator.fail(SEND, status=400, times=3)
    list(run_of(client, journal).send([1, 2, 3]))
    first.delete()
    results = {result.row: result for result in run_of(client, journal).resume()}
    assert outcomes(results.values()) == {1: "failed", 2: "sent", 3: "sent"}


def test_a_missing_journal_cannot_be_resumed(client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(JournalError, match="cannot be used"):
        run_of(client, journal).resume()
    assert not journal.exists()


def test_the_report_and_the_results_cover_all_sessions(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    emulator.fail("POST /customers/2/emails", status=400)
    rows = [1, 2, 3, "CUST-09999"]
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


def test_a_response_without_a_sent_email_is_a_failure(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=201, body="[]")
    rejected = '[{"id": "a", "object": "email", "email": "1@example.com", "reject_reason": "hard-bounce"}]'
    emulator.fail("POST /customers/2/emails", status=201, body=rejected)
    reasons = {result.row: (result.outcome, result.reason) for result in run_of(client, journal).send([1, 2])}
    assert reasons == {
        1: ("failed", "no e-mail was sent: the API found no recipients"),
        2: ("failed", "no e-mail was sent: hard-bounce"),
    }


@pytest.mark.parametrize(
    ("emails", "outcome", "reason"),
    [
        ([{"state": "rejected"}], "failed", "no e-mail was sent: rejected"),
        ([{"state": "bounced"}, {"state": "invalid"}], "failed", "no e-mail was sent: bounced, invalid"),
        ([{"state": "bounced", "reject_reason": "no such user"}], "failed", "no e-mail was sent: no such user"),
        ([{"state": "bounced"}, {"state": "sent"}], "sent", ""),
        ([{"state": "deferred"}], "sent", ""),
        ([{"state": "soft-bounced"}], "sent", ""),
        ([{"state": None, "reject_reason": None}], "sent", ""),
        ([{}], "sent", ""),
    ],
    ids=str,
)
def test_a_rejection_counts_if_the_response_tells_it(
    emails: list[Any], outcome: str, reason: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    emulator.fail("POST /customers/1/emails", status=201, body=emails)
    (result,) = run_of(client, journal).send([1])
    assert (result.outcome, result.reason) == (outcome, reason)


# Stopping


def test_a_wrong_key_stops_the_run_and_no_row_fails(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 20)
    emulator.fail(SEND, status=401, times=None)
    run = run_of(client, journal, concurrency=2)
    with pytest.raises(invoiced.AuthenticationError):
        list(run.send(range(1, 21)))
    assert len(emulator.requests.to(SEND)) <= 2
    assert run.report().counts == {"not tried": 20}
    emulator.clear_faults()
    assert Counter(outcomes(run_of(client, journal).resume()).values()) == {"sent": 20}


def test_a_run_stops_after_the_maximum_number_of_errors(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 20)
    emulator.fail(SEND, status=400, times=None)
    run = run_of(client, journal, concurrency=1, stop_after_errors=3)
    results = run.send(range(1, 21))
    with pytest.raises(RunStopped, match="stopped after 3 failed or unknown rows"):
        list(results)
    assert run.report().counts == {"failed": 3, "not tried": 17}


def test_an_unreachable_api_stops_the_run_and_no_row_fails(
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


@pytest.mark.parametrize("seconds", ["301", "86400"])
def test_a_retry_after_of_more_than_five_minutes_stops_the_run(
    seconds: str, client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 3)
    emulator.fail(SEND, status=429, headers={"Retry-After": seconds})
    with pytest.raises(RunStopped, match=f"asks to wait {seconds} s"):
        list(run_of(client, journal, concurrency=1).send([1, 2, 3]))
    assert run_of(client, journal).report().counts == {"not tried": 3}


def test_all_threads_wait_when_the_api_asks_to_wait(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
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


def test_the_rate_is_never_exceeded(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 12)
    arrivals: list[float] = []
    emulator.fail("* /**", changes=lambda: arrivals.append(time.monotonic()), times=None)
    list(run_of(client, journal, concurrency=8, rate=10).send(range(1, 13)))
    assert len(arrivals) > 12  # lookups count, too
    # Requests may take different times to arrive.
    assert all(later - earlier > 0.9 for earlier, later in zip(arrivals, arrivals[10:], strict=False))


def test_leaving_the_loop_stops_the_run_after_requests_in_flight(
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


def test_ctrl_c_completes_requests_in_flight_and_yields_their_results(
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
    assert f"run again with the journal {journal}" in caplog.text


def test_a_run_sends_nothing_until_its_results_are_iterated(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 1)
    run_of(client, journal).send([1])
    assert emulator.outbox == []
    assert outcomes(run_of(client, journal).resume()) == {1: "sent"}


def test_a_run_stops_before_the_next_request_when_its_journal_cannot_be_written(
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
def test_invalid_arguments_are_refused(options: Any, client: invoiced.Client, journal: Path) -> None:
    with pytest.raises(ValueError, match="must be"):
        run_of(client, journal, **options)


def test_a_journal_does_not_contain_the_api_key(client: invoiced.Client, journal: Path) -> None:
    create(client, 2)
    with invoiced.Client("sk_0123456789abcdef", base_url=client.api_url) as client_with_key:
        list(run_of(client_with_key, journal).send([1, 2]))
    assert b"sk_0123456789abcdef" not in journal.read_bytes()
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


# Regressions


@pytest.mark.parametrize("fault", [{"status": 400}, {"status": 401}, {"status": 409}])
def test_an_unknown_row_stays_unknown_when_its_retry_fails(
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


def test_a_plan_can_be_used_only_once(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
    create(client, 3)
    emulator.fail(SEND, status=400, times=3)
    list(run_of(client, journal).send([1, 2, 3]))
    run = run_of(client, journal)
    plan = run.plan([1, 2, 3])
    first = run.send(plan)
    with pytest.raises(JournalError, match="already used"):
        run.send(plan)
    assert outcomes(first) == {1: "sent", 2: "sent", 3: "sent"}
    assert addressees(emulator) == [1, 2, 3]


def test_a_stopped_run_can_be_resumed(client: invoiced.Client, emulator: Emulator, journal: Path) -> None:
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
    list(run_of(client, journal).send(client.Customer.all(), source="all customers"))
    emulator.reset()
    emulator.set_time(1415222999)
    create(client, 2)
    with pytest.raises(JournalError, match="another account"):
        run_of(client, journal).send(client.Customer.all(), source="all customers")


def test_a_run_can_be_resumed_after_its_only_remaining_customer_was_deleted(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    first, *_ = create(client, 3)
    emulator.fail("POST /customers/1/emails", status=400)
    list(run_of(client, journal).send([1, 2, 3]))
    first.delete()
    assert outcomes(run_of(client, journal).resume()) == {1: "failed"}


def test_a_missing_email_does_not_match_the_text_none(client: invoiced.Client) -> None:
    create(client, 3)
    client.Customer.create(name="Silent")
    rows = [{"email": "None"}, {"email": "1@example.com"}, {"email": "2@example.com"}, {"email": "3@example.com"}]
    first, *_ = run_of(client, Path("nowhere")).plan(rows)
    assert first.problem == "invalid e-mail address 'None'"


def test_a_customer_with_another_number_than_requested_is_refused(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 1)
    wrong = '[{"id": 1, "number": "CUST-00001", "email": "1@example.com"}]'
    emulator.fail("GET /customers", status=200, body=wrong, headers={"X-Total-Count": "1"})
    (row,) = run_of(client, Path("nowhere")).plan(["CUST-00777"])
    assert row.problem == "no customer has the number CUST-00777"


def test_a_run_without_recipients_creates_no_journal(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    (acme,) = create(client, 1)
    owing: Any = {"open_balance": True}
    assert list(run_of(client, journal).send(client.Customer.all(**owing), source="owing")) == []
    assert not journal.exists()
    emulator.set_balance(acme.id, total_outstanding=1)
    assert outcomes(run_of(client, journal).send(client.Customer.all(**owing), source="owing")) == {1: "sent"}


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ("42", "got a single str. Pass ['42']"),
        (b"42", "got a single bytes. Pass [b'42']"),
        (42, "got a single int. Pass [42]"),
        ({"id": 1}, "got a single dict. Pass [row]"),
        ("customer", "got a single Customer. Pass [customer]"),
    ],
    ids=["str", "bytes", "int", "mapping", "customer"],
)
def test_a_single_recipient_is_refused(
    recipient: Any, expected: str, client: invoiced.Client, emulator: Emulator, journal: Path, tmp_path: Path
) -> None:
    (customer,) = create(client, 1)
    recipient = customer if recipient == "customer" else recipient
    run = run_of(client, journal)
    downloads = StatementDownload(client, tmp_path / "pdfs", period="2026-11")
    list(run.send([customer], source="named"))  # the recipients of a resumed run are checked, too
    for call in (run.send, run.plan, downloads.fetch, downloads.plan):
        with pytest.raises(TypeError, match=re.escape(f"Expected a list of recipients, {expected}")):
            call(recipient)
    with pytest.raises(TypeError, match="Expected a list of recipients"):
        run.send(recipient, source="named")
    assert len(emulator.outbox) == 1


@pytest.mark.parametrize("to", [5, True, 1.5, [5], [["a"]]])
def test_invalid_recipients_of_a_row_are_a_problem_of_the_row(to: Any, client: invoiced.Client) -> None:
    create(client, 1)
    (row,) = run_of(client, Path("nowhere")).plan([{"id": 1, "to": to}])
    assert "e-mail address" in row.problem


def test_a_retry_after_of_a_failed_request_pauses_the_run(
    client: invoiced.Client, emulator: Emulator, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 1)
    pauses: list[float] = []
    pause = RateLimiter.pause
    monkeypatch.setattr(RateLimiter, "pause", lambda self, seconds: (pauses.append(seconds), pause(self, 0))[1])
    emulator.fail(SEND, status=503, headers={"Retry-After": "7"})
    assert outcomes(run_of(client, journal).send([1])) == {1: "unknown"}
    assert 7 in pauses


def test_unknown_rows_count_as_errors_that_stop_the_run(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 5)
    emulator.fail(SEND, connection="reset", times=None)
    run = run_of(client, journal, concurrency=1, stop_after_errors=2)
    with pytest.raises(RunStopped):
        list(run.send(range(1, 6)))
    assert run.report().counts == {"not tried": 3, "unknown": 2}


def test_a_run_cannot_be_resumed_with_another_api_url(client: invoiced.Client, journal: Path) -> None:
    create(client, 1)
    list(run_of(client, journal).send([1]))
    with invoiced.Client("key") as other, pytest.raises(JournalError, match="another API URL"):
        run_of(other, journal).resume()


def test_a_longer_pause_is_not_shortened_by_a_shorter_one() -> None:
    rate_limiter = RateLimiter(None)
    rate_limiter.pause(60)
    rate_limiter.pause(0)
    threading.Timer(0.05, rate_limiter.stop).start()
    with rate_limiter.turn() as has_turn:
        assert not has_turn


def test_results_that_are_garbage_collected_in_a_thread_of_the_run_stop_the_run(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    create(client, 30)
    run = run_of(client, journal, concurrency=4)
    references = {"results": run.send(range(1, 31))}
    next(references["results"])
    thread = threading.Thread(target=references.pop("results").close, name="invoiced-run_9")
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    # Requests in flight may be unknown, but no customer gets two statements.
    list(run_of(client, journal, retry_unknown=False).send(range(1, 31)))
    assert max(Counter(addressees(emulator)).values()) == 1
    unknown = run_of(client, journal).report().counts.get("unknown", 0)
    assert len(addressees(emulator)) >= 30 - unknown


def test_the_count_of_a_plan_is_the_number_of_results(client: invoiced.Client, journal: Path) -> None:
    create(client, 3)
    plan = run_of(client, journal).plan([1, 2, 3, 99])
    results = run_of(client, journal, concurrency=1).send(plan)
    assert plan.result_count == 4
    assert [next(results).outcome, next(results).outcome] == ["skipped", "sent"]
    results.close()
    resumed = run_of(client, journal).plan([1, 2, 3, 99])
    assert resumed.result_count == len(list(run_of(client, journal).send(resumed))) == 2


def test_a_run_and_its_plan_are_shown_on_one_line(client: invoiced.Client, journal: Path) -> None:
    create(client, 2)
    run = run_of(client, journal)
    assert repr(run.plan([1, 2, "unknown"])) == "<RunPlan: 2 to do, 1 skipped>"
    assert repr(run) == f"<StatementRun {str(journal)!r}>"
