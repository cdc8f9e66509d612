"""What tests can read about the requests that came."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def test_a_request_is_all_there(api: requests.Session, emulator: Emulator) -> None:
    api.post("/customers?expand=a&empty=", json={"name": "Zoë", "rate": 0.10}, headers={"Idempotency-Key": "one"})
    (received,) = emulator.requests
    assert (received.method, received.path) == ("POST", "/customers")
    assert received.query == {"expand": "a", "empty": ""}
    assert received.headers["idempotency-key"] == received.headers["Idempotency-Key"] == "one"
    assert received.body == {"name": "Zoë", "rate": Decimal("0.1")}
    assert (received.status, received.carried_out) == (400, False)


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
def test_a_body_is_what_its_json_says_or_text(
    api: requests.Session, emulator: Emulator, sent: dict[str, Any], body: Any
) -> None:
    api.post("/customers", **sent)
    assert emulator.requests[0].body == body
    assert requests.get(f"{emulator.url}/_emulator/requests").json()[0]["body"] == body


def test_no_key_is_shown(emulator: Emulator) -> None:
    secret = "sk_secret"
    for value in ("Bearer sk_secret", "Basic sk_secret", secret):
        headers = {"Authorization": value, "Proxy-Authorization": value}
        requests.get(f"{emulator.url}/customers", headers=headers)
    assert [received.headers["authorization"] for received in emulator.requests] == ["Bearer", "Basic", ""]
    assert secret not in requests.get(f"{emulator.url}/_emulator/requests").text
    assert secret not in repr(emulator.requests)


def test_it_tells_what_was_carried_out_and_what_was_answered(api: requests.Session, emulator: Emulator) -> None:
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
    outcomes = [(received.status, received.carried_out) for received in emulator.requests]
    assert outcomes == [(500, False), (500, True), (None, False), (None, True), (400, False), (204, True)]


def test_a_replay_is_not_carried_out(api: requests.Session, emulator: Emulator) -> None:
    for _ in range(2):
        api.post("/customers", json={"name": "Acme"}, headers={"Idempotency-Key": "one"})
    assert [received.carried_out for received in emulator.requests] == [True, False]


def test_requests_to_a_pattern_are_found(api: requests.Session, emulator: Emulator, customer: Any) -> None:
    api.get("/customers/1")
    api.get("/customers/1/contacts")
    found = emulator.requests.to("GET /customers/*")
    assert [received.path for received in found] == ["/customers/1"]
    assert len(found.to("POST /**")) == 0
    with pytest.raises(ValueError, match="A request is a method"):
        emulator.requests.to("/customers")


def test_what_was_not_sent_fails_with_what_was(api: requests.Session, emulator: Emulator) -> None:
    with pytest.raises(AssertionError, match="was sent never"):
        emulator.requests.assert_sent("POST /customers")
    api.get("/customers")
    api.get("/customers/1")
    emulator.requests.assert_sent("GET /customers")
    emulator.requests.assert_sent("GET /customers", times=1)
    emulator.requests.assert_sent("POST /customers", times=0)
    with pytest.raises(AssertionError) as failed:
        emulator.requests.assert_sent("GET /customers", times=2)
    assert str(failed.value).splitlines() == [
        "GET /customers was sent 1 times, not 2. What came last:",
        "  GET /customers -> 200",
        "  GET /customers/1 -> 404",
    ]


def test_it_is_read_and_emptied_over_http(emulator: Emulator) -> None:
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
        "carried_out": True,
    }
    assert requests.delete(url).status_code == 204
    assert requests.get(url).json() == []
    assert emulator.requests == []


def test_it_is_emptied_by_clear_and_by_a_reset(api: requests.Session, emulator: Emulator) -> None:
    for forget in (emulator.requests.clear, emulator.reset):
        api.get("/customers")
        assert len(emulator.requests) == 1
        forget()
        assert emulator.requests == []


def test_it_keeps_the_last_10_000(emulator: Emulator) -> None:
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.get("http://emulator/customers", auth=("key", ""))
        emulator.requests.extend(emulator.requests * 9_999)
        session.get("http://emulator/customers/1", auth=("key", ""))
    assert len(emulator.requests) == 10_000
    assert emulator.requests[-1].path == "/customers/1"


def test_none_is_lost_among_many_callers(emulator: Emulator) -> None:
    def get(place: int) -> None:
        requests.get(f"{emulator.url}/customers/{place}", auth=("key", ""))

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(get, range(100)))
    assert {received.path for received in emulator.requests} == {f"/customers/{place}" for place in range(100)}
    assert {received.status for received in emulator.requests} == {404}


def test_a_log_that_has_forgotten_some_judges_no_more(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoiced.emulator.request_log._LONGEST", 2)
    for path in ("/customers", "/customers/1", "/customers/1"):
        requests.get(f"{emulator.url}{path}")
    emulator.requests.assert_sent("GET /customers/1")
    for pattern, times in (("GET /customers", 0), ("GET /customers", None), ("GET /customers/1", 2)):
        with pytest.raises(AssertionError, match="is not known: only the last 2 requests are"):
            emulator.requests.assert_sent(pattern, times=times)
    emulator.requests.clear()
    emulator.requests.assert_sent("GET /customers", times=0)
