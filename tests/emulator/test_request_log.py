"""The log of requests, which tests can read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def test_the_log_has_all_parts_of_a_request(api: requests.Session, emulator: Emulator) -> None:
    api.post("/customers?expand=a&empty=", json={"name": "Zoë", "rate": 0.10}, headers={"Idempotency-Key": "key-0001"})
    (received,) = emulator.requests
    assert (received.method, received.path) == ("POST", "/customers")
    assert received.query == {"expand": "a", "empty": ""}
    assert received.headers["idempotency-key"] == received.headers["Idempotency-Key"] == "key-0001"
    assert received.body == {"name": "Zoë", "rate": Decimal("0.1")}
    assert (received.status, received.processed) == (400, False)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ({}, None),
        ({"json": [1]}, [1]),
        ({"data": {"name": "Acme"}}, "name=Acme"),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "{"),
        ({"data": b'"\\ud800"', "headers": {"Content-Type": "application/json"}}, '"\\ud800"'),
        ({"data": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, "[" * 100_000),
        ({"data": b"\xff"}, "\ufffd"),
    ],
)
def test_a_body_is_parsed_json_or_text(
    api: requests.Session, emulator: Emulator, sent: dict[str, Any], body: Any
) -> None:
    api.post("/customers", **sent)
    assert emulator.requests[0].body == body
    assert requests.get(f"{emulator.url}/_emulator/requests").json()[0]["body"] == body


def test_the_log_does_not_contain_the_api_key(emulator: Emulator) -> None:
    secret = "sk_secret"
    for value in ("Bearer sk_secret", "Basic sk_secret", secret, "sk_secret rest"):
        headers = {"Authorization": value, "Proxy-Authorization": value}
        requests.get(f"{emulator.url}/customers", headers=headers)
    assert [received.headers["authorization"] for received in emulator.requests] == ["Bearer", "Basic", "", ""]
    assert secret not in requests.get(f"{emulator.url}/_emulator/requests").text
    assert secret not in repr(emulator.requests)


def test_the_log_has_the_status_and_whether_the_request_was_processed(
    api: requests.Session, emulator: Emulator
) -> None:
    emulator.fail("POST /customers", status=500)
    emulator.fail("POST /customers", status=500, committed=True)
    emulator.fail("POST /customers", connection="reset")
    emulator.fail("POST /customers", connection="close", committed=True)
    for name in range(4):
        try:
            api.post("/customers", json={"name": str(name)})
        except requests.ConnectionError:
            continue
    api.post("/customers", json={"name": 5})
    api.delete("/customers/1")
    outcomes = [(received.status, received.processed) for received in emulator.requests]
    assert outcomes == [(500, False), (500, True), (None, False), (None, True), (400, False), (204, True)]


def test_a_replayed_request_is_not_processed(api: requests.Session, emulator: Emulator) -> None:
    for _ in range(2):
        api.post("/customers", json={"name": "Acme"}, headers={"Idempotency-Key": "key-0001"})
    assert [received.processed for received in emulator.requests] == [True, False]


def test_requests_can_be_selected_by_a_pattern(api: requests.Session, emulator: Emulator, customer: Any) -> None:
    api.get("/customers/1")
    api.get("/customers/1/contacts")
    found = emulator.requests.to("GET /customers/*")
    assert [received.path for received in found] == ["/customers/1"]
    assert len(found.to("POST /**")) == 0
    with pytest.raises(ValueError, match="Expected a method"):
        emulator.requests.to("/customers")


def test_assert_sent_fails_with_the_last_requests(api: requests.Session, emulator: Emulator) -> None:
    with pytest.raises(AssertionError, match="Expected at least one POST /customers, received 0"):
        emulator.requests.assert_sent("POST /customers")
    api.get("/customers")
    api.get("/customers/1")
    emulator.requests.assert_sent("GET /customers")
    emulator.requests.assert_sent("GET /customers", times=1)
    emulator.requests.assert_sent("POST /customers", times=0)
    with pytest.raises(AssertionError) as failed:
        emulator.requests.assert_sent("GET /customers", times=2)
    assert str(failed.value).splitlines() == [
        "Expected 2 GET /customers, received 1. Latest requests:",
        "  GET /customers -> 200",
        "  GET /customers/1 -> 404",
    ]


def test_the_log_can_be_read_and_cleared_over_http(emulator: Emulator) -> None:
    url = f"{emulator.url}/_emulator/requests"
    requests.get(f"{emulator.url}/customers?page=1", auth=("key", ""))
    (received,) = requests.get(url).json()
    headers = received.pop("headers")
    assert headers["Authorization"] == "Basic"
    assert received == {
        "method": "GET",
        "path": "/customers",
        "query": {"page": "1"},
        "body": None,
        "status": 200,
        "processed": True,
    }
    assert requests.delete(url).status_code == 204
    assert requests.get(url).json() == []
    assert emulator.requests == []


def test_clear_and_reset_empty_the_log(api: requests.Session, emulator: Emulator) -> None:
    for clear in (emulator.requests.clear, emulator.reset):
        api.get("/customers")
        assert len(emulator.requests) == 1
        clear()
        assert emulator.requests == []


def test_the_log_keeps_the_last_10_000_requests(emulator: Emulator) -> None:
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.get("http://emulator/customers", auth=("key", ""))
        emulator.requests.extend(emulator.requests * 9_999)
        session.get("http://emulator/customers/1", auth=("key", ""))
    assert len(emulator.requests) == 10_000
    assert emulator.requests[-1].path == "/customers/1"


def test_the_log_has_every_request_of_concurrent_callers(emulator: Emulator) -> None:
    def get(number: int) -> None:
        requests.get(f"{emulator.url}/customers/{number}", auth=("key", ""))

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(get, range(100)))
    assert {received.path for received in emulator.requests} == {f"/customers/{number}" for number in range(100)}
    assert {received.status for received in emulator.requests} == {404}


def test_the_log_keeps_a_limited_size_of_bodies(emulator: Emulator) -> None:
    for number in range(4):
        requests.post(f"{emulator.url}/customers/{number}", data=b"x" * (20 * 2**20))
    assert [request.path for request in emulator.requests] == ["/customers/1", "/customers/2", "/customers/3"]
    assert emulator.requests.is_cut
    emulator.requests.clear()
    requests.post(f"{emulator.url}/customers", data=b"x")
    assert len(emulator.requests) == 1


def test_assert_sent_fails_if_the_log_is_incomplete(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoiced.emulator.server.request_log._MAX_LENGTH", 2)
    for path in ("/customers", "/customers/1", "/customers/1"):
        requests.get(f"{emulator.url}{path}")
    emulator.requests.assert_sent("GET /customers/1")
    for pattern, times in (("GET /customers", 0), ("GET /customers", None), ("GET /customers/1", 2)):
        with pytest.raises(AssertionError, match="is unknown: the log keeps only the latest requests"):
            emulator.requests.assert_sent(pattern, times=times)
    emulator.requests.clear()
    emulator.requests.assert_sent("GET /customers", times=0)
