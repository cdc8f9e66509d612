"""Statements whose response was lost are sent again with their keys, where that is proven to be safe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import RunError, idempotency
from invoiced.statements import Period, Statements, key_check

SEND = "POST /customers/*/emails"
ME = "me@example.com"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_check, "STORING", 0.0)


@contextmanager
def an_account(**options: Any) -> Iterator[tuple[Emulator, Statements]]:
    with Emulator(**options) as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        for number in range(1, 6):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield emulator, Statements(client.with_options(rate=10_000))


def send(period: Period) -> dict[int, str]:
    plan = period.plan([1, 2, 3, 4, 5], type="open_item")
    return {int(result.customer.id or 0): result.outcome for result in period.send(plan)}


def statements_of(emulator: Emulator, customer: int) -> int:
    return sum(email["customer"] == customer and email["email"] != ME for email in emulator.outbox)


def let_time_pass(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, seconds: float = 600) -> None:
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + seconds)
    emulator.advance(seconds)


@pytest.mark.parametrize("documented", [False, True], ids=["as the service responds", "as documented"])
def test_an_account_that_repeats_its_response_is_proven(documented: bool) -> None:
    with an_account(documented_responses=documented) as (emulator, statements):
        check = statements.check_keys(ME)
        assert (check.verdict, check.customer) == ("proven", "CUST-00001")
        assert {email["email"] for email in emulator.outbox} == {ME}
        assert len({*(each.headers["Idempotency-Key"] for each in emulator.requests.to(SEND))}) == 2


@pytest.mark.parametrize("documented", [False, True], ids=["as the service responds", "as documented"])
def test_an_account_that_ignores_keys_is_disproven(documented: bool) -> None:
    with an_account(documented_responses=documented, idempotency=False) as (_, statements):
        assert statements.check_keys(ME).verdict == "disproven"


@pytest.mark.parametrize("body", [[{"object": "email"}], [], [{"id": None, "message_id": ""}]], ids=str)
def test_responses_without_anything_that_tells_messages_apart_prove_nothing(body: Any) -> None:
    with an_account() as (emulator, statements):
        emulator.fail(SEND, body=body, times=None)
        check = statements.check_keys(ME)
        assert (check.verdict, check.reason) == ("unproven", "the responses have nothing that tells messages apart")


def test_the_same_message_for_another_key_proves_nothing() -> None:
    with an_account() as (emulator, statements):
        emulator.fail(SEND, body=[{"id": "always"}], times=None)
        assert statements.check_keys(ME).verdict == "unproven"


def test_a_check_without_a_customer_or_an_address_sends_nothing() -> None:
    with an_account() as (emulator, statements):
        with pytest.raises(RunError, match="No customer has the number X"):
            statements.check_keys(ME, "X")
        with pytest.raises(ValueError, match="invalid e-mail address"):
            statements.check_keys("me")
        assert emulator.outbox == []
        assert statements.check_keys(ME, "CUST-00003").customer == "CUST-00003"
        assert {email["customer"] for email in emulator.outbox} == {3}


def lose_two_responses(emulator: Emulator) -> None:
    """Lose the response to a statement that was sent, and to one that was not."""
    emulator.fail("POST /customers/2/emails", connection="reset", committed=True)
    emulator.fail("POST /customers/4/emails", connection="reset")


def period_with_two_unknown(emulator: Emulator, statements: Statements) -> Period:
    """Return a period of a checked account with two lost responses."""
    statements.check_keys(ME, "CUST-00005")
    lose_two_responses(emulator)
    period = statements.period("2026-11")
    send(period)
    return period


def test_lost_responses_are_asked_for_again_and_nobody_gets_two(monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account() as (emulator, statements):
        assert statements.check_keys(ME, "CUST-00005").verdict == "proven"
        lose_two_responses(emulator)
        period = statements.period("2026-11")
        assert send(period) == {1: "sent", 2: "unknown", 3: "sent", 4: "unknown", 5: "sent"}

        at_once = period.plan([1, 2, 3, 4, 5], type="open_item")
        assert at_once.to_send == 0  # the API may still be processing them

        let_time_pass(emulator, monkeypatch)
        plan = period.plan([1, 2, 3, 4, 5], type="open_item")
        assert (plan.to_send, plan.result_count, plan.retried) == (2, 2, {"2", "4"})
        assert [result.outcome for result in period.send(plan)] == ["sent", "sent"]
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1] * 5
        assert period.status().complete


def test_only_unknown_ones_of_the_list_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account() as (emulator, statements):
        statements.check_keys(ME)
        lose_two_responses(emulator)
        period = statements.period("2026-11")
        send(period)
        let_time_pass(emulator, monkeypatch)
        assert period.plan([1, 2], type="open_item").retried == {"2"}
        period.settle(not_sent=[2], reason="asked")
        assert period.plan([1, 2, 4], type="open_item").retried == {"4"}


@pytest.mark.parametrize("check", [False, True], ids=["not checked", "disproven"])
def test_an_account_that_is_not_proven_never_sends_again(check: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account(idempotency=False) as (emulator, statements):
        if check:
            assert statements.check_keys(ME, "CUST-00005").verdict == "disproven"
        lose_two_responses(emulator)
        period = statements.period("2026-11")
        send(period)
        let_time_pass(emulator, monkeypatch)
        assert send(period) == {}
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1, 1, 1, 0, 1]


def test_an_account_that_stops_to_honor_keys_is_noticed_before_anything_is_sent_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with an_account() as (emulator, statements):
        period = period_with_two_unknown(emulator, statements)
        emulator._application._stored_responses = None
        let_time_pass(emulator, monkeypatch)
        assert send(period) == {}
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1, 1, 1, 0, 1]
        assert "2 unknown statements are not sent again: another API key may have sent them" in caplog.text


def test_another_api_key_of_the_account_never_sends_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account() as (emulator, statements):
        statements.check_keys(ME, "CUST-00005")
        lose_two_responses(emulator)
        send(statements.period("2026-11"))
        let_time_pass(emulator, monkeypatch)
        with invoiced.Client("another key", base_url=emulator.url) as client:
            period = Statements(client.with_options(rate=10_000)).period("2026-11")
            assert send(period) == {}
            assert [result.customer.id for result in period.unknown()] == [2, 4]
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1, 1, 1, 0, 1]
        assert send(statements.period("2026-11")) == {2: "sent", 4: "sent"}


def test_after_a_day_nothing_is_sent_again_also_if_it_was_tried_again_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with an_account() as (emulator, statements):
        period = period_with_two_unknown(emulator, statements)
        let_time_pass(emulator, monkeypatch, 22 * 3600)
        emulator.fail(SEND, connection="reset", committed=True, times=2)
        assert send(period) == {2: "unknown", 4: "unknown"}
        let_time_pass(emulator, monkeypatch, 3 * 3600)
        assert send(period) == {}
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1] * 5


@pytest.mark.parametrize("status", [502, 504])
def test_a_request_that_got_any_response_is_not_sent_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account() as (emulator, statements):
        statements.check_keys(ME, "CUST-00005")
        emulator.fail("POST /customers/2/emails", status=status, body="<html>")
        period = statements.period("2026-11")
        assert send(period)[2] == "unknown"
        let_time_pass(emulator, monkeypatch)
        assert send(period) == {}


@pytest.mark.parametrize("status", [400, 500, 503])
def test_an_error_in_response_to_the_second_request_leaves_it_unknown_for_good(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_account() as (emulator, statements):
        period = period_with_two_unknown(emulator, statements)
        let_time_pass(emulator, monkeypatch)
        emulator.fail(SEND, status=status, body={"type": "api_error", "message": "no"}, times=None)
        assert send(period) == {2: "unknown", 4: "unknown"}
        emulator.clear_faults()
        let_time_pass(emulator, monkeypatch)
        assert send(period) == {}
        keys = [each.headers["Idempotency-Key"] for each in emulator.requests.to("POST /customers/2/emails")]
        assert len({*keys}) == 1


def test_a_customer_that_is_being_updated_gets_no_statement_with_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with an_account() as (emulator, statements):
        period = period_with_two_unknown(emulator, statements)
        let_time_pass(emulator, monkeypatch)
        text = "This customer is currently being updated by another process"
        emulator.fail(SEND, status=400, body={"type": "invalid_request", "message": text}, times=None)
        assert send(period) == {2: "unknown", 4: "unknown"}
        assert [statements_of(emulator, customer) for customer in range(1, 6)] == [1, 1, 1, 0, 1]


def test_the_bounds_of_age_are_those_of_the_api() -> None:
    assert 300 < idempotency.MIN_AGE < idempotency.MAX_AGE < 24 * 60 * 60
