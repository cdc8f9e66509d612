from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

KEY = {"Idempotency-Key": "key-001"}


def _count(api: requests.Session) -> str:
    return api.get("/customers").headers["X-Total-Count"]


def test_a_retried_key_gets_the_first_response(api: requests.Session) -> None:
    first = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    second = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert _count(api) == "1"


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
    [("POST", "/customers", "Other"), ("PATCH", "/customers/1", "Acme"), ("POST", "/customers/1/contacts", "Acme")],
)
def test_a_key_used_for_another_request_is_refused(api: requests.Session, method: str, path: str, name: str) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    response = api.request(method, path, json={"name": name}, headers=KEY)
    assert response.status_code == 400
    assert response.json()["param"] == "Idempotency-Key"


def test_keys_are_separate_for_each_api_key(api: requests.Session) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    response = api.post("/customers", json={"name": "Acme"}, headers=KEY, auth=("another", ""))
    assert "Idempotent-Replayed" not in response.headers
    assert _count(api) == "2"


def test_an_error_response_is_not_stored(api: requests.Session) -> None:
    assert api.post("/customers", json={}, headers=KEY).status_code == 400
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).status_code == 201


def test_without_idempotency_the_key_is_ignored() -> None:
    session = requests.Session()
    session.mount("http://emulator.invalid", Emulator(idempotency=False).adapter())
    for id in (1, 2):
        response = session.post(
            "http://emulator.invalid/customers", json={"name": "Acme"}, headers=KEY, auth=("key", "")
        )
        assert response.json()["id"] == id


def test_the_data_file_has_the_idempotency_keys_but_not_the_credentials(tmp_path: Path) -> None:
    responses = []
    for _ in range(2):
        with Emulator(data=tmp_path / "data.db") as emulator:
            url = f"{emulator.url}/customers"
            responses.append(requests.post(url, json={"name": "Acme"}, headers=KEY, auth=("sk_secret", "")))
    assert responses[0].json() == responses[1].json()
    assert b"sk_secret" not in (tmp_path / "data.db").read_bytes()
