"""The statements of a period, against the emulator over HTTP. Kills, outages and speed have tests of their own."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.ledger.run_entries import RunEntries
from invoiced.runs import execution
from invoiced.runs.gate import Gate
from invoiced.statements import CustomerRef, LedgerError, Period, PlanError, Result, RunError, RunStopped, Statements

SEND = "POST /customers/*/emails"


@pytest.fixture(params=[False, True], ids=["as the service responds", "as documented"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Yield an emulator that behaves like the service, and one that drops no statements that are sent twice."""
    with Emulator(idempotency=False, documented_responses=request.param) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        yield client.with_options(rate=1_000_000)


@pytest.fixture
def period(client: invoiced.Client) -> Period:
    return period_of(client)


def period_of(client: invoiced.Client, period: str = "2026-11", run: str = "", **options: Any) -> Period:
    return Statements(client, **options).period(period, run)


def create(client: invoiced.Client, count: int) -> list[invoiced.Customer]:
    names = [f"Customer {id}" for id in range(1, count + 1)]
    return [client.Customer.create(name=name, email=f"{name[9:]}@example.com") for name in names]


def send(period: Period, recipients: Any, *, strict: bool = False, **options: Any) -> list[Result]:
    """Plan and send, and return the results."""
    return [*period.send(period.plan(recipients, **options), strict=strict)]


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def outcomes(results: Iterable[Result]) -> dict[int, str]:
    return {result.row: result.outcome for result in results}


# Recipients


def test_recipients_can_be_customers_ids_numbers_and_csv_rows(client: invoiced.Client, emulator: Emulator) -> None:
    acme, other, third, fourth, fifth = create(client, 5)
    sheet = f"Name,number,id,to\n,{third.number},,\n,,{fourth.id}.0,\n,{fifth.number},{fifth.id},boss@example.com\n"
    rows = [acme, other.id, *csv.DictReader(io.StringIO(sheet))]
    assert outcomes(send(period_of(client), rows)) == dict.fromkeys(range(1, 6), "sent")
    assert addressees(emulator) == [acme.id, other.id, third.id, fourth.id, fifth.id]
    assert {email["email"] for email in emulator.outbox if email["customer"] == fifth.id} == {"boss@example.com"}
    reminder = period_of(client, run="reminder-1")
    assert outcomes(send(reminder, [acme.number, {"email": other.email}], template="second")) == {1: "sent", 2: "sent"}


def test_a_row_can_have_its_own_recipients_subject_and_message(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 2)
    rows = [
        {"id": 1, "to": "a@example.com; b@example.com", "subject": " Own ", "message": ""},
        {"id": 2, "to": [{"name": "Nancy", "email": "n@example.com"}], "subject": None},
    ]
    send(period, rows, subject="Common", message="Hello")
    sent = {email["email"]: (email["subject"], email["message"]) for email in emulator.outbox}
    assert sent == {
        "a@example.com": ("Own", "Hello"),
        "b@example.com": ("Own", "Hello"),
        "n@example.com": ("Common", "Hello"),
    }


def test_all_rows_are_checked_before_the_first_statement_is_sent(
    client: invoiced.Client, emulator: Emulator, period: Period
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
    plan = period.plan(rows)
    assert not emulator.requests.to(SEND)
    reasons = {result.row: (result.outcome, result.reason) for result in period.send(plan)}
    assert reasons == {
        1: ("sent", ""),
        2: ("duplicate", "duplicate of row 1"),
        3: ("invalid", "no customer has the number CUST-09999"),
        4: ("invalid", "no customer has the ID 99"),
        5: ("invalid", "several customers have the e-mail address twin@example.com"),
        6: ("no address", "neither the customer nor a contact has an e-mail address"),
        7: ("invalid", "invalid e-mail address 'nobody'"),
        8: ("invalid", "customer 3 has the number CUST-00003, not CUST-00001"),
        9: ("invalid", "no id, number or email"),
        10: ("invalid", "invalid customer ID 'CUST-00002' (expected e.g. 15444)"),
        11: ("sent", ""),
        12: ("invalid", "invalid customer ID '3.5' (expected e.g. 15444)"),
        13: ("invalid", "no id, number or email"),
        14: ("invalid", "expected a customer ID, a customer number or a row, got Invoice"),
    }
    assert addressees(emulator) == [1, with_contact.id]


def test_a_contact_that_is_not_primary_is_no_address(client: invoiced.Client, period: Period) -> None:
    customer = client.Customer.create(name="Acme")
    contact = customer.contacts().create(name="Nancy", email="nancy@example.com", primary=False)
    assert [row.state for row in period.plan([customer.id])] == ["no address"]
    contact.primary = True
    contact.save()
    assert outcomes(send(period, [customer.id])) == {1: "sent"}


def test_lookups_one_by_one_and_from_a_list_return_the_same(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 120)
    client.Customer.create(name="Twin", email="1@example.com")
    rows: list[Any] = ["CUST-00001", {"email": "1@example.com"}, {"id": 7, "number": "CUST-00008"}, "CUST-00500", 110]
    few = {row.number: (row.customer.id, row.problem) for row in period.plan(rows[:3])}
    emulator.requests.clear()
    many = {row.number: (row.customer.id, row.problem) for row in period.plan(rows)}
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


def test_few_rows_are_looked_up_one_by_one(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    create(client, 3)
    emulator.requests.clear()
    period.plan(["CUST-00001", 2])
    assert [request.path for request in emulator.requests] == ["/customers", "/customers/2"]


def test_the_field_that_identifies_the_customer_can_be_chosen(client: invoiced.Client, period: Period) -> None:
    create(client, 2)
    rows = [{"id": "2", "number": "CUST-00001"}]
    (row,) = period.plan(rows, by="number")
    assert (row.customer.id, row.problem) == (1, "")
    with pytest.raises(ValueError, match="by must be one of"):
        period.plan(rows, by="name")


def test_a_strict_run_with_problems_is_refused_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 1)
    with pytest.raises(PlanError) as raised:
        send(period, ["CUST-00001", "CUST-00002"], strict=True)
    assert str(raised.value) == (
        "1 of 2 rows cannot be sent; nothing was sent.\nRow 2, CUST-00002: no customer has the number CUST-00002."
    )
    assert (period.status().counts, emulator.outbox) == ({}, [])


def test_a_run_without_any_valid_row_is_refused(client: invoiced.Client, period: Period) -> None:
    with pytest.raises(PlanError, match="2 of 2 rows cannot be sent"):
        send(period, [{"Customer": "CUST-00001"}, {"Customer": "CUST-00002"}])
    assert period.status().counts == {}


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        ({"tpye": "open_item"}, TypeError, r"Unknown field 'tpye' \(expected to, bcc,"),
        ({"type": "openitem"}, ValueError, "type must be balance_forward or open_item, not 'openitem'"),
        ({"start": datetime(2026, 11, 1)}, ValueError, "time zone"),
        ({"type": "open_item", "start": 1793491200}, ValueError, "An open_item statement has no start"),
    ],
)
def test_invalid_content_is_refused_before_anything_is_sent(
    content: Any, error: type[Exception], problem: str, client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    with pytest.raises(error, match=problem):
        period.plan(create(client, 3), **content)
    assert not emulator.outbox


@pytest.mark.parametrize("to", ["boss@example.com", ["boss@example.com"], {"email": "boss@example.com"}], ids=str)
def test_the_recipients_of_a_row_can_be_text_a_list_or_a_mapping(
    to: Any, client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    (customer,) = create(client, 1)
    assert outcomes(send(period, [{"id": customer.id, "to": to}])) == {1: "sent"}
    assert [email["email"] for email in emulator.outbox] == ["boss@example.com"]


@pytest.mark.parametrize("to", [5, True, 1.5, [5], [["a"]]])
def test_invalid_recipients_of_a_row_are_a_problem_of_the_row(to: Any, client: invoiced.Client, period: Period) -> None:
    create(client, 1)
    (row,) = period.plan([{"id": 1, "to": to}])
    assert "e-mail address" in row.problem


def test_a_missing_email_does_not_match_the_text_none(client: invoiced.Client, period: Period) -> None:
    create(client, 3)
    client.Customer.create(name="Silent")
    rows = [{"email": "None"}, {"email": "1@example.com"}, {"email": "2@example.com"}, {"email": "3@example.com"}]
    first, *_ = period.plan(rows)
    assert first.problem == "invalid e-mail address 'None'"


def test_a_customer_with_another_number_than_requested_is_refused(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 1)
    wrong = '[{"id": 1, "number": "CUST-00001", "email": "1@example.com"}]'
    emulator.fail("GET /customers", status=200, body=wrong, headers={"X-Total-Count": "1"})
    (row,) = period.plan(["CUST-00777"])
    assert row.problem == "no customer has the number CUST-00777"


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
    recipient: Any, expected: str, client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    (customer,) = create(client, 1)
    recipient = customer if recipient == "customer" else recipient
    with pytest.raises(TypeError, match=re.escape(f"Expected a list of recipients, {expected}")):
        period.plan(recipient)
    assert not emulator.outbox


# The plan


def test_a_plan_shows_what_would_be_sent_and_sends_nothing(
    client: invoiced.Client, emulator: Emulator, period: Period, ledger_path: Path
) -> None:
    create(client, 2)
    plan = period.plan(client.Customer.all(), start=datetime(2026, 11, 1, tzinfo=timezone.utc))
    assert [(row.number, str(row.customer), row.state) for row in plan] == [
        (1, "CUST-00001 Customer 1", "to do"),
        (2, "CUST-00002 Customer 2", "to do"),
    ]
    assert (len(plan), plan.to_send, plan.sent_before, [*plan.problems]) == (2, 2, 0, [])
    assert (emulator.outbox, period.status().counts) == ([], {})
    assert outcomes(period.send(plan)) == {1: "sent", 2: "sent"}
    assert [email["start"] for email in emulator.outbox] == [1793491200] * 2


def test_a_run_without_recipients_is_not_an_error(client: invoiced.Client, period: Period) -> None:
    assert send(period, client.Customer.all(open_balance=True)) == []
    assert str(period.status()) == "Nothing was sent."
    assert period.status().complete


def test_a_plan_can_be_used_only_once_and_only_for_its_run(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 3)
    period = period_of(client)
    plan = period.plan([1, 2, 3])
    with pytest.raises(ValueError, match="This plan is not for"):
        period_of(client, run="reminder-1").send(plan)
    first = period.send(plan)
    with pytest.raises(RunError, match="already used"):
        period.send(plan)
    assert outcomes(first) == {1: "sent", 2: "sent", 3: "sent"}
    assert addressees(emulator) == [1, 2, 3]


def test_the_count_of_a_plan_is_the_number_of_results(client: invoiced.Client) -> None:
    create(client, 3)
    period = period_of(client, concurrency=1)
    plan = period.plan([1, 2, 3, 99])
    results = period.send(plan)
    assert plan.result_count == 4
    assert [next(results).outcome, next(results).outcome] == ["invalid", "sent"]
    results.close()
    again = period.plan([1, 2, 3, 99])
    assert again.result_count == len([*period.send(again)]) == 3


def test_a_period_and_its_plan_are_shown_on_one_line(client: invoiced.Client) -> None:
    create(client, 2)
    period = period_of(client, run="reminder-1")
    assert repr(period.plan([1, 2, "unknown"])) == "<Plan: 1 invalid, 2 to do>"
    assert repr(period) == "<Period '2026-11 reminder-1'>"


def test_a_plan_tells_who_was_on_the_earlier_list_and_who_is_not_decided(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 5)
    emulator.fail("POST /customers/1/emails", status=400)
    emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    emulator.fail("POST /customers/3/emails", connection="reset")
    send(period, [1, 2, 3, 4])
    plan = period.plan([3, 5])
    assert (plan.withdrawn, [*plan.withdrawals]) == (1, ["CUST-00001 Customer 1 (failed)"])
    assert (plan.counts, plan.undecided) == ({"to do": 1, "unknown": 1}, {"unknown": 2})
    period.run(plan)
    assert period.status().counts == {"not on the list": 1, "sent": 2, "unknown": 2}


def test_statements_that_are_sent_again_are_no_new_list(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 3)
    emulator.fail("POST /customers/3/emails", status=400)
    send(period, [1, 2, 3])
    emulator.advance(300)
    plan = period.plan(["CUST-00002"], again="wrong amount", template="second")
    assert (plan.to_send, plan.withdrawn, plan.undecided) == (1, 0, {})
    period.run(plan)
    assert period.status().counts == {"failed": 1, "sent": 2}
    assert [(event.state, event.reason) for event in period.history("CUST-00002")] == [
        ("sent", ""),
        ("to do", "again: wrong amount"),
        ("sent", ""),
    ]
    assert addressees(emulator) == [1, 2, 2]
    with pytest.raises(TypeError, match="name the customers one by one"):
        period.plan(client.Customer.all(), again="all of them")


# Outcomes and sessions


def test_a_result_has_the_customer_and_the_emails(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    create(client, 1)
    (result,) = send(period, [1])
    (email,) = emulator.outbox
    assert result.customer == CustomerRef(1, "CUST-00001", "Customer 1", "1@example.com")
    assert (str(result.customer), result.outcome, result.done) == ("CUST-00001 Customer 1", "sent", True)
    assert result.details in (
        {"emails": [{"message_id": email["message_id"]}]},
        {"emails": [{"id": email["id"], "email": "1@example.com", "state": "sent"}]},
    )
    assert result.idempotency_key == emulator.requests[-1].headers["Idempotency-Key"]


def test_each_outcome_is_reported_and_a_second_session_continues(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 6)
    emulator.fail("POST /customers/2/emails", status=400, body='{"type": "invalid_request", "message": "no"}')
    emulator.fail("POST /customers/3/emails", status=502, body="<html>", committed=True)
    emulator.fail("POST /customers/4/emails", connection="reset")
    emulator.fail("POST /customers/5/emails", status=429, headers={"Retry-After": "0"}, times=2)
    period = period_of(client)
    first = {result.row: result for result in send(period, range(1, 7), type="open_item")}
    assert outcomes(first.values()) == {1: "sent", 2: "failed", 3: "unknown", 4: "unknown", 5: "sent", 6: "sent"}
    assert first[2].reason == "no"
    assert period.status().counts == {"failed": 1, "sent": 3, "unknown": 2}
    assert not period.status().complete

    second = period_of(client)
    assert outcomes(send(second, range(1, 7), type="open_item")) == {2: "sent"}
    assert addressees(emulator) == [1, 2, 3, 5, 6]
    assert [result.customer.id for result in second.unknown()] == [3, 4]
    second.settle(sent=[3], not_sent=[4], reason="the customers said so")
    assert outcomes(send(period_of(client), range(1, 7), type="open_item")) == {4: "sent"}
    assert addressees(emulator) == [1, 2, 3, 4, 5, 6]
    assert str(period_of(client).status()) == "6 sent"


def test_failed_rows_are_retried_with_a_new_key_and_rate_limited_rows_with_the_same_key(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=400)
    emulator.fail("POST /customers/2/emails", status=429, headers={"Retry-After": "0"}, times=2)
    send(period, [1, 2])
    send(period, [1, 2])
    keys = {
        id: [request.headers["Idempotency-Key"] for request in emulator.requests.to(f"POST /customers/{id}/emails")]
        for id in (1, 2)
    }
    assert len(set(keys[1])) == 2
    assert len(keys[2]) == 3
    assert len(set(keys[2])) == 1


def test_each_session_takes_the_list_as_it_is_then(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    create(client, 4)
    assert outcomes(send(period, [1, 2])) == {1: "sent", 2: "sent"}
    assert outcomes(send(period, [4, 3, 2, 1])) == {1: "sent", 2: "sent"}
    assert addressees(emulator) == [1, 2, 3, 4]


def test_other_content_than_before_is_noted(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    create(client, 2)
    send(period, [1], subject="November")
    plan = period.plan([1, 2], subject="December", message="Hello")
    assert plan.notes == ["subject was 'November', and is now 'December'", "message was None, and is now 'Hello'"]


def test_a_ledger_knows_the_periods_of_each_account(emulator: Emulator, client: invoiced.Client) -> None:
    emulator.set_time(1415222128)
    create(client, 2)
    assert outcomes(send(period_of(client), [1, 2])) == {1: "sent", 2: "sent"}
    emulator.reset()  # the same URL, but another account
    emulator.set_time(1415222999)
    create(client, 2)
    assert outcomes(send(period_of(client), [1, 2])) == {1: "sent", 2: "sent"}
    assert addressees(emulator) == [1, 2]


def test_a_deleted_customer_does_not_stop_the_run(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    first, *_ = create(client, 3)
    emulator.fail(SEND, status=400, times=3)
    plan = period.plan([1, 2, 3])
    period.run(plan)
    plan = period.plan([1, 2, 3])
    first.delete()
    assert outcomes(period.send(plan)) == {1: "failed", 2: "sent", 3: "sent"}


def test_the_status_and_the_results_cover_all_sessions(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 3)
    emulator.fail("POST /customers/2/emails", status=400)
    rows = [1, 2, 3, "CUST-09999"]
    period = period_of(client, concurrency=1)
    results = period.send(period.plan(rows))
    assert [next(results).outcome, next(results).outcome] == ["invalid", "sent"]
    assert period.status().counts["sent"] == 1
    assert period.status().left == 3
    assert {*outcomes(period.results())} == {1, 2, 3, 4}
    list(results)
    assert outcomes(period_of(client).results()) == {1: "sent", 2: "failed", 3: "sent", 4: "invalid"}
    send(period, rows)
    assert period_of(client).status().counts == {"invalid": 1, "sent": 3}


def test_a_response_without_a_sent_email_is_a_failure(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 2)
    emulator.fail("POST /customers/1/emails", status=201, body="[]")
    rejected = '[{"id": "a", "object": "email", "email": "1@example.com", "reject_reason": "hard-bounce"}]'
    emulator.fail("POST /customers/2/emails", status=201, body=rejected)
    reasons = {result.row: (result.outcome, result.reason) for result in send(period, [1, 2])}
    assert reasons == {
        1: ("failed", "no e-mail was sent: the API found no recipients"),
        2: ("failed", "no e-mail was sent: 1@example.com (hard-bounce)"),
    }


@pytest.mark.parametrize(
    ("emails", "outcome", "reason"),
    [
        ([{"state": "rejected"}], "failed", "no e-mail was sent: an address (rejected)"),
        (
            [{"state": "bounced", "reject_reason": "no such user", "email": "a@example.com"}],
            "failed",
            "no e-mail was sent: a@example.com (no such user)",
        ),
        (
            [{"state": "bounced", "email": "a@example.com"}, {"state": "sent"}],
            "partly sent",
            "not sent to all addresses: a@example.com (bounced)",
        ),
        ([{"state": "deferred"}], "sent", ""),
        ([{"state": "soft-bounced"}], "sent", ""),
        ([{"state": None, "reject_reason": None}], "unknown", "the response is not about an e-mail"),
        ([{}], "unknown", "the response is not about an e-mail"),
    ],
    ids=str,
)
def test_a_rejection_counts_if_the_response_tells_it(
    emails: list[Any], outcome: str, reason: str, client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 1)
    emulator.fail("POST /customers/1/emails", status=201, body=emails)
    (result,) = send(period, [1])
    assert (result.outcome, result.reason) == (outcome, reason)


# Decisions


def test_a_period_is_closed_when_nothing_is_left(client: invoiced.Client, emulator: Emulator, period: Period) -> None:
    create(client, 2)
    client.Customer.create(name="Silent")
    with pytest.raises(RunError, match="Nothing was sent in 2026-11, so it cannot be closed"):
        period.close()
    send(period, [1, 2, 3])
    with pytest.raises(RunError, match="2026-11 cannot be closed: 1 are left"):
        period.close()
    period.skip("CUST-00003", reason="by post")
    assert period.close().closed_at
    with pytest.raises(LedgerError, match="The period 2026-11 is closed"):
        period.plan([1])


def test_a_decision_needs_a_customer_that_it_fits_and_a_reason(client: invoiced.Client, period: Period) -> None:
    create(client, 2)
    send(period, [1, 2])
    with pytest.raises(RunError, match="Customer 1 has no unknown statement in 2026-11"):
        period.settle(sent=[1], reason="seen")
    with pytest.raises(RunError, match=r"No customer has the number CUST-00009\. Nothing was recorded"):
        period.skip("CUST-00009", reason="by post")
    with pytest.raises(ValueError, match="A decision needs a reason"):
        period.skip(1, reason=" ")
    with pytest.raises(ValueError, match="sent and not_sent have the same customers: 1"):
        period.settle(sent=[1], not_sent=["1"], reason="seen")


# Stopping


@pytest.mark.parametrize("concurrency", [0, 17, True, 1.5])
def test_a_run_leaves_room_for_other_requests_of_the_20_that_the_api_accepts_at_a_time(
    concurrency: Any, client: invoiced.Client
) -> None:
    with pytest.raises(ValueError, match="concurrency must be"):
        period_of(client, concurrency=concurrency)
    period_of(client, concurrency=16)


@pytest.mark.parametrize("number", [0, -1, True, 1.5])
def test_invalid_arguments_are_refused(number: Any, client: invoiced.Client) -> None:
    with pytest.raises(ValueError, match="stop_after_errors must be"):
        period_of(client, stop_after_errors=number)


def test_a_wrong_key_stops_the_run_and_no_row_fails(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 20)
    emulator.fail(SEND, status=401, times=None)
    period = period_of(client, concurrency=2)
    with pytest.raises(invoiced.AuthenticationError):
        send(period, range(1, 21))
    assert len(emulator.requests.to(SEND)) <= 2
    assert period.status().counts == {"to do": 20}
    emulator.clear_faults()
    assert Counter(outcomes(send(period, range(1, 21))).values()) == {"sent": 20}


@pytest.mark.parametrize("fault", [{"status": 400}, {"connection": "reset"}], ids=["failed", "unknown"])
def test_a_run_stops_after_the_maximum_number_of_errors(
    fault: Any, client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 8)
    emulator.fail(SEND, **fault, times=None)
    period = period_of(client, concurrency=1, stop_after_errors=3)
    with pytest.raises(RunStopped, match="stopped after 3 failed or unknown rows"):
        send(period, range(1, 9))
    assert period.status().counts == {"failed" if "status" in fault else "unknown": 3, "to do": 5}
    emulator.clear_faults()
    failed_last = [*outcomes(send(period_of(client, concurrency=1), range(1, 9)))]
    assert failed_last[:5] == [4, 5, 6, 7, 8]


def test_an_unreachable_api_stops_the_run_and_no_row_fails(
    client: invoiced.Client, emulator: Emulator, period: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 5)
    monkeypatch.setattr(Gate, "pause", lambda self, seconds: None)
    send(period_of(client, "2026-10"), [1], template="other")  # so that the account is known
    plan = period.plan(range(1, 6))
    port = int(emulator.url.rpartition(":")[2])
    emulator.stop()
    with pytest.raises(RunStopped, match="no connection to"):
        list(period.send(plan))
    assert period.status().counts == {"to do": 5}
    emulator._port = port
    emulator.start()
    assert Counter(outcomes(send(period, range(1, 6))).values()) == {"sent": 5}
    assert addressees(emulator) == [1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("seconds", ["301", "86400"])
def test_a_retry_after_of_more_than_five_minutes_stops_the_run(
    seconds: str, client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 3)
    emulator.fail(SEND, status=429, headers={"Retry-After": seconds})
    period = period_of(client, concurrency=1)
    with pytest.raises(RunStopped, match=f"asks to wait {seconds} s"):
        send(period, [1, 2, 3])
    assert period.status().counts == {"to do": 3}


def test_a_retry_after_of_a_failed_request_pauses_the_run(
    client: invoiced.Client, emulator: Emulator, period: Period, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 1)
    pauses: list[float] = []
    pause = Gate.pause
    monkeypatch.setattr(Gate, "pause", lambda self, seconds: (pauses.append(seconds), pause(self, 0))[1])
    emulator.fail(SEND, status=503, headers={"Retry-After": "7"})
    assert outcomes(send(period, [1])) == {1: "unknown"}
    assert 7 in pauses


def test_all_threads_wait_when_the_api_asks_to_wait(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 8)
    arrivals: list[float] = []
    emulator.fail(SEND, changes=lambda: arrivals.append(time.monotonic()), times=2)
    emulator.fail(SEND, status=429, headers={"Retry-After": "1"}, changes=lambda: arrivals.append(time.monotonic()))
    emulator.fail(SEND, changes=lambda: arrivals.append(time.monotonic()), times=None)
    period = period_of(client.with_options(rate=200), concurrency=4)
    assert Counter(outcomes(send(period, range(1, 9))).values()) == {"sent": 8}
    refused = arrivals[2]
    assert len(arrivals) == 9
    # Two of the four threads may have been sending at that moment.
    assert [moment for moment in arrivals[3:] if 0.3 < moment - refused < 0.99] == []


def test_the_rate_is_never_exceeded(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 12)
    arrivals: list[float] = []
    emulator.fail("* /**", changes=lambda: arrivals.append(time.monotonic()), times=None)
    began = time.monotonic()
    send(period_of(client.with_options(rate=10), concurrency=8), range(1, 13))
    assert len(arrivals) > 12  # lookups count, too
    # Counted from the start, because a request may arrive late, and never early.
    assert all(arrival - began >= number / 10 - 0.001 for number, arrival in enumerate(arrivals))


def test_leaving_the_loop_stops_the_run_after_requests_in_flight(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 30)
    period = period_of(client, concurrency=3)
    for _ in period.send(period.plan(range(1, 31))):
        break
    sent = len(emulator.outbox)
    assert 1 <= sent <= 6
    assert period.status().counts == {"sent": sent, "to do": 30 - sent}
    send(period, range(1, 31))
    assert addressees(emulator) == [*range(1, 31)]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(execution._THREADS)]


def test_a_run_sends_nothing_until_its_results_are_iterated(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 1)
    period.send(period.plan([1]))
    assert emulator.outbox == []
    assert outcomes(send(period, [1])) == {1: "sent"}


def test_a_run_stops_before_the_next_request_when_its_ledger_cannot_be_written(
    client: invoiced.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, 3)
    period = period_of(client, concurrency=1)
    results = period.send(period.plan([1, 2, 3]))
    next(results)
    monkeypatch.setattr(RunEntries, "start", lambda *_: (_ for _ in ()).throw(LedgerError("disk full")))
    with pytest.raises(LedgerError, match="disk full"):
        list(results)
    assert addressees(emulator) == [1]


def test_a_ledger_does_not_contain_the_api_key(client: invoiced.Client, ledger_path: Path) -> None:
    create(client, 2)
    with invoiced.Client("sk_0123456789abcdef", base_url=client.api_url) as client_with_key:
        send(period_of(client_with_key), [1, 2])
    assert ledger_path in [*ledger_path.parent.iterdir()]
    for path in ledger_path.parent.iterdir():
        assert b"sk_0123456789abcdef" not in path.read_bytes()


def test_results_that_are_garbage_collected_in_a_thread_of_the_run_stop_the_run(
    client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 30)
    period = period_of(client, concurrency=4)
    references = {"results": period.send(period.plan(range(1, 31)))}
    next(references["results"])
    thread = threading.Thread(target=references.pop("results").close, name=f"{execution._THREADS}_9")
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    # Requests in flight may be unknown, but no customer gets two statements.
    send(period, range(1, 31))
    assert max(Counter(addressees(emulator)).values()) == 1
    unknown = period.status().counts.get("unknown", 0)
    assert len(addressees(emulator)) >= 30 - unknown


def test_customers_can_be_skipped_before_any_list_has_them(
    client: invoiced.Client, emulator: Emulator, period: Period
) -> None:
    create(client, 3)
    skipped = period.skip("CUST-00001", 3, reason="by post")
    assert [(result.customer.id, result.outcome, result.reason) for result in skipped] == [
        (1, "skipped", "by post"),
        (3, "skipped", "by post"),
    ]
    send(period, [1, 2, 3])
    assert addressees(emulator) == [2]
    assert period.status().complete
    with pytest.raises(RunError, match="Customer 2 has no statement that can be skipped"):
        period.skip(2, reason="by post")


def test_a_number_that_was_mended_leaves_nothing_behind(client: invoiced.Client, period: Period) -> None:
    create(client, 2)
    send(period, ["CUST-00001", "CUST-2"])
    assert period.status().counts == {"invalid": 1, "sent": 1}
    send(period, ["CUST-00001", "CUST-00002"])
    assert period.status().counts == {"sent": 2}
