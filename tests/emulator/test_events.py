"""Events of the emulator: what has happened in the account (core.md, H1 to H4)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

START = 1415222128


@pytest.fixture
def account(api: requests.Session, clock: SimpleNamespace) -> SimpleNamespace:
    """Create two customers, one of which has a contact and an invoice, a minute after the other."""
    acme = api.post("/customers", json={"name": "Acme"}).json()["id"]
    clock.now += 60
    bolt = api.post("/customers", json={"name": "Bolt"}).json()["id"]
    contact = api.post(f"/customers/{bolt}/contacts", json={"name": "Ann"}).json()["id"]
    invoice = api.post("/invoices", json={"customer": bolt, "items": [{"unit_cost": 5}]}).json()["id"]
    return SimpleNamespace(acme=acme, bolt=bolt, contact=contact, invoice=invoice)


def types(api: requests.Session, query: str = "") -> list[str]:
    response = api.get(f"/events{query}")
    assert response.status_code == 200, response.text
    return [event["type"] for event in response.json()]


ALL = ["invoice.created", "contact.created", "customer.created", "customer.created"]


@pytest.mark.usefixtures("account")
def test_an_event_has_its_object_and_nothing_else(api: requests.Session) -> None:
    events = api.get("/events").json()
    assert [event["type"] for event in events] == ALL
    assert {*events[0]} == {"data", "id", "timestamp", "type"}
    assert {*events[0]["data"]} == {"object"}
    assert events[-1]["data"]["object"] == api.get("/customers").json()[0]
    assert api.get(f"/events/{events[1]['id']}").json() == events[1]


def test_an_update_has_the_previous_values_of_what_changed(api: requests.Session, customer: dict[str, Any]) -> None:
    changes = {"name": "Bolt", "notes": "Call first", "email": "billing@acmecorp.com"}
    api.patch(f"/customers/{customer['id']}", json=changes)
    event = api.get("/events").json()[0]
    assert (event["type"], event["data"]["object"]["name"]) == ("customer.updated", "Bolt")
    assert event["data"]["previous"] == {"name": "Acme", "notes": None}


def test_an_update_of_nothing_is_no_event(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    clock.now += 60
    api.patch(f"/customers/{customer['id']}", json={"name": "Acme"})
    api.patch(f"/customers/{customer['id']}", json={})
    assert types(api) == ["customer.created"]


def test_a_deleted_object_is_in_its_event(api: requests.Session, customer: dict[str, Any]) -> None:
    api.delete(f"/customers/{customer['id']}")
    event = api.get("/events").json()[0]
    assert (event["type"], event["data"]["object"]["name"]) == ("customer.deleted", "Acme")


@pytest.mark.usefixtures("customer")
def test_the_user_the_message_and_the_address_are_included_on_request(api: requests.Session) -> None:
    event = api.get("/events?include=user,message,href").json()[0]
    assert (event["user"]["id"], event["message"], event["href"]) == (-3, [], None)
    assert event["user"]["registered"] is True


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("?sort=id+asc", ALL[::-1]),
        ("?type=customer", ["customer.created"] * 2),
        ("?type=contact", ["contact.created"]),
        ("?type=payment_source", []),
        ("?type=customer.created", []),
        ("?filter[type]=customer.created", ["customer.created"] * 2),
        ("?related_to=customer,{bolt}", ALL[:3]),
        ("?related_to=customer,{acme}", ["customer.created"]),
        ("?related_to=contact,{contact}", ["contact.created"]),
        ("?related_to=invoice,{invoice}", ["invoice.created"]),
        ("?related_to=invoice,{acme}", []),
        ("?from=api", ALL),
        ("?from=team", []),
        ("?from=customer", []),
        ("?from=invoiced", []),
        ("?filter[user_id]=-3", ALL),
        ("?filter[user_id]=-2", []),
        (f"?start_date={START}", ALL),
        (f"?start_date={START + 1}", ALL[:3]),
        (f"?start_date={START + 60}", ALL[:3]),
        (f"?start_date={START + 61}", []),
        (f"?end_date={START}", ALL[3:]),
        (f"?end_date={START - 1}", []),
    ],
)
def test_events_are_filtered(api: requests.Session, account: SimpleNamespace, query: str, found: list[str]) -> None:
    assert types(api, query.format(**vars(account))) == found


@pytest.mark.parametrize("query", ["related_to=planet,1", "related_to=customer", "from=mars", "filter[data]=1"])
def test_an_invalid_filter_is_refused(api: requests.Session, query: str) -> None:
    assert api.get(f"/events?{query}").status_code == 400


def test_the_client_lists_the_events_of_a_customer(emulator: Emulator) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    acme = client.Customer.create(name="Acme")
    client.Customer.create(name="Bolt")
    (event,) = client.Event.all(related_to=f"customer,{acme.id}")
    assert (event.type, event.data.object.name) == ("customer.created", "Acme")
