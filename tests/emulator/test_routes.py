from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import create_environ

from invoiced.emulator import Emulator
from invoiced.emulator.protocol.routes import sent_path
from invoiced.emulator.storage.store import Store


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/customers/", "/customers//1", "/customers/1/nothing", "/_emulator"]
)
def test_an_unknown_path_is_404_and_not_redirected(api: requests.Session, path: str) -> None:
    response = api.get(path, allow_redirects=False)
    assert response.status_code == 404
    assert response.json()["type"] == "invalid_request"


@pytest.mark.parametrize("customer", ["abc", "1.5", "-1", "+1", "1%20", "٣", str(2**63), "9" * 30, "9"])
def test_an_unknown_customer_is_404(api: requests.Session, customer: str) -> None:
    response = api.get(f"/customers/{customer}")
    assert response.status_code == 404
    assert response.json()["message"].startswith("Customer was not found: ")


def test_an_encoded_slash_is_part_of_the_id(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get(f"/customers/{customer['id']}%2Fcontacts")
    assert (response.status_code, response.json()["message"]) == (404, "Customer was not found: 1/contacts")
    assert api.get(f"/%63ustomers/%3{customer['id']}").status_code == 200


def test_the_message_of_a_404_names_the_object_and_its_id(api: requests.Session) -> None:
    message = api.get("/credit_notes/12").json()
    assert message == {"type": "invalid_request", "message": "Credit note was not found: 12"}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/customers?page=1", 200),
        ("http://localhost:99/customers", 200),
        ("HTTPS://127.0.0.1/customers?per_page=1", 200),
        ("//customers", 404),
        ("//customers/1", 404),
        ("*", 404),
        ("/customers/%ff", 404),
        ("/customers%2F1", 404),
    ],
)
def test_the_request_target_is_not_normalized(emulator: Emulator, target: str, status: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    connection.request("GET", target, headers={"Authorization": "Bearer key"})
    response = connection.getresponse()
    assert (response.status, response.reason) == (status, HTTPStatus(status).phrase)
    response.read()
    connection.close()


def test_a_path_with_two_leading_slashes_is_404_in_process() -> None:
    session = requests.Session()
    session.auth = ("key", "")
    session.mount("http://emulator.invalid", Emulator().adapter())
    response = session.get("http://emulator.invalid//customers")
    assert (response.status_code, response.reason) == (404, "Not Found")


def test_the_path_is_used_if_the_server_does_not_provide_the_request_target() -> None:
    environ = create_environ("/customers/1/nothing")
    del environ["REQUEST_URI"]
    assert sent_path(environ) == "/customers/1/nothing"


@pytest.mark.parametrize("host", ["a b", "<host>", "host:port", "[::1", "ü"])
def test_an_invalid_host_is_refused(api: requests.Session, host: str) -> None:
    response = api.get("/customers", headers={"Host": host.encode()})
    assert (response.status_code, response.json()["type"]) == (400, "invalid_request")


def test_an_unsupported_method_is_405_without_an_allow_header(api: requests.Session) -> None:
    response = api.delete("/customers")
    message = {"type": "invalid_request", "message": "/customers supports only GET, HEAD, POST."}
    assert (response.status_code, response.json()) == (405, message)
    assert "Allow" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/notes/1", 405),
        ("POST", "/customers/1/notes", 405),
        ("GET", "/customers/1/notes/2", 404),
        ("GET", "/customer_chasing_cadences", 404),
        ("GET", "/late_fee_schedules/1", 405),
        ("POST", "/merchant_accounts", 405),
        ("GET", "/webhooks/1", 405),
        ("GET", "/customers/1/payment_sources/2", 404),
    ],
)
def test_a_call_for_which_the_service_has_no_route_is_404_or_405(
    api: requests.Session, method: str, path: str, status: int
) -> None:
    assert api.request(method, path).status_code == status


def test_head_responds_like_get_without_a_body(api: requests.Session, customer: dict[str, Any]) -> None:
    head, get = api.head("/customers"), api.get("/customers")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["X-Total-Count"] == "1"
    assert (api.head("/_emulator/outbox").status_code, api.head("/_emulator/outbox").content) == (200, b"")


def test_paths_of_the_emulator_itself_refuse_unsupported_methods(api: requests.Session) -> None:
    assert api.get("/_emulator/nothing").status_code == 404
    response = api.post("/_emulator/outbox")
    assert (response.status_code, "only DELETE, GET, HEAD." in response.text) == (405, True)


def test_an_internal_error_is_a_json_response_and_is_rolled_back(
    api: requests.Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "add", fail)
        response = api.post("/customers", json={"name": "Acme"})
    assert (response.status_code, response.json()["type"]) == (500, "api_error")
    assert "boom" in caplog.text
    assert api.get("/customers").json() == []
    assert api.post("/customers", json={"name": "Acme"}).status_code == 201


def test_reset_deletes_everything(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "key-0001"}
    api.post(f"/customers/{customer['id']}/emails", headers=key)
    emulator.set_balance(customer["id"], available_credits=1)
    assert api.get("/customers").headers["X-Total-Count"] == "1"
    assert api.post("/_emulator/reset").status_code == 204
    assert emulator.outbox == []
    assert api.get("/customers?page=2").headers["X-Total-Count"] == "0"
    created = api.post("/customers", json={"name": "Acme"}, headers=key).json()
    assert (created["id"], created["number"]) == (1, "CUST-00001")
    assert api.get("/customers/1/balance").json()["available_credits"] == 0
