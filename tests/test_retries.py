"""Which requests are repeated, and when: decided by outcome."""

from __future__ import annotations

import logging
import re
import uuid
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses

import invoiced

URL = "https://api.invoiced.com/customers"
RECORD = {"id": 1, "object": "customer", "name": "Acme"}

CALLS = {
    "GET": lambda client: client.Customer.retrieve(1),
    "PATCH": lambda client: invoiced.Customer(client, 1).save(name="Acme"),
    "PUT": lambda client: client.request("PUT", ("customers", 1), {"name": "Acme"}),
    "DELETE": lambda client: invoiced.Customer(client, 1).delete(),
    "POST": lambda client: client.request("POST", ("customers", 1), {"name": "Acme"}),
}
TRANSIENT = [500, 502, 503, 504]


def answers(api: responses.RequestsMock, method: str, *answers: Any, success: bool = True) -> None:
    """These failures, in this order: a status, or an exception; then success."""
    for answer in answers:
        if isinstance(answer, int):
            api.add(method, f"{URL}/1", status=answer, json={"message": "Sorry."})
        else:
            api.add(method, f"{URL}/1", body=answer)
    if success:
        api.add(method, f"{URL}/1", json=RECORD)


NEVER_SENT = requests.ConnectTimeout("no route")
LOST = requests.ConnectionError("lost")
TIMED_OUT = requests.ReadTimeout("timed out")


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("failure", [429, NEVER_SENT])
def test_what_was_surely_not_carried_out_is_repeated_whatever_it_is(
    method: str, failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, method, failure, failure)
    CALLS[method](client)
    assert len(api.calls) == 3
    assert len(waits) == 2


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_what_may_have_been_carried_out_is_repeated_if_twice_is_the_same_as_once(
    method: str, failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, method, failure, failure)
    CALLS[method](client)
    assert len(api.calls) == 3


@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_a_post_that_may_have_been_carried_out_is_not_repeated(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "POST", failure, success=False)
    with pytest.raises(invoiced.InvoicedError) as caught:
        client.request("POST", ("customers", 1), {"name": "Acme"})
    assert len(api.calls) == 1
    assert waits == []
    assert caught.value.outcome_unknown
    key = api.calls[0].request.headers["Idempotency-Key"]
    assert caught.value.idempotency_key == key
    assert key in str(caught.value)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 422, 501])
def test_what_was_refused_is_not_repeated(
    method: str, status: int, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, method, status, success=False)
    with pytest.raises(invoiced.InvoicedError):
        CALLS[method](client)
    assert len(api.calls) == 1


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_no_request_is_repeated_more_often_than_the_client_was_told(
    retries: int, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "GET", *[503] * (retries + 1), success=False)
    with pytest.raises(invoiced.ApiError):
        invoiced.Client("key", max_retries=retries).Customer.retrieve(1)
    assert len(api.calls) == retries + 1
    assert len(waits) == retries


def test_the_waits_grow_exponentially_and_have_jitter(api: responses.RequestsMock, waits: list[float]) -> None:
    answers(api, "GET", *[503] * 8)
    invoiced.Client("key", max_retries=8).Customer.retrieve(1)
    for wait, ceiling in zip(waits, [0.5, 1, 2, 4, 8, 8, 8, 8], strict=True):
        assert ceiling / 2 <= wait <= ceiling
    assert len({wait / ceiling for wait, ceiling in zip(waits, [0.5, 1, 2, 4, 8, 8, 8, 8], strict=True)}) > 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("seconds", ["0", "7", "60"])
def test_a_retry_after_in_seconds_is_honoured(
    status: int, seconds: str, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.get(f"{URL}/1", status=status, headers={"Retry-After": seconds})
    answers(api, "GET")
    client.Customer.retrieve(1)
    assert waits == [float(seconds)]


def test_a_retry_after_that_is_a_date_is_honoured(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    now = datetime.now(timezone.utc)
    date = format_datetime(now + timedelta(seconds=9), usegmt=True)
    api.get(f"{URL}/1", status=429, headers={"Retry-After": date})
    answers(api, "GET")
    client.Customer.retrieve(1)
    assert waits == [pytest.approx(9, abs=1)]


def test_a_retry_after_of_more_than_a_minute_is_left_to_the_caller(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.get(f"{URL}/1", status=429, headers={"Retry-After": "61"})
    with pytest.raises(invoiced.RateLimitError) as caught:
        client.Customer.retrieve(1)
    assert caught.value.retry_after == 61
    assert waits == []


def test_one_key_stays_the_same_through_all_attempts_of_a_call(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "POST", 429, NEVER_SENT)
    answers(api, "PATCH", 503, LOST)
    CALLS["POST"](client)
    CALLS["PATCH"](client)
    keys = [call.request.headers["Idempotency-Key"] for call in api.calls]
    assert keys[0] == keys[1] == keys[2]
    assert keys[3] == keys[4] == keys[5]
    assert keys[0] != keys[3]
    assert {uuid.UUID(key).version for key in keys} == {4}


@pytest.mark.parametrize("key", ["row-17", uuid.UUID(int=5)])
def test_the_caller_may_choose_the_key(
    key: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "POST", 429)
    client.request("POST", ("customers", 1), {"name": "Acme"}, idempotency_key=key)
    assert [call.request.headers["Idempotency-Key"] for call in api.calls] == [str(key)] * 2


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_reading_and_deleting_carry_no_key(method: str, client: invoiced.Client, api: responses.RequestsMock) -> None:
    answers(api, method)
    CALLS[method](client)
    assert "Idempotency-Key" not in api.calls[0].request.headers


@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_a_delete_whose_repeat_finds_nothing_has_succeeded(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "DELETE", failure, 404, success=False)
    invoiced.Customer(client, 1).delete()
    assert len(api.calls) == 2


@pytest.mark.parametrize("failure", [429, NEVER_SENT])
def test_a_delete_that_was_surely_not_carried_out_before_has_found_nothing(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "DELETE", failure, 404, success=False)
    with pytest.raises(invoiced.NotFoundError):
        invoiced.Customer(client, 1).delete()


@pytest.mark.parametrize("earlier", [503, LOST])
def test_a_request_was_surely_not_carried_out_only_if_no_attempt_was(
    earlier: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "PATCH", earlier, NEVER_SENT, NEVER_SENT, success=False)
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        CALLS["PATCH"](client)
    assert caught.value.request_sent is None


def test_a_request_that_no_attempt_could_send_never_reached_the_api(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "POST", NEVER_SENT, NEVER_SENT, NEVER_SENT, success=False)
    with pytest.raises(invoiced.ApiTimeoutError) as caught:
        CALLS["POST"](client)
    assert caught.value.request_sent is False
    assert "nothing was changed" in str(caught.value)


@pytest.mark.parametrize("last", [429, 400, 404])
@pytest.mark.parametrize("earlier", [503, LOST])
def test_what_an_earlier_attempt_may_have_done_stays_unknown_whatever_the_last_one_says(
    earlier: Any, last: int, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "PATCH", earlier, *([last, last] if last == 429 else [last]), success=False)
    with pytest.raises(invoiced.InvoicedError, match="It may have been carried out") as caught:
        CALLS["PATCH"](client)
    assert caught.value.outcome_unknown
    assert caught.value.status_code == last


def test_what_was_only_refused_before_was_surely_not_carried_out(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    answers(api, "POST", 429, NEVER_SENT, NEVER_SENT, success=False)
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        CALLS["POST"](client)
    assert not caught.value.outcome_unknown


def test_every_wait_is_logged_before_it_starts(
    client: invoiced.Client,
    api: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    logged_before: list[int] = []
    monkeypatch.setattr("time.sleep", lambda seconds: logged_before.append(len(caplog.records)))
    caplog.set_level(logging.INFO, logger="invoiced")
    answers(api, "GET", 503, LOST)
    client.Customer.retrieve(1)
    assert logged_before == [1, 2]
    assert re.fullmatch(r"GET /customers/1: 503, waiting 0\.\d\d s before attempt 2", caplog.records[0].getMessage())
    assert "ConnectionError" in caplog.records[1].getMessage()


def test_requests_own_refusals_are_neither_repeated_nor_called_connection_errors(waits: list[float]) -> None:
    with pytest.raises(requests.exceptions.InvalidSchema):
        invoiced.Client("key", base_url="nonsense://localhost").Customer.retrieve(1)
    assert waits == []
