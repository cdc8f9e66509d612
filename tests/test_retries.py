"""Retries: which requests are retried, and after how long."""

from __future__ import annotations

import logging
import re
import uuid
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import outcomes
import pytest
import requests
import responses

import invoiced
import invoiced.client
from invoiced import retries

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


def add_failures(api: responses.RequestsMock, method: str, *failures: Any, success: bool = True) -> None:
    """Add failures in this order, each a status or an exception, and then a successful response."""
    for failure in failures:
        if isinstance(failure, int):
            api.add(method, f"{URL}/1", status=failure, json={"message": "Sorry."})
        else:
            api.add(method, f"{URL}/1", body=failure)
    if success:
        api.add(method, f"{URL}/1", json=RECORD)


NEVER_SENT = requests.ConnectTimeout("no route")
LOST = requests.ConnectionError("lost")
TIMED_OUT = requests.ReadTimeout("timed out")


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("failure", [429, NEVER_SENT])
def test_a_request_that_was_certainly_not_processed_is_retried_with_any_method(
    method: str, failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, method, failure, failure)
    CALLS[method](client)
    assert len(api.calls) == 3
    assert len(waits) == 2


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_an_idempotent_request_that_may_have_been_processed_is_retried(
    method: str, failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, method, failure, failure)
    CALLS[method](client)
    assert len(api.calls) == 3


@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_a_post_that_may_have_been_processed_is_not_retried(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "POST", failure, success=False)
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
def test_a_rejected_request_is_not_retried(
    method: str, status: int, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, method, status, success=False)
    with pytest.raises(invoiced.InvoicedError):
        CALLS[method](client)
    assert len(api.calls) == 1


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_no_request_is_retried_more_often_than_max_retries(
    retries: int, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "GET", *[503] * (retries + 1), success=False)
    with pytest.raises(invoiced.ApiError):
        invoiced.Client("key", max_retries=retries).Customer.retrieve(1)
    assert len(api.calls) == retries + 1
    assert len(waits) == retries


def test_waits_grow_exponentially_with_jitter(api: responses.RequestsMock, waits: list[float]) -> None:
    add_failures(api, "GET", *[503] * 8)
    invoiced.Client("key", max_retries=8).Customer.retrieve(1)
    for wait, ceiling in zip(waits, [0.5, 1, 2, 4, 8, 8, 8, 8], strict=True):
        assert ceiling / 2 <= wait <= ceiling
    assert len({wait / ceiling for wait, ceiling in zip(waits, [0.5, 1, 2, 4, 8, 8, 8, 8], strict=True)}) > 1


def test_backoff_doubles_the_wait_up_to_the_cap() -> None:
    assert [invoiced.backoff(attempt, base=1, cap=60) for attempt in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert invoiced.backoff(1, base=0.5, cap=8) == 0.5


def test_the_jitter_of_backoff_shortens_the_wait() -> None:
    waits = [invoiced.backoff(3, base=1, cap=60, jitter=0.25) for _ in range(100)]
    assert all(3 <= wait <= 4 for wait in waits)
    assert len(set(waits)) > 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("seconds", ["0", "7", "60"])
def test_a_retry_after_in_seconds_is_honored(
    status: int, seconds: str, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.get(f"{URL}/1", status=status, headers={"Retry-After": seconds})
    add_failures(api, "GET")
    client.Customer.retrieve(1)
    assert waits == [float(seconds)]


def test_a_retry_after_date_is_honored(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    now = datetime.now(timezone.utc)
    date = format_datetime(now + timedelta(seconds=9), usegmt=True)
    api.get(f"{URL}/1", status=429, headers={"Retry-After": date})
    add_failures(api, "GET")
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


def test_all_attempts_of_a_call_have_the_same_idempotency_key(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "POST", 429, NEVER_SENT)
    add_failures(api, "PATCH", 503, LOST)
    CALLS["POST"](client)
    CALLS["PATCH"](client)
    keys = [call.request.headers["Idempotency-Key"] for call in api.calls]
    assert keys[0] == keys[1] == keys[2]
    assert keys[3] == keys[4] == keys[5]
    assert keys[0] != keys[3]
    assert {uuid.UUID(key).version for key in keys} == {4}


def test_a_retry_after_an_error_of_the_api_itself_has_a_new_key(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    """The API would respond to the same key with the same error, for 24 hours."""
    api.patch(f"{URL}/1", status=500, json={"type": "api_error", "message": "Sorry."})
    add_failures(api, "PATCH", 503)
    customer = invoiced.Customer(client, 1)
    customer.save(name="Acme", idempotency_key="nightly-sync")
    first, second, third = (call.request.headers["Idempotency-Key"] for call in api.calls)
    assert first == "nightly-sync"
    assert second == third != first
    assert uuid.UUID(second).version == 4


def test_an_error_has_the_key_of_the_last_attempt(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.patch(f"{URL}/1", status=500, json={"type": "api_error", "message": "Sorry."})
    with pytest.raises(invoiced.ApiError) as caught:
        invoiced.Customer(client, 1).save(name="Acme", idempotency_key="nightly-sync")
    keys = [call.request.headers["Idempotency-Key"] for call in api.calls]
    assert len({*keys}) == 3
    assert caught.value.idempotency_key == keys[-1]
    assert not caught.value.idempotency_key_reusable
    assert "Check before retrying with a new Idempotency-Key." in str(caught.value)


LOCKED = {"type": "invalid_request", "message": "This object is currently being updated by another process."}


def test_a_patch_of_a_record_that_another_process_is_changing_is_retried_with_a_new_key(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.patch(f"{URL}/1", status=400, json=LOCKED)
    add_failures(api, "PATCH")
    invoiced.Customer(client, 1).save(name="Acme")
    first, second = (call.request.headers["Idempotency-Key"] for call in api.calls)
    assert first != second
    assert len(waits) == 1


@pytest.mark.parametrize("method", CALLS)
def test_another_process_that_does_not_end_is_an_error_that_changed_nothing(
    method: str, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.add(method, f"{URL}/1", status=400, json=LOCKED)
    with pytest.raises(invoiced.ConcurrentUpdateError) as caught:
        CALLS[method](client)
    assert len(api.calls) == (3 if method == "PATCH" else 1)
    assert not caught.value.outcome_unknown


def test_a_message_about_another_process_that_names_a_parameter_is_an_invalid_request(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.patch(f"{URL}/1", status=400, json={**LOCKED, "param": "name"})
    with pytest.raises(invoiced.InvalidRequestError) as caught:
        invoiced.Customer(client, 1).save(name="being updated by another process")
    assert type(caught.value) is invoiced.InvalidRequestError


class SlowFailures:
    """A response to a request that took some seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self._clock, self._seconds = outcomes.Clock(), seconds
        monkeypatch.setattr(retries, "time", self._clock)
        monkeypatch.setattr(invoiced.client, "time", self._clock)
        monkeypatch.setattr(self._clock, "sleep", self._pass, raising=False)

    def _pass(self, seconds: float) -> None:
        self._clock.advance_to(self._clock.monotonic() + seconds)

    def __call__(self, request: requests.PreparedRequest) -> Any:
        self._pass(self._seconds)
        return requests.ReadTimeout("timed out")


@pytest.mark.parametrize(
    ("seconds", "options", "attempts"),
    [(60, {}, 1), (25, {}, 3), (40, {}, 2), (60, {"deadline": 1000}, 3), (60, {"deadline": 100}, 2)],
)
def test_without_a_deadline_no_retry_starts_after_a_minute(
    seconds: float,
    options: dict[str, Any],
    attempts: int,
    client: invoiced.Client,
    api: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that never responds holds a call for one read timeout of 60 seconds, and not for three."""
    api.add_callback("GET", f"{URL}/1", SlowFailures(monkeypatch, seconds))
    with pytest.raises(invoiced.ApiTimeoutError):
        client.Customer.retrieve(1, **options)
    assert len(api.calls) == attempts


@pytest.mark.parametrize("key", ["row-17", uuid.UUID(int=5), "x" * 64])
def test_the_caller_can_choose_the_idempotency_key(
    key: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "POST", 429)
    client.request("POST", ("customers", 1), {"name": "Acme"}, idempotency_key=key)
    assert [call.request.headers["Idempotency-Key"] for call in api.calls] == [str(key)] * 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_and_patch_have_an_idempotency_key(
    method: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    add_failures(api, method)
    CALLS[method](client)
    assert "Idempotency-Key" not in api.calls[0].request.headers
    with pytest.raises(ValueError, match=f"A {method} has no idempotency key"):
        client.request(method, ("customers", 1), idempotency_key="row-17")
    assert len(api.calls) == 1


@pytest.mark.parametrize("key", ["", "five5", "x" * 65, "with blank", "b\u00fccher", "line\nbreak", 123456])
def test_a_key_that_the_api_would_refuse_raises_an_error_and_nothing_is_sent(key: Any, client: invoiced.Client) -> None:
    with pytest.raises(ValueError, match="6 to 64"):
        client.Customer.create(name="Acme", idempotency_key=key)


@pytest.mark.parametrize("failure", [*TRANSIENT, LOST, TIMED_OUT])
def test_a_delete_whose_retry_finds_no_record_has_succeeded(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "DELETE", failure, 404, success=False)
    invoiced.Customer(client, 1).delete()
    assert len(api.calls) == 2


@pytest.mark.parametrize("failure", [429, NEVER_SENT])
def test_a_404_raises_an_error_if_the_delete_was_certainly_not_processed_before(
    failure: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "DELETE", failure, 404, success=False)
    with pytest.raises(invoiced.NotFoundError):
        invoiced.Customer(client, 1).delete()


@pytest.mark.parametrize("earlier", [503, LOST])
def test_request_sent_is_false_only_if_it_is_false_for_all_attempts(
    earlier: Any, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "PATCH", earlier, NEVER_SENT, NEVER_SENT, success=False)
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        CALLS["PATCH"](client)
    assert caught.value.request_sent is None


def test_a_request_that_no_attempt_could_send_never_reached_the_api(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "POST", NEVER_SENT, NEVER_SENT, NEVER_SENT, success=False)
    with pytest.raises(invoiced.ApiTimeoutError) as caught:
        CALLS["POST"](client)
    assert caught.value.request_sent is False
    assert "nothing was changed" in str(caught.value)


@pytest.mark.parametrize("last", [429, 400, 404])
@pytest.mark.parametrize("earlier", [503, LOST])
def test_an_unknown_outcome_of_an_earlier_attempt_remains_unknown(
    earlier: Any, last: int, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "PATCH", earlier, *([last, last] if last == 429 else [last]), success=False)
    with pytest.raises(invoiced.InvoicedError, match="It may have been processed") as caught:
        CALLS["PATCH"](client)
    assert caught.value.outcome_unknown
    assert caught.value.status_code == last


def test_a_request_that_was_only_rate_limited_before_was_certainly_not_processed(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    add_failures(api, "POST", 429, NEVER_SENT, NEVER_SENT, success=False)
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
    add_failures(api, "GET", 503, LOST)
    client.Customer.retrieve(1)
    assert logged_before == [1, 2]
    assert re.fullmatch(r"GET /customers/1: 503, waiting 0\.\d\d s before attempt 2", caplog.records[0].getMessage())
    assert "ConnectionError" in caplog.records[1].getMessage()


def test_errors_of_requests_about_the_url_are_neither_retried_nor_converted(waits: list[float]) -> None:
    with pytest.raises(requests.exceptions.InvalidSchema):
        invoiced.Client("key", base_url="nonsense://localhost").Customer.retrieve(1)
    assert waits == []
