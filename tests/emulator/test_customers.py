from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import requests


def test_a_new_customer_has_the_defaults_of_the_reference(api: requests.Session) -> None:
    response = api.post("/customers", json={"name": "Acme"})
    assert response.status_code == 201
    created = response.json()
    origin = response.url.removesuffix("/customers")
    assert re.fullmatch(rf"{re.escape(origin)}/statements/[0-9a-f]{{24}}/pdf", created.pop("statement_pdf_url"))
    expected = {
        "id": 1,
        "object": "customer",
        "name": "Acme",
        "number": "CUST-00001",
        "email": None,
        "autopay": False,
        "payment_terms": None,
        "payment_source": None,
        "taxes": [],
        "type": "company",
        "country": "US",
        "chase": True,
        "credit_hold": False,
        "credit_limit": None,
        "taxable": True,
        "disabled_payment_methods": [],
        "sign_up_url": None,
        "created_at": 1415222128,
        "updated_at": 1415222128,
        "metadata": {},
    }
    assert {name: created[name] for name in expected} == expected


def test_the_request_of_the_reference_gets_the_response_of_the_reference(api: requests.Session) -> None:
    request = {"name": "Acme", "email": "billing@acmecorp.com", "payment_terms": "NET 30", "type": "company"}
    created = api.post("/customers", json=request).json()
    assert request.items() <= created.items()
    assert list(created)[:4] == ["id", "object", "name", "number"]


def test_a_created_customer_can_be_retrieved(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get(f"/customers/{customer['id']}")
    assert response.status_code == 200
    assert response.json() == customer


def test_generated_numbers_are_consecutive_and_skip_numbers_in_use(api: requests.Session) -> None:
    api.post("/customers", json={"name": "Taken", "number": "CUST-00002"})
    numbers = [api.post("/customers", json={"name": "Acme"}).json()["number"] for _ in range(3)]
    assert numbers == ["CUST-00001", "CUST-00003", "CUST-00004"]


def test_the_number_of_a_deleted_customer_is_not_generated_again(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    api.delete(f"/customers/{customer['id']}")
    second = api.post("/customers", json={"name": "Acme"}).json()
    assert (second["id"], second["number"]) == (customer["id"] + 1, "CUST-00002")


def test_a_number_in_use_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.post("/customers", json={"name": "Other", "number": customer["number"]})
    assert response.status_code == 400
    assert response.json() == {
        "type": "invalid_request",
        "message": "Another customer already has the number CUST-00001.",
        "param": "number",
    }
    other = api.post("/customers", json={"name": "Other"}).json()
    response = api.patch(f"/customers/{other['id']}", json={"number": customer["number"]})
    assert (response.status_code, response.json()["param"]) == (400, "number")
    assert api.get(f"/customers/{other['id']}").json() == other


def test_a_customer_keeps_its_own_number(api: requests.Session, customer: dict[str, Any]) -> None:
    assert api.patch(f"/customers/{customer['id']}", json={"number": "CUST-00001"}).status_code == 200


def test_an_update_changes_the_passed_fields_and_updated_at(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    clock.now += 60
    changes = {"payment_terms": "NET 14", "email": None, "metadata": {"rep": "Jan"}, "taxes": [1, "vat"]}
    response = api.patch(f"/customers/{customer['id']}", json=changes)
    assert response.status_code == 200
    assert response.json() == {**customer, **changes, "updated_at": clock.now}
    assert api.get(f"/customers/{customer['id']}").json() == response.json()


def test_an_update_replaces_metadata_and_lists(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    api.patch(path, json={"metadata": {"a": "1", "b": "2"}, "taxes": ["x", "y"]})
    updated = api.patch(path, json={"metadata": {"b": "3"}, "taxes": ["z"]}).json()
    assert (updated["metadata"], updated["taxes"]) == ({"b": "3"}, ["z"])


def test_a_stripe_token_becomes_a_card_and_is_not_stored(api: requests.Session) -> None:
    created = api.post("/customers", json={"name": "Acme", "stripe_token": "tok_1"}).json()
    card = {"object": "card", "brand": "Visa", "last4": "4242", "exp_month": 2, "exp_year": 20, "funding": "credit"}
    assert "stripe_token" not in created
    assert created["payment_source"] == {"id": created["id"] + 1, **card}
    updated = api.patch(f"/customers/{created['id']}", json={"stripe_token": "tok_2"}).json()
    assert updated["payment_source"] == {"id": created["id"] + 2, **card}


def test_deleting_a_customer_deletes_its_contacts_and_balance(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    contact = api.post(f"{path}/contacts", json={"name": "Nancy"}).json()
    response = api.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response.headers
    message = {"type": "invalid_request", "message": f"No such customer: {customer['id']}"}
    assert api.get(f"{path}/contacts").json() == []
    for deleted in (path, f"{path}/contacts/{contact['id']}", f"{path}/balance"):
        response = api.get(deleted)
        assert (response.status_code, response.json()) == (404, message)
    assert api.delete(path).status_code == 404


def test_a_parent_customer_can_be_expanded(api: requests.Session, customer: dict[str, Any]) -> None:
    child = api.post("/customers", json={"name": "Child", "parent_customer": customer["id"]}).json()
    path = f"/customers/{child['id']}"
    assert api.get(path).json()["parent_customer"] == customer["id"]
    assert api.get(path, params={"expand": "parent_customer"}).json()["parent_customer"] == customer
    listed = api.get("/customers", params={"expand": "parent_customer"}).json()
    assert [record["parent_customer"] for record in listed] == [None, customer]


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("expand", ["sign_up_page", "name", "nothing", "parent_customer,nothing", "a.b"])
def test_a_field_that_cannot_be_expanded_is_refused(
    api: requests.Session, customer: dict[str, Any], expand: str
) -> None:
    response = api.get(f"/customers/{customer['id']}", params={"expand": expand})
    assert (response.status_code, response.json()["param"]) == (400, "expand")


def test_null_means_the_default_of_a_field_that_is_never_null(api: requests.Session) -> None:
    created = api.post("/customers", json={"name": "Acme", "country": None, "type": None}).json()
    assert (created["country"], created["type"]) == ("US", "company")
    path = f"/customers/{created['id']}"
    assert api.patch(path, json={"country": "DE"}).json()["country"] == "DE"
    assert api.patch(path, json={"country": None}).json()["country"] == "US"


def test_a_payment_source_of_a_new_customer_is_501(api: requests.Session) -> None:
    response = api.post("/customers", json={"name": "Acme", "payment_source": {"method": "credit_card"}})
    assert (response.status_code, response.json()["param"]) == (501, "payment_source")
