"""Requests in flight: 20 per API key, and one update of the same record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from emulator.conftest import Api
from waiting import wait_until

from invoiced.emulator import Emulator

Send = Callable[[], requests.Response]


@contextmanager
def in_flight(emulator: Emulator, send: Send, number: int = 1) -> Iterator[list[Future[requests.Response]]]:
    """Send a request a number of times, and keep the responses back until the end of the block."""
    before = len(emulator.requests)
    with ThreadPoolExecutor(number) as pool:
        calls = [pool.submit(send) for _ in range(number)]
        wait_until(lambda: sum(received.processed for received in emulator.requests[before:]) == number)
        try:
            yield calls
        finally:
            emulator._components.waits.end()


def _get(emulator: Emulator, key: str = "key") -> Send:
    return lambda: requests.get(f"{emulator.url}/customers", auth=(key, ""))


def test_the_twenty_first_request_of_an_api_key_is_429(emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=60, times=20)
    with in_flight(emulator, _get(emulator), 20) as calls:
        refused = requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=("key", ""))
        assert (refused.status_code, refused.json()["type"]) == (429, "rate_limit_error")
        assert "Retry-After" not in refused.headers
        assert _get(emulator, "another")().json() == []
        token = {"Authorization": "Bearer key"}
        assert requests.get(f"{emulator.url}/customers", headers=token).status_code == 200
    assert {call.result().status_code for call in calls} == {200}
    assert _get(emulator)().status_code == 200


def test_a_refused_request_does_not_count_for_a_rule() -> None:
    with Emulator(max_concurrency=1) as emulator:
        rule = emulator.fail("GET /customers", latency=60, times=2)
        with in_flight(emulator, _get(emulator)):
            assert _get(emulator)().status_code == 429
            assert rule.hits == 1


def test_a_429_is_not_stored_for_an_idempotency_key() -> None:
    with Emulator(max_concurrency=1) as emulator:
        emulator.fail("GET /customers", latency=60)

        def post() -> int:
            headers = {"Idempotency-Key": "key-0001"}
            url = f"{emulator.url}/customers"
            return requests.post(url, json={"name": "A"}, headers=headers, auth=("key", "")).status_code

        with in_flight(emulator, _get(emulator)):
            assert post() == 429
        assert post() == 201


def test_a_request_no_longer_counts_after_a_minute() -> None:
    now = 1415222128
    with Emulator(max_concurrency=1, clock=lambda: now) as emulator:
        emulator.fail("GET /customers", latency=60)
        with in_flight(emulator, _get(emulator)):
            emulator.advance(59)
            assert _get(emulator)().status_code == 429
            emulator.advance(1)
            assert _get(emulator)().status_code == 200


@pytest.mark.parametrize("fault", [{"connection": "reset"}, {"connection": "hang"}, {"status": 500}, {"cut": 1}])
def test_a_request_is_not_in_flight_any_more_once_its_response_is_sent_or_lost(fault: dict[str, Any]) -> None:
    with Emulator(max_concurrency=1) as emulator:
        emulator.fail("GET /customers", **fault)
        try:
            timeout = 0.2 if fault.get("connection") == "hang" else 30
            requests.get(f"{emulator.url}/customers", auth=("key", ""), timeout=timeout)
        except requests.RequestException:
            assert fault != {"status": 500}
        assert _get(emulator)().status_code == 200


def test_a_request_in_process_is_not_in_flight_any_more_after_its_timeout() -> None:
    emulator = Emulator(max_concurrency=1)
    emulator.fail("GET /customers", latency=60)
    with Api("http://emulator.invalid") as api:
        api.mount("http://emulator.invalid", emulator.adapter())
        with pytest.raises(requests.Timeout):
            api.get("/customers", timeout=1)
        assert api.get("/customers").status_code == 200


@pytest.mark.parametrize("limit", [0, -1, True])
def test_the_limit_is_a_positive_number(limit: int) -> None:
    with pytest.raises(ValueError, match="max_concurrency"):
        Emulator(max_concurrency=limit)


def test_a_second_update_of_a_customer_in_the_meantime_is_refused_at_once(emulator: Emulator) -> None:
    with Api(emulator.url) as api:
        for name in ("Acme", "Other"):
            api.post("/customers", json={"name": name})
        emulator.fail("PATCH /customers/1", latency=60)
        with in_flight(emulator, lambda: api.patch("/customers/1", json={"city": "Graz"})) as calls:
            refused = api.patch("/customers/1", json={"city": "Linz"})
            message = "This customer is currently being updated by another process. Try again later."
            assert (refused.status_code, refused.json()) == (400, {"type": "invalid_request", "message": message})
            assert api.patch("/customers/2", json={"city": "Linz"}).status_code == 200
            assert api.get("/customers/1").status_code == 200
        assert calls[0].result().json()["city"] == "Graz"
        assert api.patch("/customers/1", json={"city": "Linz"}).status_code == 200


def test_a_new_key_is_needed_after_such_a_refusal(emulator: Emulator) -> None:
    with Api(emulator.url) as api:
        api.post("/customers", json={"name": "Acme"})
        emulator.fail("PATCH /customers/1", latency=60)

        def patch(key: str) -> int:
            return api.patch("/customers/1", json={"city": "Linz"}, headers={"Idempotency-Key": key}).status_code

        with in_flight(emulator, lambda: api.patch("/customers/1", json={"city": "Graz"})):
            assert patch("key-0001") == 400
        assert [patch("key-0001"), patch("key-0002")] == [400, 200]


def test_records_of_other_types_can_be_updated_by_two_requests(emulator: Emulator) -> None:
    with Api(emulator.url) as api:
        api.post("/items", json={"id": "paper", "name": "Paper"})
        emulator.fail("PATCH /items/paper", latency=60)
        with in_flight(emulator, lambda: api.patch("/items/paper", json={"name": "A"})):
            assert api.patch("/items/paper", json={"name": "B"}).status_code == 200


def test_changes_by_the_emulator_itself_do_not_wait(emulator: Emulator) -> None:
    with Api(emulator.url) as api:
        api.post("/customers", json={"name": "Acme"})
        emulator.fail("PATCH /customers/1", changes=[["PATCH", "/customers/1", {"name": "Changed"}]])
        assert api.patch("/customers/1", json={"city": "Graz"}).status_code == 200
        assert api.get("/customers/1").json()["name"] == "Changed"


def test_a_reset_forgets_the_requests_in_flight() -> None:
    with Emulator(max_concurrency=1) as emulator:
        emulator.fail("GET /customers", latency=60)
        with in_flight(emulator, _get(emulator)):
            emulator.reset()
            assert _get(emulator)().status_code == 200
