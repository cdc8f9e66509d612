"""Idempotency keys: the first response to a key is replayed for 24 hours, whatever it was and whatever is sent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

KEY = {"Idempotency-Key": "key-0001"}
ERROR = {"type": "api_error", "message": "The customer could not be saved."}


def _count(api: requests.Session) -> str:
    return api.get("/customers").headers["X-Total-Count"]


def test_a_retried_key_gets_the_body_and_status_of_the_first_response(api: requests.Session) -> None:
    first = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    second = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    assert (second.status_code, second.content) == (201, first.content)
    assert _count(api) == "1"


def test_nothing_in_a_response_shows_that_it_is_replayed(api: requests.Session) -> None:
    first = api.post("/customers", json={"name": "Acme"}, headers={**KEY, "X-Request-Id": "1"})
    second = api.post("/customers", json={"name": "Acme"}, headers={**KEY, "X-Request-Id": "2"})
    assert first.headers.keys() == second.headers.keys()
    assert (first.headers["X-Request-Id"], second.headers["X-Request-Id"]) == ("1", "2")


def test_a_retried_update_does_not_undo_a_later_update(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    api.patch(path, json={"city": "Graz"}, headers=KEY)
    api.patch(path, json={"city": "Linz"})
    assert api.patch(path, json={"city": "Graz"}, headers=KEY).json()["city"] == "Graz"
    assert api.get(path).json()["city"] == "Linz"


def test_a_retried_statement_is_sent_once(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/emails"
    assert api.post(path, headers=KEY).json() == api.post(path, headers=KEY).json()
    assert len(emulator.outbox) == 1


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [("POST", "/customers", "Other"), ("PATCH", "/customers/1", "Other"), ("POST", "/nothing", "Acme")],
)
def test_another_request_with_the_same_key_gets_the_old_response(
    api: requests.Session, method: str, path: str, name: str
) -> None:
    first = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    second = api.request(method, path, json={"name": name}, headers=KEY)
    assert (second.status_code, second.content) == (201, first.content)
    assert [customer["name"] for customer in api.get("/customers").json()] == ["Acme"]


def test_a_key_belongs_to_one_api_key(api: requests.Session) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY, auth=("another", "")).json()["id"] == 2


def test_with_oauth_keys_are_ignored_and_not_checked(api: requests.Session) -> None:
    api.auth = lambda request: request
    for key in ("key-0001", "key-0001", "?"):
        headers = {"Authorization": "Bearer key", "Idempotency-Key": key}
        assert api.post("/customers", json={"name": "Acme"}, headers=headers).status_code == 201
    assert api.get("/customers", headers=headers).headers["X-Total-Count"] == "3"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_another_method_with_a_key_is_400_and_not_carried_out(
    api: requests.Session, customer: dict[str, Any], method: str
) -> None:
    assert api.request(method, f"/customers/{customer['id']}", headers=KEY).status_code == 400
    assert _count(api) == "1"


@pytest.mark.parametrize(("length", "status"), [(0, 400), (5, 400), (6, 201), (64, 201), (65, 400)])
def test_a_key_has_6_to_64_characters(api: requests.Session, length: int, status: int) -> None:
    response = api.post("/customers", json={"name": "Acme"}, headers={"Idempotency-Key": "k" * length})
    assert response.status_code == status
    assert _count(api) == str(int(status == 201))


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/customers", 400), ("PATCH", "/customers/9", 404), ("POST", "/", 404)]
)
def test_an_error_is_replayed_as_well(api: requests.Session, method: str, path: str, status: int) -> None:
    first = api.request(method, path, json={}, headers=KEY)
    second = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    assert (second.status_code, second.content) == (status, first.content)
    assert _count(api) == "0"


def test_a_401_is_not_stored() -> None:
    session = requests.Session()
    session.mount("http://emulator.invalid", Emulator(api_key="right").adapter())
    statuses = [
        session.post("http://emulator.invalid/customers", json={"name": "A"}, headers=KEY, auth=(key, "")).status_code
        for key in ("wrong", "right")
    ]
    assert statuses == [401, 201]


@pytest.mark.parametrize("status", [400, 500])
def test_a_json_error_of_a_rule_is_replayed_like_one_of_the_api(
    api: requests.Session, emulator: Emulator, status: int
) -> None:
    emulator.fail("POST /customers", status=status, body=ERROR)
    for _ in range(2):
        response = api.post("/customers", json={"name": "Acme"}, headers=KEY)
        assert (response.status_code, response.json()) == (status, ERROR)
    assert api.post("/customers", json={"name": "Acme"}, headers={"Idempotency-Key": "key-0002"}).status_code == 201


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, ERROR) for status in (402, 429, 502, 503, 504)),
        (500, "<html>"),
        (500, '{"type": "api_error"}'),
        (500, ["No"]),
        (500, {"message": "No"}),
    ],
)
def test_a_response_of_a_proxy_and_one_before_the_key_is_read_are_not_stored(
    api: requests.Session, emulator: Emulator, status: int, body: Any
) -> None:
    emulator.fail("POST /customers", status=status, body=body)
    statuses = [api.post("/customers", json={"name": "Acme"}, headers=KEY).status_code for _ in range(2)]
    assert statuses == [status, 201]


@pytest.mark.parametrize("fault", [{"status": 500, "body": ERROR}, {"status": 502}, {"connection": "close"}])
def test_if_a_response_is_lost_on_its_way_the_response_of_the_api_is_replayed(
    api: requests.Session, emulator: Emulator, fault: dict[str, Any]
) -> None:
    emulator.fail("POST /customers", committed=True, **fault)
    try:
        assert api.post("/customers", json={"name": "Acme"}, headers=KEY).status_code == fault["status"]
    except requests.ConnectionError:
        assert "connection" in fault
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).status_code == 201
    assert _count(api) == "1"


def test_a_response_is_kept_for_24_hours(api: requests.Session, clock: SimpleNamespace) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    clock.now += 24 * 60 * 60 - 1
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).json()["id"] == 1
    clock.now += 1
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).json()["id"] == 2
    clock.now += 60
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).json()["id"] == 2


def test_a_key_does_nothing_until_the_first_response_is_sent(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("POST /customers", latency=60)
    with pytest.raises(requests.Timeout):
        api.post("/customers", json={"name": "Acme"}, headers=KEY, timeout=0.1)
    for _ in range(2):
        assert api.post("/customers", json={"name": "Acme"}, headers=KEY).json()["id"] == 2


def test_without_idempotency_the_key_is_ignored() -> None:
    session = requests.Session()
    session.auth = ("key", "")
    session.mount("http://emulator.invalid", Emulator(idempotency=False).adapter())
    for id in (1, 2):
        assert session.post("http://emulator.invalid/customers", json={"name": "A"}, headers=KEY).json()["id"] == id
    assert session.get("http://emulator.invalid/customers", headers=KEY).status_code == 200


def test_the_data_file_has_the_idempotency_keys_but_not_the_credentials(tmp_path: Path) -> None:
    responses = []
    for _ in range(2):
        with Emulator(data=tmp_path / "data.db") as emulator:
            url = f"{emulator.url}/customers"
            responses.append(requests.post(url, json={"name": "Acme"}, headers=KEY, auth=("sk_secret", "")))
    assert responses[0].json() == responses[1].json()
    assert b"sk_secret" not in (tmp_path / "data.db").read_bytes()
