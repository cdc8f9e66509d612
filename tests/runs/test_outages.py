"""What an outage costs: few unknown rows, and no statement twice. What is said is what is true in the outbox."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import Any

import pytest
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator
from invoiced.rate_limit import RateLimit
from invoiced.runs import outages
from invoiced.statements import Period, Result, RunStopped, Statements

SEND = "POST /customers/*/emails"
CUSTOMERS = 60
AT_ONCE = 4
"""Requests in flight."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(idempotency=False, documented_responses=True) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url, timeout=5).with_options(rate=inf) as client:
        for number in range(1, CUSTOMERS + 1):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield client


@pytest.fixture
def period(client: invoiced.Client) -> Period:
    return Statements(client, concurrency=AT_ONCE).period("2026-11")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses, without a wait."""
    recorded: list[float] = []
    monkeypatch.setattr("invoiced.runs.gate.Gate.pause", lambda _, seconds: recorded.append(seconds))
    return recorded


def send(period: Period, client: invoiced.Client) -> tuple[list[Result], str]:
    """Send statements to all customers. Return the results, and why the run stopped."""
    results: list[Result] = []
    try:
        for result in period.send(period.plan(client.Customer.all())):
            results.append(result)
    except (RunStopped, invoiced.AuthenticationError) as error:
        return results, str(error)
    return results, ""


def assert_true(period: Period, emulator: Emulator) -> dict[str, int]:
    """Check that what the ledger says is what is true. Return the number of customers by outcome."""
    sent, outcomes = Counter(email["customer"] for email in emulator.outbox), dict[Any, str]()
    for result in period.results():
        outcomes[result.customer.id] = result.outcome
        expected = {"sent": (1,), "unknown": (0, 1), "failed": (0,), "to do": (0,)}[result.outcome]
        assert sent[int(result.customer.id or 0)] in expected, result
    assert set(outcomes) == set(range(1, CUSTOMERS + 1))
    return dict(Counter(outcomes.values()))


def assert_the_next_session_completes(period: Period, client: invoiced.Client, emulator: Emulator) -> None:
    """Check that only what is unknown is left after another session, and that settling it sends each statement once."""
    emulator.clear_faults()
    before = period.status().counts.get("unknown", 0)
    send(period, client)
    counts = assert_true(period, emulator)
    assert counts == {"sent": CUSTOMERS - before, **({"unknown": before} if before else {})}
    arrived = {email["customer"] for email in emulator.outbox}
    unknown = {int(result.customer.id or 0) for result in period.unknown()}
    if unknown:
        period.settle(sent=unknown & arrived, not_sent=unknown - arrived, reason="asked the customers")
    send(period, client)
    assert period.status().complete
    assert sorted(email["customer"] for email in emulator.outbox) == list(range(1, CUSTOMERS + 1))


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "20"}], ids=["", "with Retry-After"])
def test_an_api_that_is_down_costs_few_unknown_rows(
    headers: dict[str, str], period: Period, client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    emulator.fail(SEND, status=503, headers=headers, skip=20, times=None)
    results = period.send(period.plan(client.Customer.all()))
    next(results)
    emulator.fail("GET /customers", status=503, headers=headers, times=None)
    with pytest.raises(RunStopped, match=r"the API has not responded for 300 s. Run again later"):
        list(results)
    counts = assert_true(period, emulator)
    assert counts["sent"] == 20
    assert counts["unknown"] <= outages.PAUSE + AT_ONCE
    assert counts["to do"] == CUSTOMERS - 20 - counts["unknown"]
    assert sum(pauses) > 200
    assert_the_next_session_completes(period, client, emulator)


def test_an_api_that_comes_back_costs_few_unknown_rows_and_the_run_goes_on(
    period: Period, client: invoiced.Client, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    down = emulator.fail(SEND, status=503, skip=20, times=None)
    results = period.send(period.plan(client.Customer.all()))
    next(results)
    emulator.fail("GET /customers", status=503, times=4)
    emulator.fail("GET /customers", changes=emulator.clear_faults)
    with caplog.at_level(logging.WARNING, "invoiced"):
        assert len(list(results)) == CUSTOMERS - 1
    counts = assert_true(period, emulator)
    assert counts["unknown"] == down.hits <= outages.PAUSE + AT_ONCE
    assert counts["sent"] == CUSTOMERS - down.hits
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "The run pauses until the API responds, for at most 300 s." in warning
    assert_the_next_session_completes(period, client, emulator)


def test_an_api_that_only_fails_to_send_stops_the_run(
    period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, status=503, skip=20, times=None)
    _, reason = send(period, client)
    assert "responses in a row did not say whether their requests were processed, although the API responds" in reason
    counts = assert_true(period, emulator)
    assert counts["unknown"] <= outages.STOP + AT_ONCE
    assert counts["sent"] == 20
    assert_the_next_session_completes(period, client, emulator)


@pytest.mark.parametrize("committed", [True, False], ids=["processed", "not processed"])
@pytest.mark.parametrize("fault", [{"connection": "reset"}, {"connection": "close"}, {"status": 504}], ids=str)
def test_lost_responses_are_unknown_whether_or_not_the_requests_were_processed(
    fault: Any, committed: bool, period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    lost = emulator.fail(SEND, **fault, committed=committed, skip=20, times=3)
    _, reason = send(period, client)
    assert reason == ""
    assert assert_true(period, emulator) == {"sent": CUSTOMERS - lost.hits, "unknown": 3}
    assert_the_next_session_completes(period, client, emulator)


def test_lost_responses_in_a_row_slow_the_run_down_and_stop_it(
    period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, connection="reset", committed=True, skip=20, times=None)
    _, reason = send(period, client)
    assert reason.startswith("The run stopped: ")
    assert assert_true(period, emulator)["unknown"] <= outages.STOP + AT_ONCE
    assert_the_next_session_completes(period, client, emulator)


def test_slow_responses_are_waited_for(period: Period, client: invoiced.Client, emulator: Emulator) -> None:
    emulator.fail(SEND, latency=0.5, times=8)
    _, reason = send(period, client)
    assert reason == ""
    assert assert_true(period, emulator) == {"sent": CUSTOMERS}


def test_responses_that_come_too_late_are_unknown(client: invoiced.Client, emulator: Emulator) -> None:
    impatient = client.with_options(timeout=0.3)
    period = Statements(impatient, concurrency=AT_ONCE).period("2026-11")
    emulator.fail(SEND, latency=3, skip=20, times=4)
    _, reason = send(period, impatient)
    assert reason == ""
    assert assert_true(period, emulator) == {"sent": CUSTOMERS - 4, "unknown": 4}
    emulator.clear_faults()


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_errors_of_single_rows_are_no_outage_and_do_not_block_others(
    status: int, period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenario 9: 12 dead mailboxes in front."""
    emulator.fail(SEND, status=status, body={"type": "invalid_request", "message": "rejected"}, times=12)
    results, reason = send(period, client)
    assert reason == ""
    assert assert_true(period, emulator) == {"sent": CUSTOMERS - 12, "failed": 12}
    assert [result.reason for result in results if result.outcome == "failed"] == ["rejected"] * 12
    assert_the_next_session_completes(period, client, emulator)


def test_rows_that_fail_each_time_do_not_block_others_if_the_run_stops_after_some_errors(
    client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenario 9, with the number of the documentation: the second session begins with those not tried yet."""
    for id in range(1, 13):
        emulator.fail(f"POST /customers/{id}/emails", status=400, body={"message": "full"}, times=None)
    period = Statements(client, concurrency=AT_ONCE, stop_after_errors=10).period("2026-11")
    _, reason = send(period, client)
    assert reason.startswith("The run stopped after ")
    send(period, client)
    counts = assert_true(period, emulator)
    assert counts["sent"] == CUSTOMERS - 12
    assert_the_next_session_completes(period, client, emulator)


def test_an_error_of_a_row_ends_the_count_of_unclear_responses(
    period: Period, client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    for id in range(1, CUSTOMERS + 1):
        status = 503 if id % 3 else 400
        emulator.fail(f"POST /customers/{id}/emails", status=status, body={"message": "unclear or rejected"})
    single = Statements(client, concurrency=1).period("2026-11")
    _, reason = send(single, client)
    assert reason == ""
    assert assert_true(single, emulator) == {"failed": 20, "unknown": 40}
    assert pauses == [0]


@pytest.mark.parametrize("seconds", ["2", "300"])
def test_a_limit_of_the_api_is_waited_for(
    seconds: str, period: Period, client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    """Scenario 5: the row that was refused is sent, too."""
    emulator.fail(SEND, status=429, headers={"Retry-After": seconds}, skip=20, times=3)
    _, reason = send(period, client)
    assert reason == ""
    assert assert_true(period, emulator) == {"sent": CUSTOMERS}
    assert pauses.count(float(seconds)) == 3


def test_a_limit_that_lasts_an_hour_stops_the_run(period: Period, client: invoiced.Client, emulator: Emulator) -> None:
    """Scenario 5."""
    emulator.fail(SEND, status=429, headers={"Retry-After": "3600"}, skip=20, times=None)
    _, reason = send(period, client)
    assert "The API asks to wait 3600 s. Run again later." in reason
    assert assert_true(period, emulator) == {"sent": 20, "to do": CUSTOMERS - 20}
    assert_the_next_session_completes(period, client, emulator)


def test_a_key_that_is_revoked_stops_the_run(period: Period, client: invoiced.Client, emulator: Emulator) -> None:
    """Scenario 6."""
    emulator.fail(SEND, status=401, body={"message": "revoked"}, skip=20, times=None)
    _, reason = send(period, client)
    assert "revoked" in reason
    assert assert_true(period, emulator) == {"sent": 20, "to do": CUSTOMERS - 20}
    assert_the_next_session_completes(period, client, emulator)


def test_unclear_responses_stop_the_run_after_the_number_of_errors_that_was_chosen(
    client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenario 8."""
    emulator.fail(SEND, status=503, skip=20, times=None)
    period = Statements(client, concurrency=AT_ONCE, stop_after_errors=2).period("2026-11")
    _, reason = send(period, client)
    assert reason.startswith("The run stopped after ")
    assert assert_true(period, emulator)["unknown"] <= 2 + AT_ONCE - 1
    assert_the_next_session_completes(period, client, emulator)


def test_lost_responses_of_processed_and_of_other_requests_are_settled_one_by_one(
    period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenarios 10 and 11."""
    for first in (3, 23):
        for id in range(first, first + 14, 2):
            emulator.fail(f"POST /customers/{id}/emails", status=504, committed=True)
            emulator.fail(f"POST /customers/{id + 20}/emails", status=500)
    _, reason = send(period, client)
    assert reason == ""
    assert assert_true(period, emulator)["unknown"] == 21
    assert_the_next_session_completes(period, client, emulator)


@pytest.mark.parametrize(
    "response",
    [
        {"status": 200, "body": "<html>Log in to the network</html>"},
        {"status": 201, "body": '[{"id": 1, '},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"status": 204},
        {"status": 201, "body": {"ok": True}},
        {"status": 201, "body": [True]},
        {"status": 201, "body": "null"},
    ],
    ids=str,
)
def test_a_response_that_is_not_about_e_mails_is_unknown(
    response: Any, period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenarios 13 and 14."""
    emulator.fail(SEND, **response, skip=20, times=1)
    results, reason = send(period, client)
    assert reason == ""
    assert len(results) == CUSTOMERS
    assert assert_true(period, emulator) == {"sent": CUSTOMERS - 1, "unknown": 1}


def test_a_response_without_any_e_mail_is_no_statement(
    period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, status=201, body=[])
    results, _ = send(period, client)
    assert [result.reason for result in results if result.outcome != "sent"] == [
        "no e-mail was sent: the API found no recipients"
    ]
    assert assert_true(period, emulator) == {"sent": CUSTOMERS - 1, "failed": 1}


@pytest.mark.parametrize("rejected", [{"state": "rejected"}, {"state": "bounced"}, {"reject_reason": "hard-bounce"}])
def test_a_statement_that_one_of_two_addresses_did_not_get_is_partly_sent(
    rejected: Any, period: Period, client: invoiced.Client, emulator: Emulator
) -> None:
    """Scenario 15: the customer's own address got nothing."""
    emails = [
        {"id": "1", "email": "own@example.com", **rejected},
        {"id": "2", "email": "b@example.com", "state": "sent"},
    ]
    emulator.fail("POST /customers/1/emails", status=201, body=emails)
    (result, *_), _ = send(period, client)
    reason = next(iter(reversed(rejected.values())))
    assert [each.outcome for each in period.unknown()] == ["partly sent"]
    assert period.unknown()[0].reason == f"not sent to all addresses: own@example.com ({reason})"
    assert result
    assert not period.status().complete


class CountingLimit(RateLimit):
    """A limit that counts the turns."""

    turns = 0

    def wait(self, deadline: float = inf) -> bool:
        self.turns += 1
        return super().wait(deadline)


def test_each_request_of_planning_and_sending_waits_for_the_rate_limit_of_the_client(
    client: invoiced.Client, emulator: Emulator
) -> None:
    for number in range(5):
        client.Customer.create(name=f"Without an address {number}")
    emulator.fail(SEND, status=429, headers={"Retry-After": "0"}, times=3)
    emulator.fail("GET /customers", status=503, skip=2)
    emulator.requests.clear()
    limit = CountingLimit(1000)
    limited = client.with_options(rate=limit)
    period = Statements(limited, concurrency=AT_ONCE).period("2026-11")
    period.run(period.plan(limited.Customer.all(per_page=2)))
    assert len(emulator.requests.to(SEND)) == CUSTOMERS + 3
    assert limit.turns == len(emulator.requests)


def test_results_are_counted_in_the_order_in_which_they_arrived(period: Period, emulator: Emulator) -> None:
    may_respond = {id: threading.Event() for id in (1, 2, 3)}
    for id, event in may_respond.items():
        emulator.fail(f"POST /customers/{id}/emails", changes=lambda event=event: event.wait(60) and None)
    results = period.send(period.plan(range(1, 5)))
    arrived = [next(results).customer.id]
    for number, id in enumerate((3, 1, 2), start=2):
        may_respond[id].set()
        wait_until(lambda: period.status().counts["sent"] == number)  # noqa: B023
    assert [*arrived, *(result.customer.id for result in results)] == [4, 3, 1, 2]
