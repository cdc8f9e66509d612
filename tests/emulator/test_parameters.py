"""Parameters in JSON and forms: parsing, validation, and the invalid parameter in the error."""

from __future__ import annotations

from typing import Any

import pytest
import requests


def _check_refused(response: requests.Response, param: str | None) -> str:
    """Check that the request was refused because of the parameter, and return the message."""
    body = response.json()
    assert response.status_code == 400
    assert body["type"] == "invalid_request"
    assert body.get("param") == param
    assert set(body) == {"type", "message"} | ({"param"} if param else set())
    message: str = body["message"]
    return message


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({}, "name", "The parameter name is required."),
        ({"name": ""}, "name", "The parameter name is required."),
        ({"name": None}, "name", "The parameter name is required."),
        ({"name": 5}, "name", "The parameter name must be text."),
        ({"name": "ü" * 128}, "name", "The parameter name must have at most 255 bytes."),
        ({"name": "A", "number": 42}, "number", "The parameter number must be text or null."),
        ({"name": "A", "number": "ü" * 17}, "number", "The parameter number must have at most 32 bytes."),
        (
            {"name": "A", "credit_balance": 5},
            None,
            "The property credit_balance is read-only: remove it from the request.",
        ),
        ({"name": "A", "created_at": 5}, None, "The property created_at is read-only: remove it from the request."),
        ({"name": "A", "autopay": "yes"}, "autopay", "The parameter autopay must be true or false."),
        ({"name": "A", "autopay": 2}, "autopay", "The parameter autopay must be true or false."),
        ({"name": "A", "email": []}, "email", "The parameter email must be text or null."),
        ({"name": "A", "owner": "me"}, "owner", "The parameter owner must be a whole number or null."),
        ({"name": "A", "owner": 2**63}, "owner", "The parameter owner must be a whole number or null."),
        ({"name": "A", "taxes": "1"}, "taxes", "The parameter taxes must be a list."),
        ({"name": "A", "taxes": [None]}, "taxes", "The parameter taxes[0] must be text or a whole number."),
    ],
)
def test_the_error_names_the_invalid_parameter(
    api: requests.Session, body: dict[str, Any], param: str, message: str
) -> None:
    assert _check_refused(api.post("/customers", json=body), param) == message
    assert api.get("/customers").headers["X-Total-Count"] == "0"


@pytest.mark.parametrize(
    ("path", "id", "what"),
    [
        ("/plans", "a", "at least 2 characters: letters, digits, _, :, -"),
        ("/plans", "a b", "at least 2 characters: letters, digits, _, :, -"),
        ("/custom_fields", "a", "2 to 40 characters: letters, digits, _, -"),
    ],
)
def test_the_error_says_which_ids_are_valid(api: requests.Session, path: str, id: str, what: str) -> None:
    body = {"id": id, "name": "A", "amount": 1, "interval": "month", "interval_count": 1}
    if path == "/custom_fields":
        body = {"id": id, "name": "A", "object": "customer", "type": "string"}
    assert _check_refused(api.post(path, json=body), "id") == f"The parameter id must have {what}."


@pytest.mark.parametrize("name", ["expand", "include", "exclude"])
def test_a_list_of_names_is_text_with_commas(api: requests.Session, name: str) -> None:
    message = _check_refused(api.get(f"/invoices?{name}[]=customer"), "query")
    assert message == f"The parameter {name} must be text, with commas: {name}=one,another."


def test_only_the_first_error_is_reported_and_what_is_wrong_comes_before_what_is_missing(api: requests.Session) -> None:
    message = _check_refused(api.post("/customers", json={"autopay": "yes"}), "autopay")
    assert message == "The parameter autopay must be true or false."
    body = {"autopay": "yes", "metadata": {"key": None}}
    assert "null" in _check_refused(api.post("/customers", json=body), "metadata")


def test_an_object_that_does_not_exist_comes_before_an_invalid_parameter(api: requests.Session) -> None:
    assert api.patch("/customers/9", json={"name": ""}).status_code == 404
    assert api.post("/customers/9/contacts", json={}).status_code == 404


def test_other_values_are_converted(api: requests.Session) -> None:
    body = {
        "name": "A",
        "autopay": 1,
        "chase": 0,
        "city": 5,
        "next_chase_step": "7",
        "sign_up_page": 7.9,
        "credit_limit": "1.5",
    }
    created = api.post("/customers", json=body).json()
    assert created.items() >= {"autopay": True, "chase": False, "city": "5", "credit_limit": 1.5}.items()
    assert (created["next_chase_step"], created["sign_up_page"]) == (7, 7)


def test_null_for_a_value_that_cannot_be_null_is_ignored_on_create(api: requests.Session) -> None:
    body = {"name": "A", "autopay": None, "taxes": None, "metadata": None, "number": ""}
    created = api.post("/customers", json=body).json()
    assert created["autopay"] is False
    assert (created["taxes"], created["metadata"]) == ([], {})
    assert created["number"] == "CUST-00001"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": None}, "The parameter name must be text."),
        ({"name": ""}, "The parameter name must have at least 1 byte."),
        ({"number": ""}, "The parameter number must have at least 1 byte."),
        ({"number": None}, "The parameter number must be text."),
    ],
)
def test_null_and_empty_text_for_a_value_that_cannot_be_null_are_refused_on_update(
    api: requests.Session, customer: dict[str, Any], body: dict[str, Any], message: str
) -> None:
    response = api.patch(f"/customers/{customer['id']}", json=body)
    assert _check_refused(response, *body) == message


def test_an_empty_string_becomes_null(api: requests.Session, customer: dict[str, Any]) -> None:
    updated = api.patch(f"/customers/{customer['id']}", json={"email": ""}).json()
    assert updated["email"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"name": "\\ud800"}',
        b'{"name": "A", "credit_limit": NaN}',
        b'{"name": "A", "credit_limit": -Infinity}',
        b'{"name": "A", "credit_limit": 1e99999999999999999999}',
        b'{"a":' * 100_000,
        b'{"name": "A", "owner": ' + b"9" * 5000 + b"}",
    ],
)
def test_malformed_json_is_refused_with_a_message_only(api: requests.Session, body: bytes) -> None:
    response = api.post("/customers", data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, list(response.json())) == (400, ["message"])


@pytest.mark.parametrize("body", ["[]", '"name"', "null", "5", "true", '["name"]'])
def test_json_that_is_not_an_object_has_no_known_parameters(api: requests.Session, body: str) -> None:
    response = api.post("/customers", data=body, headers={"Content-Type": "application/json"})
    assert _check_refused(response, "name") == "The parameter name is required."


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 400])
def test_a_number_out_of_range_is_refused(api: requests.Session, number: bytes) -> None:
    body = b'{"name": "A", "credit_limit": ' + number + b"}"
    _check_refused(api.post("/customers", data=body, headers={"Content-Type": "application/json"}), "credit_limit")


@pytest.mark.parametrize("content_type", ["text/plain", ""])
def test_json_is_recognized_by_its_content_type_only(api: requests.Session, content_type: str) -> None:
    response = api.post("/customers", data=b'{"name": "A"}', headers={"Content-Type": content_type})
    assert _check_refused(response, "name") == "The parameter name is required."


def test_a_form_is_parsed_like_json(api: requests.Session) -> None:
    form = {
        "name": "Café & Söhne",
        "email": "",
        "autopay": "1",
        "chase": "0",
        "network_connection": "-7",
        "credit_limit": "12.50",
        "taxes[]": ["vat", "none"],
        "disabled_payment_methods[0]": "credit_card",
        "metadata[region]": "west",
        "metadata[1]": "one",
    }
    vat = api.post("/tax_rates", json={"id": "vat", "name": "VAT", "value": 20}).json()
    response = api.post("/customers", data=form)
    assert response.status_code == 201
    expected = {
        "name": "Café & Söhne",
        "email": None,
        "autopay": True,
        "chase": False,
        "network_connection": -7,
        "credit_limit": 12.5,
        "taxes": [vat],
        "metadata": {"region": "west", "1": "one"},
    }
    assert {name: response.json()[name] for name in expected} == expected


def test_a_form_in_unescaped_utf_8_is_accepted(api: requests.Session) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = api.post("/customers", data="name=Café".encode(), headers=headers)
    assert response.json()["name"] == "Café"


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("name=A&autopay=2", "autopay"),
        ("name=A&autopay=false", "autopay"),
        ("name=A&owner=x", "owner"),
        ("name=A&credit_limit=1e5", "credit_limit"),
        ("name=A&taxes=1", "taxes"),
        ("name=A&taxes[a]=1", "taxes"),
        ("name[first]=A", "name"),
        ("name=A&name[first]=B", "name"),
        ("name=A&metadata[a]=1&metadata[a][b]=2", "metadata"),
        ("name=A&metadata[a][b]=2&metadata[a]=1", "metadata"),
        ("name=A&metadata" + "[a]" * 50_000 + "=1", "metadata"),
        ("name=%FF", None),
    ],
)
def test_an_invalid_form_is_refused(api: requests.Session, form: str, param: str | None) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _check_refused(api.post("/customers", data=form, headers=headers), param)


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("99999999999999.99", "99999999999999.99"),
        ("12345678901234567", "12345678901234567"),
        ("10.00", "10"),
        ("12.50", "12.5"),
        ("0.1", "0.1"),
        ("1E+3", "1000"),
        ("1E-40", "1E-40"),
        ("1E+40", "1E+40"),
    ],
)
def test_amounts_keep_every_digit_and_whole_amounts_have_no_fraction(
    api: requests.Session, sent: str, amount: str
) -> None:
    body = f'{{"name": "A", "credit_limit": {sent}}}'
    created = api.post("/customers", data=body, headers={"Content-Type": "application/json"})
    for response in (created, api.get("/customers/1")):
        assert f'"credit_limit":{amount},' in response.text


def test_a_filter_finds_an_amount_however_it_is_written(api: requests.Session) -> None:
    api.post("/customers", data={"name": "A", "credit_limit": "10.50"})
    for amount in ("10.5", "10.50"):
        assert len(api.get("/customers", params={"filter[credit_limit]": amount}).json()) == 1


def test_a_streamed_body_is_accepted(api: requests.Session) -> None:
    response = api.post(
        "/customers", data=iter([b'{"name":', b'"Acme"}']), headers={"Content-Type": "application/json"}
    )
    assert response.json()["name"] == "Acme"


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("name", ["O'Neil", '"quoted"', "a\\b", "日本", "x\ny", "a\x00b", "'; DROP TABLE records"])
def test_any_text_is_stored_unchanged(api: requests.Session, name: str) -> None:
    created = api.post("/customers", json={"name": name, "metadata": {name[:40]: name}}).json()
    assert api.get(f"/customers/{created['id']}").json()["name"] == name
    assert created["metadata"] == {name: name}
