"""Webhooks of the emulator: events that it posts over HTTP (core.md, H5 and H6)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from waiting import wait_until

import invoiced
from invoiced import webhooks
from invoiced.emulator import Emulator
from invoiced.emulator.events import posting
from invoiced.emulator.events.deliveries import WEBHOOK_SECRET

from .receivers import Receiver, serving

HOUR = 3600


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(api: requests.Session, receiver: Receiver) -> dict[str, Any]:
    created: dict[str, Any] = api.post("/webhooks", json={"url": receiver.url}).json()
    return created


def attempts(api: requests.Session, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/webhook_attempts{query}").json()
    return found


@pytest.mark.usefixtures("endpoint")
def test_an_event_is_posted_as_the_list_shows_it_and_is_signed(
    api: requests.Session, emulator: Emulator, receiver: Receiver
) -> None:
    customer = api.post("/customers", json={"name": "Acme"}).json()
    emulator.wait_for_webhooks()
    ((headers, body),) = receiver.requests
    event = webhooks.verify(body, headers["X-Invoiced-Signature"], WEBHOOK_SECRET)
    assert (event.type, event.data.object.id) == ("customer.created", customer["id"])
    assert (headers["User-Agent"], headers["Content-Type"]) == ("Invoiced/1.0", "application/json")
    assert json.loads(body) == api.get("/events").json()[0]


def test_the_client_receives_what_it_does(emulator: Emulator, receiver: Receiver) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    client.Webhook.create(url=receiver.url)
    customer = client.Customer.create(name="Acme")
    customer.name = "Acme, Inc."
    customer.save()
    customer.delete()
    emulator.wait_for_webhooks()
    assert receiver.types == ["customer.created", "customer.updated", "customer.deleted"]
    assert receiver.events[1].data.previous == {"name": "Acme"}


def test_another_secret_signs(clock: SimpleNamespace, receiver: Receiver) -> None:
    with Emulator(clock=lambda: clock.now, webhook_secret="hidden") as emulator:
        client = invoiced.Client("key", base_url=emulator.url)
        client.Webhook.create(url=receiver.url)
        client.Customer.create(name="Acme")
        emulator.wait_for_webhooks()
    ((headers, body),) = receiver.requests
    assert webhooks.verify(body, headers["X-Invoiced-Signature"], "hidden").type == "customer.created"


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="webhook_secret"):
        Emulator(webhook_secret=" ")


@pytest.mark.parametrize(
    ("wanted", "received"),
    [
        (["*"], ["customer.created", "contact.created"]),
        (["contact.created"], ["contact.created"]),
        (["invoice.paid", "customer.created"], ["customer.created"]),
        ([], []),
    ],
)
def test_an_endpoint_receives_the_events_that_it_wants(
    api: requests.Session, emulator: Emulator, receiver: Receiver, wanted: list[str], received: list[str]
) -> None:
    api.post("/webhooks", json={"url": receiver.url, "events": wanted})
    customer = api.post("/customers", json={"name": "Acme"}).json()
    api.post(f"/customers/{customer['id']}/contacts", json={"name": "Ann"})
    emulator.wait_for_webhooks()
    assert receiver.types == received


def test_a_disabled_endpoint_receives_nothing(
    api: requests.Session, emulator: Emulator, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    api.patch(f"/webhooks/{endpoint['id']}", json={"enabled": False})
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    assert receiver.requests == []


@pytest.mark.usefixtures("endpoint")
def test_a_change_that_is_undone_is_not_posted(api: requests.Session, emulator: Emulator, receiver: Receiver) -> None:
    assert api.post("/customers", json={"name": "Acme", "parent_customer": 99}).status_code == 400
    emulator.wait_for_webhooks()
    assert (receiver.requests, attempts(api)) == ([], [])


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "file:///etc/passwd", "127.0.0.1", "http://", "http:///path"])
def test_a_url_that_is_not_of_http_is_refused(api: requests.Session, url: str) -> None:
    response = api.post("/webhooks", json={"url": url})
    assert (response.status_code, response.json()["param"]) == (400, "url")


@pytest.mark.usefixtures("endpoint")
def test_a_slow_receiver_delays_neither_callers_nor_other_receivers(
    api: requests.Session, emulator: Emulator, receiver: Receiver
) -> None:
    receiver.may_respond.clear()
    with serving() as other:
        api.post("/webhooks", json={"url": other.url})
        for name in ("Acme", "Bolt"):
            assert api.post("/customers", json={"name": name}).status_code == 201
        with pytest.raises(TimeoutError, match=f"still being posted to {receiver.url.partition('?')[0]}"):
            emulator.wait_for_webhooks(0.5)
        assert other.types == ["customer.created"] * 2
    assert len(receiver.requests) == 1
    receiver.may_respond.set()
    emulator.wait_for_webhooks()
    assert len(receiver.requests) == 2


@pytest.mark.usefixtures("endpoint")
def test_a_receiver_can_call_the_api(api: requests.Session, emulator: Emulator, receiver: Receiver) -> None:
    receiver.before_response = lambda: requests.get(f"{emulator.url}/customers", auth=("key", ""), timeout=5)
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    assert attempts(api)[0]["attempts"] == [{"status_code": 200, "timestamp": int(emulator.now)}]


@pytest.mark.usefixtures("endpoint")
def test_a_success_is_the_last_attempt(api: requests.Session, emulator: Emulator, receiver: Receiver) -> None:
    receiver.status = 204
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    (attempt,) = attempts(api)
    assert attempt["attempts"] == [{"status_code": 204, "timestamp": int(emulator.now)}]
    assert (attempt["next_attempt"], attempt["url"]) == (None, receiver.url)
    assert attempt["event_id"] == api.get("/events").json()[0]["id"]
    assert "payload" not in attempt
    assert attempts(api, "?filter[event_id]=99") == []
    assert attempts(api, f"?filter[event_id]={attempt['event_id']}") == [attempt]
    emulator.advance(100 * HOUR)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500])
@pytest.mark.usefixtures("endpoint")
def test_a_failed_event_is_posted_again_in_an_hour_and_redirects_are_not_followed(
    api: requests.Session, emulator: Emulator, receiver: Receiver, status: int
) -> None:
    start = int(emulator.now)
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    assert attempts(api)[0]["next_attempt"] == start + HOUR
    emulator.advance(HOUR - 1)
    assert len(receiver.requests) == 1
    receiver.status = 200
    emulator.advance(1)
    results = [{"status_code": status, "timestamp": start}, {"status_code": 200, "timestamp": start + HOUR}]
    assert (attempts(api)[0]["attempts"], attempts(api)[0]["next_attempt"]) == (results, None)
    assert receiver.requests[0][1] == receiver.requests[1][1]


def test_after_48_attempts_all_endpoints_of_the_url_are_disabled(
    api: requests.Session, emulator: Emulator, receiver: Receiver
) -> None:
    for events in (["customer.created"], ["task.created"]):
        api.post("/webhooks", json={"url": receiver.url, "events": events})
    start, receiver.status = int(emulator.now), 503
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    emulator.advance(46 * HOUR)
    assert (len(receiver.requests), [each["enabled"] for each in api.get("/webhooks").json()]) == (47, [True, True])
    emulator.advance(10 * HOUR)
    assert [each["enabled"] for each in api.get("/webhooks").json()] == [False, False]
    (attempt,) = attempts(api)
    assert [each["timestamp"] for each in attempt["attempts"]] == [start + hour * HOUR for hour in range(48)]
    assert (attempt["next_attempt"], len(receiver.requests)) == (None, 48)


def test_after_410_the_endpoints_of_the_url_are_disabled_at_once(
    api: requests.Session, emulator: Emulator, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    with serving() as other:
        other_id = api.post("/webhooks", json={"url": other.url}).json()["id"]
        receiver.status = 410
        api.post("/customers", json={"name": "Acme"})
        emulator.wait_for_webhooks()
        enabled = {each["id"]: each["enabled"] for each in api.get("/webhooks").json()}
    assert enabled == {endpoint["id"]: False, other_id: True}
    assert {each["next_attempt"] for each in attempts(api)} == {None}


@pytest.mark.usefixtures("endpoint")
def test_an_attempt_can_be_repeated_at_once(api: requests.Session, emulator: Emulator, receiver: Receiver) -> None:
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    (attempt,) = attempts(api)
    response = api.post(f"/webhook_attempts/{attempt['id']}/retries")
    assert (response.status_code, response.content) == (204, b"")
    emulator.wait_for_webhooks()
    assert len(attempts(api)[0]["attempts"]) == len(receiver.requests) == 2
    assert api.post("/webhook_attempts/99/retries").status_code == 404


def test_the_client_repeats_an_attempt(emulator: Emulator, receiver: Receiver) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    client.Webhook.create(url=receiver.url)
    receiver.status = 500
    client.Customer.create(name="Acme")
    emulator.wait_for_webhooks()
    receiver.status = 200
    (attempt,) = client.WebhookAttempt.all()
    attempt.retry()
    emulator.wait_for_webhooks()
    (attempt,) = client.WebhookAttempt.all()
    assert [each["status_code"] for each in attempt.attempts] == [500, 200]
    assert attempt.next_attempt is None


def test_attempts_are_listed_with_the_newest_first(
    api: requests.Session, emulator: Emulator, endpoint: dict[str, Any]
) -> None:
    for name in ("Acme", "Bolt"):
        api.post("/customers", json={"name": name})
    emulator.wait_for_webhooks()
    newest, oldest = attempts(api)
    assert newest["id"] > oldest["id"] > endpoint["id"]


def test_a_receiver_that_does_not_listen_is_an_error_of_the_attempt(api: requests.Session, emulator: Emulator) -> None:
    with serving() as gone:
        pass
    api.post("/webhooks", json={"url": gone.url})
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    (result,) = attempts(api)[0]["attempts"]
    assert "refused" in result["error"]
    assert "status_code" not in result


@pytest.mark.usefixtures("endpoint")
def test_a_receiver_that_takes_too_long_is_an_error_of_the_attempt(
    api: requests.Session, emulator: Emulator, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ALL_SECONDS", 0.2)
    receiver.may_respond.clear()
    api.post("/customers", json={"name": "Acme"})
    started = time.monotonic()
    emulator.wait_for_webhooks()
    assert time.monotonic() - started < 10
    (result,) = attempts(api)[0]["attempts"]
    assert result["error"] == "The receiver did not respond within 0.2 seconds."


def test_an_endpoint_that_was_deleted_is_not_tried_again(
    api: requests.Session, emulator: Emulator, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    receiver.status = 500
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
    assert api.delete(f"/webhooks/{endpoint['id']}").status_code == 204
    emulator.advance(2 * HOUR)
    assert (len(receiver.requests), attempts(api)[0]["next_attempt"]) == (1, None)


def test_the_clock_moved_over_http_posts_what_is_due(emulator: Emulator, receiver: Receiver) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    client.Webhook.create(url=receiver.url)
    receiver.status = 500
    client.Customer.create(name="Acme")
    emulator.wait_for_webhooks()
    requests.put(f"{emulator.url}/_emulator/clock", json={"advance": 3 * HOUR}).raise_for_status()
    assert len(receiver.requests) == 4


@pytest.mark.usefixtures("endpoint")
def test_after_a_reset_nothing_is_recorded_or_posted(
    api: requests.Session, emulator: Emulator, receiver: Receiver
) -> None:
    receiver.may_respond.clear()
    for name in ("Acme", "Bolt"):
        api.post("/customers", json={"name": name})
    emulator.reset()
    receiver.may_respond.set()
    emulator.wait_for_webhooks()
    assert (attempts(api), len(receiver.requests) < 2) == ([], True)


def test_what_was_not_posted_when_the_emulator_stopped_is_posted_in_an_hour(
    tmp_path: Path, clock: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.may_respond.clear()
    with Emulator(data=tmp_path / "data", clock=lambda: clock.now) as emulator:
        client = invoiced.Client("key", base_url=emulator.url)
        client.Webhook.create(url=receiver.url)
        client.Customer.create(name="Acme")
        wait_until(lambda: receiver.requests)
    receiver.may_respond.set()
    receiver.requests.clear()
    with Emulator(data=tmp_path / "data", clock=lambda: clock.now) as emulator:
        clock.now += HOUR
        emulator.wait_for_webhooks()
        assert receiver.types == ["customer.created"]


def test_endpoints_are_listed_changed_and_deleted_but_not_retrieved(api: requests.Session) -> None:
    created = api.post("/webhooks", json={"url": "https://example.com/hook"}).json()
    assert (created["enabled"], created["events"]) == (True, ["*"])
    assert api.get("/webhooks").json() == [created]
    assert api.get(f"/webhooks/{created['id']}").status_code == 405
    response = api.post("/webhooks", json={"url": "https://example.com/hook", "secret": "x"})
    assert (response.status_code, response.json()["param"]) == (400, "request")


def test_a_receiver_that_calls_the_api_finds_the_account_as_it_was_at_the_time_of_the_event(
    emulator: Emulator, raw: Any
) -> None:
    raw("POST", "/plans", id="gold", name="Gold", amount=10, interval="month", interval_count=1)
    customer = raw("POST", "/customers", name="Acme")
    raw("POST", "/subscriptions", customer=customer["id"], plan="gold")
    seen: list[tuple[int, int]] = []
    with serving() as receiver:
        raw("POST", "/webhooks", url=receiver.url, events=["invoice.created"])

        def read_again() -> None:
            event = json.loads(receiver.requests[-1][1])
            invoice = raw("GET", f"/invoices/{event['data']['object']['id']}")
            raw("PATCH", f"/invoices/{invoice['id']}", notes="seen")
            seen.append((event["timestamp"], int(emulator.now)))

        receiver.before_response = read_again
        emulator.clock.advance(days=365)
    assert len(seen) == 12
    assert all(event == now for event, now in seen)
    assert emulator.now == 1415222128 + 365 * 24 * 60 * 60
