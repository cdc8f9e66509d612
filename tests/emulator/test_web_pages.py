"""Requests of web pages: a page that is open in a browser of this machine changes nothing, and reads nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request
from werkzeug.test import create_environ

from invoiced.emulator import Emulator
from invoiced.emulator.errors import ApiError
from invoiced.emulator.server.entrance import _check_site

AUTH = ("key", "")
OTHER_SITES = [
    {"Origin": "http://evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "file://"},
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "none, cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
]
REQUESTS = [
    ("GET", "/_emulator/snapshot"),
    ("GET", "/_emulator/outbox"),
    ("GET", "/_emulator/requests"),
    ("POST", "/_emulator/faults"),
    ("DELETE", "/_emulator/faults"),
    ("POST", "/_emulator/reset"),
    ("PUT", "/_emulator/clock"),
    ("GET", "/customers"),
    ("POST", "/customers"),
    ("POST", "/nothing"),
    ("OPTIONS", "/customers"),
]


@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
def test_a_page_of_another_site_neither_changes_nor_reads_anything(emulator: Emulator, headers: dict[str, str]) -> None:
    for method, path in REQUESTS:
        body = {"request": "* /**", "status": 500, "now": 1, "name": "Acme"}
        response = requests.request(method, emulator.url + path, json=body, headers=headers, auth=AUTH)
        assert response.status_code == 403, (method, path)
        assert response.json()["message"].startswith("The emulator refuses requests of web pages (")
        assert not [name for name in response.headers if name.startswith("Access-Control")]
    assert (emulator.faults, list(emulator.requests), emulator.now) == ([], [], 1415222128)
    assert requests.get(f"{emulator.url}/customers", auth=AUTH).json() == []


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_request_of_a_program_or_of_the_emulator_itself_is_served(emulator: Emulator, site: str | None) -> None:
    for origin in (None, emulator.url, emulator.url.upper()):
        headers = {"Origin": origin, "Sec-Fetch-Site": site}
        assert requests.post(f"{emulator.url}/_emulator/reset", headers=headers).status_code == 204


def test_a_page_that_asks_first_gets_no_permission(emulator: Emulator) -> None:
    headers = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    response = requests.options(f"{emulator.url}/_emulator/clock", headers=headers)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_the_link_to_a_statement_can_be_clicked_but_not_read_by_a_page(emulator: Emulator) -> None:
    customer = requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=AUTH).json()
    for mode, destination, status in (
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("cors", "empty", 403),
    ):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
        assert requests.get(customer["statement_pdf_url"], headers=headers).status_code == status


@given(origin=st.text(max_size=30) | st.from_regex(r"\Ahttps?://[a-z0-9.-]{1,20}(:[0-9]{1,5})?\Z"))
def test_only_the_own_origin_is_served(origin: str) -> None:
    environ = create_environ("/customers", "http://localhost:8065", headers={"Origin": "http://localhost:8065"})
    _check_site(Request(environ))
    if origin.lower() != "http://localhost:8065":
        with pytest.raises(ApiError) as raised:
            _check_site(Request({**environ, "HTTP_ORIGIN": origin}))
        assert (raised.value.status, raised.value.message.isprintable()) == (403, True)


FORMS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain;application/json"]


@pytest.mark.parametrize("content_type", [*FORMS, "text/plain, application/json", "application/jsonx", "x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "faults"),
        ("POST", "blocked"),
        ("POST", "reset"),
        ("PUT", "clock"),
        ("PUT", "snapshot"),
        ("PUT", "customers/1/balance"),
        ("DELETE", "outbox"),
    ],
)
def test_what_a_form_can_send_is_refused_by_the_emulator_itself(
    api: requests.Session, emulator: Emulator, customer: Any, method: str, path: str, content_type: str
) -> None:
    for body in (b"", b'{"request": "* /**", "status": 500, "now": 1, "email": "a@example.com", "due_now": 1}'):
        response = api.request(method, f"/_emulator/{path}", data=body, headers={"Content-Type": content_type})
        assert response.status_code == 415
        assert ascii(content_type) in response.json()["message"]
    assert (emulator.faults, emulator.now) == ([], 1415222128)
    assert api.get("/customers").json() == [customer]


def test_a_body_without_a_type_is_refused_unless_a_page_has_to_ask_first(api: requests.Session) -> None:
    assert api.post("/_emulator/faults", data=b'{"request": "* /**", "status": 500}').status_code == 415
    assert api.post("/_emulator/reset", data=b"{}").status_code == 415
    assert api.put("/_emulator/clock", data=b'{"now": 1}').json() == {"now": 1}
    assert api.put("/_emulator/snapshot", data=b"\n").status_code == 204


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_accepted_by_the_emulator_itself(api: requests.Session, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert api.put("/_emulator/clock", data=b'{"now": 1}', headers=headers).json() == {"now": 1}
    assert api.put("/_emulator/snapshot", data=b"\n", headers=headers).status_code == 204
    assert api.put("/_emulator/snapshot", data=b"\n", headers={"Content-Type": "application/x-ndjson"}).ok
    assert api.post("/_emulator/reset", headers=headers).status_code == 204


def test_the_requests_to_the_emulator_itself_are_listed(emulator: Emulator) -> None:
    listed = requests.get(f"{emulator.url}/_emulator/")
    assert (listed.status_code, listed.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    lines = [line.split(maxsplit=2) for line in listed.text.splitlines()]
    assert ["PUT", "/_emulator/customers/{customer_id}/balance"] in [line[:2] for line in lines]
    for method, path, _ in lines:
        others = {"GET", "PUT", "POST", "DELETE"} - {each[0] for each in lines if each[1] == path}
        assert requests.request(min(others), emulator.url + path).status_code == 405, (method, path)
    assert requests.post(f"{emulator.url}/_emulator/").status_code == 405
    assert requests.get(f"{emulator.url}/_emulator/nothing").status_code == 404
