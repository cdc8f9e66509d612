from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import create_environ

from invoiced.emulator import Emulator
from invoiced.emulator.routes import sent_path
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


def test_an_encoded_slash_belongs_to_the_id(api: requests.Session, customer: dict[str, Any]) -> None:
    answer = api.get(f"/customers/{customer['id']}%2Fcontacts")
    assert (answer.status_code, answer.json()["message"]) == (404, "No such customer: '1/contacts'")
    assert api.get(f"/%63ustomers/%3{customer['id']}").status_code == 200


def test_an_id_that_is_no_number_is_quoted(api: requests.Session) -> None:
    assert api.get("/customers/1%20").json()["message"] == "No such customer: '1 '"
    assert api.get("/customers/12").json()["message"] == "No such customer: 12"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/customers?page=1", 200),
        ("http://elsewhere.example:99/customers", 200),
        ("HTTPS://api.invoiced.com/customers?per_page=1", 200),
        ("//customers", 404),
        ("//customers/1", 404),
        ("*", 404),
        ("/customers/%ff", 404),
        ("/customers%2F1", 404),
    ],
)
def test_the_target_of_a_request_is_read_as_it_was_sent(emulator: Emulator, target: str, status: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    connection.request("GET", target, headers={"Authorization": "Bearer key"})
    answer = connection.getresponse()
    assert (answer.status, answer.reason) == (status, HTTPStatus(status).phrase)
    answer.read()
    connection.close()


def test_two_slashes_in_front_lead_nowhere_in_process() -> None:
    session = requests.Session()
    session.auth = ("key", "")
    session.mount("http://emulator.invalid", Emulator().adapter())
    answer = session.get("http://emulator.invalid//customers")
    assert (answer.status_code, answer.reason) == (404, "Not Found")


def test_a_server_that_does_not_tell_the_target_is_served_by_the_path() -> None:
    environ = create_environ("/customers/1/nothing")
    del environ["REQUEST_URI"]
    assert sent_path(environ) == "/customers/1/nothing"


@pytest.mark.parametrize("host", ["a b", "<host>", "host:port", "[::1", "ü"])
def test_a_host_that_is_none_is_refused(api: requests.Session, host: str) -> None:
    answer = api.get("/customers", headers={"Host": host.encode()})
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_request")


def test_a_method_that_a_path_does_not_know_is_405(api: requests.Session) -> None:
    answer = api.delete("/customers")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
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
    assert (api.head("/_emulator/outbox").status_code, api.head("/_emulator/outbox").content) == (200, b"")


def test_paths_of_the_emulator_itself_are_closed_to_other_methods(api: requests.Session) -> None:
    assert api.get("/_emulator/nothing").status_code == 404
    answer = api.post("/_emulator/outbox")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, GET, HEAD")


def test_a_failure_of_the_emulator_is_an_answer_in_json_and_undone(
    api: requests.Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "add", fail)
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
