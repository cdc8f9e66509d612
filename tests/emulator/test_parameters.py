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
        ({"name": "A", "emial": "a@b.c"}, "emial", "The parameter emial is not known."),
        ({"name": "A", "emial": None}, "emial", "The parameter emial is not known."),
        ({"name": "A", "id": 5}, "id", "The parameter id is not known."),
        ({"name": "A", "created_at": 5}, "created_at", "The parameter created_at is not known."),
        ({"name": "A", "autopay": "yes"}, "autopay", "The parameter autopay must be true or false."),
        ({"name": "A", "autopay": 1}, "autopay", "The parameter autopay must be true or false."),
        ({"name": "A", "email": True}, "email", "The parameter email must be text or null."),
        ({"name": "A", "owner": 1.5}, "owner", "The parameter owner must be a whole number or null."),
        ({"name": "A", "owner": 1.0}, "owner", "The parameter owner must be a whole number or null."),
        ({"name": "A", "owner": 2**63}, "owner", "The parameter owner must be a whole number or null."),
        ({"name": "A", "taxes": "1"}, "taxes", "The parameter taxes must be a list."),
        ({"name": "A", "taxes": [None]}, "taxes", "The parameter taxes[0] must be text or a whole number."),
        ({"name": "A", "metadata": []}, "metadata", "The parameter metadata must be an object."),
        (
            {"name": "A", "metadata": {str(key): "" for key in range(11)}},
            "metadata",
            "The parameter metadata must have at most 10 keys.",
        ),
        (
            {"name": "A", "metadata": {"k" * 41: ""}},
            "metadata",
            "The keys of metadata must have at most 40 characters.",
        ),
        (
            {"name": "A", "metadata": {"k": "v" * 256}},
            "metadata",
            "The parameter metadata[k] must have at most 255 characters.",
        ),
    ],
)
def test_the_error_names_the_invalid_parameter(
    api: requests.Session, body: dict[str, Any], param: str, message: str
) -> None:
    assert _check_refused(api.post("/customers", json=body), param) == message
    assert api.get("/customers").headers["X-Total-Count"] == "0"


def test_the_error_does_not_name_a_parameter_if_several_are_invalid(api: requests.Session) -> None:
    message = _check_refused(api.post("/customers", json={"emial": "a@b.c", "autopay": "yes"}), None)
    for sentence in ("name is required.", "emial is not known.", "autopay must be true or false."):
        assert sentence in message


def test_metadata_within_the_limits_is_stored(api: requests.Session) -> None:
    metadata = {f"{key}{'k' * 39}": "v" * 255 for key in range(10)}
    assert api.post("/customers", json={"name": "A", "metadata": metadata}).json()["metadata"] == metadata


def test_null_for_a_value_that_cannot_be_null_is_ignored_on_create(api: requests.Session) -> None:
    body = {"name": "A", "autopay": None, "taxes": None, "metadata": None, "number": ""}
    created = api.post("/customers", json=body).json()
    assert created["autopay"] is False
    assert (created["taxes"], created["metadata"]) == ([], {})
    assert created["number"] == "CUST-00001"


@pytest.mark.parametrize("value", [None, ""])
def test_null_for_a_value_that_cannot_be_null_is_refused_on_update(
    api: requests.Session, customer: dict[str, Any], value: str | None
) -> None:
    response = api.patch(f"/customers/{customer['id']}", json={"name": value})
    assert _check_refused(response, "name") == "The parameter name must be text."


def test_an_empty_string_becomes_null(api: requests.Session, customer: dict[str, Any]) -> None:
    updated = api.patch(f"/customers/{customer['id']}", json={"email": ""}).json()
    assert updated["email"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"name"',
        b"null",
        b"\xff",
        b'{"name": "\\ud800"}',
        b'{"name": "A", "credit_limit": NaN}',
        b'{"name": "A", "credit_limit": -Infinity}',
        b'{"name": "A", "credit_limit": 1e99999999999999999999}',
        b'{"a":' * 100_000,
        b'{"name": "A", "owner": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(api: requests.Session, body: bytes) -> None:
    _check_refused(api.post("/customers", data=body, headers={"Content-Type": "application/json"}), None)


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 400])
def test_a_number_out_of_range_is_refused(api: requests.Session, number: bytes) -> None:
    body = b'{"name": "A", "credit_limit": ' + number + b"}"
    _check_refused(api.post("/customers", data=body, headers={"Content-Type": "application/json"}), "credit_limit")


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_a_body_with_another_content_type_is_refused(api: requests.Session, content_type: str) -> None:
    response = api.post("/customers", data=b'{"name": "A"}', headers={"Content-Type": content_type})
    assert "application/json" in _check_refused(response, None)


def test_an_unexpected_body_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.delete(f"/customers/{customer['id']}", json={"force": True})
    _check_refused(response, "force")
    assert api.get(f"/customers/{customer['id']}").status_code == 200


def test_a_form_is_parsed_like_json(api: requests.Session) -> None:
    form = {
        "name": "Café & Söhne",
        "email": "",
        "autopay": "1",
        "chase": "false",
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
        ("name=A&owner=1.0", "owner"),
        ("name=A&owner=x", "owner"),
        ("name=A&credit_limit=1e5", "credit_limit"),
        ("name=A&taxes=1", "taxes"),
        ("name=A&taxes[a]=1", "taxes"),
        ("name[first]=A", "name"),
        ("name=A&name[first]=B", "name"),
        ("name=A&metadata[a]=1&metadata[a][b]=2", "metadata"),
        ("name=A&metadata[a][b]=2&metadata[a]=1", "metadata"),
        ("name=A&metadata" + "[a]" * 50_000 + "=1", "metadata"),
        ("name=A&metadata[a=1", "metadata[a"),
        ("name=A&[a]=1", "[a]"),
        ("name=%FF", None),
    ],
)
def test_an_invalid_form_is_refused(api: requests.Session, form: str, param: str | None) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _check_refused(api.post("/customers", data=form, headers=headers), param)


def test_amounts_keep_every_digit(api: requests.Session) -> None:
    headers = {"Content-Type": "application/json"}
    for amount in ("99999999999999.99", "10.00", "0.1", "1E+3", "-0.0", "12345678901234567"):
        body = f'{{"name": "A", "credit_limit": {amount}}}'
        created = api.post("/customers", data=body, headers=headers)
        retrieved = api.get(f"/customers/{created.json()['id']}")
        for response in (created, retrieved):
            assert f'"credit_limit": {amount},' in response.text
    created = api.post("/customers", data={"name": "A", "credit_limit": "99999999999999.90"})
    assert '"credit_limit": 99999999999999.90,' in created.text
    found = api.get("/customers", params={"filter[credit_limit]": "10.0", "sort": "credit_limit"})
    assert '"credit_limit": 10.00,' in found.text


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
