from __future__ import annotations

from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator
from invoiced.emulator.store import Store


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/customers/", "/customers//1", "/customers/1/nothing", "/_emulator"]
)
def test_an_unknown_path_is_404_and_never_redirected(api: requests.Session, path: str) -> None:
    answer = api.get(path, allow_redirects=False)
    assert answer.status_code == 404
    assert answer.json()["type"] == "invalid_request"


@pytest.mark.parametrize("customer", ["abc", "1.5", "-1", "+1", "1%20", "٣", str(2**63), "9" * 30, "9"])
def test_an_id_of_no_customer_is_404(api: requests.Session, customer: str) -> None:
    answer = api.get(f"/customers/{customer}")
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("No such customer: ")


def test_a_method_that_a_path_does_not_know_is_405(api: requests.Session) -> None:
    answer = api.delete("/customers")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert api.get("/customers/1/emails").headers["Allow"] == "POST"


def test_an_operation_that_is_not_emulated_says_so(api: requests.Session) -> None:
    answer = api.get("/invoices")
    assert answer.status_code == 501
    assert answer.json() == {
        "type": "api",
        "message": "The emulator does not carry out Invoice.list (GET /invoices) yet.",
    }


def test_head_answers_as_get_without_the_body(api: requests.Session, customer: dict[str, Any]) -> None:
    head, get = api.head("/customers"), api.get("/customers")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["X-Total-Count"] == "1"


def test_paths_of_the_emulator_itself_are_closed_to_other_methods(api: requests.Session) -> None:
    assert api.get("/_emulator/nothing").status_code == 404
    answer = api.post("/_emulator/outbox")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, DELETE")


def test_a_failure_of_the_emulator_is_an_answer_in_json_and_undone(
    api: requests.Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Store, record_id: int, body: dict[str, Any]) -> None:
        raise RuntimeError("boom")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "write", fail)
        answer = api.post("/customers", json={"name": "Acme"})
    assert (answer.status_code, answer.json()["type"]) == (500, "api")
    assert "boom" in caplog.text
    assert api.get("/customers").json() == []
    assert api.post("/customers", json={"name": "Acme"}).status_code == 201


def test_reset_forgets_everything(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one"}
    api.post(f"/customers/{customer['id']}/emails", headers=key)
    emulator.set_balance(customer["id"], available_credits=1)
    api.get("/customers")
    assert api.post("/_emulator/reset").status_code == 204
    assert emulator.outbox == []
    assert api.get("/customers?page=2").status_code == 400
    again = api.post("/customers", json={"name": "Acme"}, headers=key).json()
    assert (again["id"], again["number"]) == (1, "CUST-0001")
    assert api.get("/customers/1/balance").json()["available_credits"] == 0
