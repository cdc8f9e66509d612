from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

KEY = {"Idempotency-Key": "one"}


def _count(api: requests.Session) -> str:
    return api.get("/customers").headers["X-Total-Count"]


def test_a_key_used_again_has_the_first_answer_again(api: requests.Session) -> None:
    first = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    again = api.post("/customers", json={"name": "Acme"}, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert _count(api) == "1"


def test_a_repeated_update_does_not_undo_a_later_one(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    api.patch(path, json={"city": "Graz"}, headers=KEY)
    api.patch(path, json={"city": "Linz"})
    assert api.patch(path, json={"city": "Graz"}, headers=KEY).json()["city"] == "Graz"
    assert api.get(path).json()["city"] == "Linz"


def test_a_repeated_statement_is_sent_once(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/emails"
    assert api.post(path, headers=KEY).json() == api.post(path, headers=KEY).json()
    assert len(emulator.outbox) == 1


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [("POST", "/customers", "Other"), ("PATCH", "/customers/1", "Acme"), ("POST", "/customers/1/contacts", "Acme")],
)
def test_a_key_used_for_another_request_is_refused(api: requests.Session, method: str, path: str, name: str) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    answer = api.request(method, path, json={"name": name}, headers=KEY)
    assert answer.status_code == 400
    assert answer.json()["param"] == "Idempotency-Key"


def test_keys_belong_to_credentials(api: requests.Session) -> None:
    api.post("/customers", json={"name": "Acme"}, headers=KEY)
    answer = api.post("/customers", json={"name": "Acme"}, headers=KEY, auth=("another", ""))
    assert "Idempotent-Replayed" not in answer.headers
    assert _count(api) == "2"


def test_a_refusal_is_not_remembered(api: requests.Session) -> None:
    assert api.post("/customers", json={}, headers=KEY).status_code == 400
    assert api.post("/customers", json={"name": "Acme"}, headers=KEY).status_code == 201


def test_without_idempotency_a_key_means_nothing() -> None:
    session = requests.Session()
    session.mount("http://emulator.invalid", Emulator(idempotency=False).adapter())
    for identity in (1, 2):
        answer = session.post("http://emulator.invalid/customers", json={"name": "Acme"}, headers=KEY, auth=("key", ""))
        assert answer.json()["id"] == identity


def test_keys_are_kept_in_the_data_file_but_credentials_are_not(tmp_path: Path) -> None:
    answers = []
    for _ in range(2):
        with Emulator(data=tmp_path / "data.db") as emulator:
            url = f"{emulator.url}/customers"
            answers.append(requests.post(url, json={"name": "Acme"}, headers=KEY, auth=("sk_secret", "")))
    assert answers[0].json() == answers[1].json()
    assert b"sk_secret" not in (tmp_path / "data.db").read_bytes()
