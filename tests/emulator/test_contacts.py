from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests


@pytest.fixture
def contacts(customer: dict[str, Any]) -> str:
    """Return the path of the customer's contacts."""
    return f"/customers/{customer['id']}/contacts"


def test_a_new_contact_has_the_defaults_of_the_reference(api: requests.Session, contacts: str) -> None:
    response = api.post(contacts, json={"name": "Nancy Talty", "email": "nancy.talty@example.com"})
    assert response.status_code == 201
    assert response.json() == {
        "id": 2,
        "object": "contact",
        "name": "Nancy Talty",
        "title": None,
        "email": "nancy.talty@example.com",
        "phone": None,
        "primary": True,
        "sms_enabled": False,
        "department": None,
        "address1": None,
        "address2": None,
        "city": None,
        "state": None,
        "postal_code": None,
        "country": "US",
        "send_new_invoices": False,
        "role": None,
        "role_id": None,
        "customer": 1,
        "customer_id": 1,
        "created_at": 1415222128,
        "updated_at": 1415222128,
    }


def test_a_contact_can_be_retrieved_updated_and_deleted(
    api: requests.Session, contacts: str, clock: SimpleNamespace
) -> None:
    contact = api.post(contacts, json={"name": "Nancy"}).json()
    path = f"{contacts}/{contact['id']}"
    assert api.get(path).json() == contact
    clock.now += 1
    updated = api.patch(path, json={"primary": False, "city": "Oklahoma City"}).json()
    assert updated == {**contact, "primary": False, "city": "Oklahoma City", "updated_at": clock.now}
    assert api.get(contacts).json() == [updated]
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert api.get(contacts).json() == []


def test_a_contact_belongs_to_one_customer(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy"}).json()
    other = api.post("/customers", json={"name": "Other"}).json()
    for response in (
        api.get(f"/customers/{other['id']}/contacts/{contact['id']}"),
        api.patch(f"/customers/{other['id']}/contacts/{contact['id']}", json={"name": "Eve"}),
        api.delete(f"/customers/{other['id']}/contacts/{contact['id']}"),
    ):
        assert response.status_code == 404
        assert response.json()["message"] == f"Contact was not found: {contact['id']}"
    assert api.get(f"/customers/{other['id']}/contacts").json() == []


def test_a_contact_is_not_a_customer(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy"}).json()
    assert api.get(f"/customers/{contact['id']}").status_code == 404


def test_an_unknown_customer_has_no_contacts_and_cannot_get_any(api: requests.Session) -> None:
    listed = api.get("/customers/9/contacts")
    assert (listed.status_code, listed.json(), listed.headers["X-Total-Count"]) == (200, [], "0")
    for response in (api.post("/customers/9/contacts", json={"name": "Nancy"}), api.get("/customers/9/contacts/1")):
        assert (response.status_code, response.json()["message"]) == (404, "Customer was not found: 9")


def test_contacts_can_be_filtered_and_sorted(api: requests.Session, contacts: str) -> None:
    for name, primary in (("Nancy", True), ("Bob", False), ("Carl", True)):
        api.post(contacts, json={"name": name, "primary": primary})
    response = api.get(contacts, params={"filter[primary]": "1", "sort": "name asc"})
    assert [contact["name"] for contact in response.json()] == ["Carl", "Nancy"]


def test_a_query_parameter_of_customers_is_ignored_for_contacts(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy"}).json()
    assert api.get(contacts, params={"updated_after": 2**32}).json() == [contact]


def test_a_contact_has_the_country_of_the_customer_by_default(api: requests.Session) -> None:
    customer = api.post("/customers", json={"name": "Acme", "country": "at"}).json()
    path = f"/customers/{customer['id']}/contacts"
    assert api.post(path, json={"name": "Nancy"}).json()["country"] == "AT"
    assert api.post(path, json={"name": "Zoe", "country": "de"}).json()["country"] == "de"


def test_the_address_of_a_contact_is_trimmed_and_in_lower_case(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy", "email": " Nancy@Example.com "}).json()
    assert contact["email"] == "nancy@example.com"
    for invalid in ("nowhere", "a@example.com, b@example.com"):
        response = api.patch(f"{contacts}/{contact['id']}", json={"email": invalid})
        assert (response.status_code, response.json()["param"]) == (400, "email")


def test_a_customer_has_at_most_100_contacts(api: requests.Session, contacts: str) -> None:
    for number in range(100):
        assert api.post(contacts, json={"name": f"Contact {number}"}).status_code == 201
    assert api.post(contacts, json={"name": "One more"}).status_code == 400
    other = api.post("/customers", json={"name": "Other"}).json()
    assert api.post(f"/customers/{other['id']}/contacts", json={"name": "Nancy"}).status_code == 201


def test_the_customer_of_a_contact_cannot_be_changed(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy"}).json()
    updated = api.patch(f"{contacts}/{contact['id']}", json={"customer_id": 99}).json()
    assert (updated["customer"], updated["customer_id"]) == (1, 1)


def test_the_role_of_a_contact_is_returned_twice(api: requests.Session, contacts: str) -> None:
    contact = api.post(contacts, json={"name": "Nancy", "role": 7}).json()
    assert (contact["role"], contact["role_id"]) == (7, 7)
