"""What all responses of the API have in common: headers, the layout of JSON, and the types of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

CURL = {"User-Agent": "curl/8.5.0"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/customers", 200),
        ("HEAD", "/customers/1", 200),
        ("PATCH", "/customers/1", 200),
        ("POST", "/customers", 400),
        ("GET", "/customers/9", 404),
        ("PUT", "/customers", 405),
        ("POST", "/customers/1/consolidate_invoices", 500),
        ("DELETE", "/customers/1", 204),
    ],
)
def test_every_response_has_these_headers(
    api: requests.Session, customer: dict[str, Any], method: str, path: str, status: int
) -> None:
    response = api.request(method, path)
    assert response.status_code == status
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Invoiced"'
    assert response.headers["Cache-Control"] == "no-cache, no-store"
    assert len(response.headers["X-Request-Id"]) == len(response.headers["X-Correlation-Id"]) == 32
    assert response.headers.get("Content-Type") == (None if status == 204 else "application/json")


@pytest.mark.parametrize("auth", [("key", ""), ("", "")])
def test_ids_of_the_request_are_returned(api: requests.Session, auth: tuple[str, str]) -> None:
    ids = {"X-Request-Id": "r-1", "X-Correlation-Id": "c-1"}
    assert api.get("/customers", headers=ids, auth=auth).headers.items() >= ids.items()


def test_names_are_in_alphabetical_order_and_json_is_compact(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get("/customers/1")
    assert response.text == json.dumps(customer, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert list(customer) == sorted(customer)
    error = api.post("/customers", json={"name": 5}).text
    assert error == '{"message":"The parameter name must be text.","param":"name","type":"invalid_request"}'


def test_json_is_indented_for_curl(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get("/customers/1", headers=CURL)
    assert response.text == json.dumps(customer, indent=4)
    assert response.headers["Content-Length"] == str(len(response.content))
    assert api.get("/customers/9", headers=CURL).text.startswith('{\n    "message": ')
    assert api.get("/customers/1", headers={"User-Agent": "python curl"}).text.count("\n") == 0


def test_a_response_of_a_rule_is_sent_as_it_is(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", status=502, body={"b": 1, "a": 2})
    response = api.get("/customers", headers=CURL)
    assert response.text == '{"b": 1, "a": 2}'
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/customers", 400, "invalid_request"),
        ("GET", "/nothing", 404, "invalid_request"),
        ("DELETE", "/customers", 405, "invalid_request"),
        ("POST", "/customers/1/consolidate_invoices", 500, "api_error"),
    ],
)
def test_the_type_of_an_error_follows_from_its_status(
    api: requests.Session, customer: dict[str, Any], method: str, path: str, status: int, kind: str
) -> None:
    response = api.request(method, path)
    assert (response.status_code, response.json()["type"]) == (status, kind)


def test_an_error_without_a_parameter_has_no_param(api: requests.Session) -> None:
    assert api.get("/customers/9").json().keys() == {"type", "message"}
