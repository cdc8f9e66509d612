from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def test_a_new_customer_has_the_defaults_of_the_reference(api: requests.Session) -> None:
    response = api.post("/customers", json={"name": "Acme"})
    assert response.status_code == 201
    created = response.json()
    origin = response.url.removesuffix("/customers")
    assert re.fullmatch(rf"{re.escape(origin)}/statements/[0-9a-f]{{24}}/pdf", created.pop("statement_pdf_url"))
    assert re.fullmatch(rf"{re.escape(origin)}/statements/[0-9a-f]{{24}}", created["statement_url"])
    assert "disabled_payment_methods" not in created
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
        "active": True,
        "autopay_delay_days": -1,
        "convenience_fee": True,
        "surcharging": True,
        "consolidated": False,
        "bill_to_parent": None,
        "owner": None,
        "owner_id": None,
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


def test_a_created_customer_can_be_retrieved(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get(f"/customers/{customer['id']}")
    assert response.status_code == 200
    assert response.json() == customer


def test_generated_numbers_are_consecutive_and_skip_numbers_in_use(api: requests.Session) -> None:
    api.post("/customers", json={"name": "Taken", "number": "cust-00002"})
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
    lower_case = api.post("/customers", json={"name": "Other", "number": "cust-00001"})
    assert (lower_case.status_code, lower_case.json()["param"]) == (400, "number")
    other = api.post("/customers", json={"name": "Other"}).json()
    response = api.patch(f"/customers/{other['id']}", json={"number": customer["number"]})
    assert (response.status_code, response.json()["param"]) == (400, "number")
    assert api.get(f"/customers/{other['id']}").json() == other


def test_a_customer_keeps_its_own_number(api: requests.Session, customer: dict[str, Any]) -> None:
    assert api.patch(f"/customers/{customer['id']}", json={"number": "CUST-00001"}).status_code == 200
    assert api.patch(f"/customers/{customer['id']}", json={"number": "Cust-00001"}).json()["number"] == "Cust-00001"


@pytest.mark.parametrize("number", [None, ""])
def test_a_number_is_generated_if_it_is_null_or_empty_but_cannot_be_emptied(
    api: requests.Session, customer: dict[str, Any], number: str | None
) -> None:
    assert api.post("/customers", json={"name": "Acme", "number": number}).json()["number"] == "CUST-00002"
    response = api.patch(f"/customers/{customer['id']}", json={"number": number})
    assert (response.status_code, response.json()["param"]) == (400, "number")


def test_an_update_changes_the_passed_fields_and_updated_at(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    clock.now += 60
    changes = {"payment_terms": "NET 14", "email": None, "metadata": {"rep": "Jan"}, "phone": "820"}
    response = api.patch(f"/customers/{customer['id']}", json=changes)
    assert response.status_code == 200
    assert response.json() == {**customer, **changes, "updated_at": clock.now}
    assert api.get(f"/customers/{customer['id']}").json() == response.json()


def test_an_update_replaces_metadata_and_lists(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    vat, gst = (api.post("/tax_rates", json={"id": id, "name": id, "value": 20}).json() for id in ("vat", "gst"))
    both = api.patch(path, json={"metadata": {"a": "1", "b": "2"}, "taxes": ["vat", "gst", "vat"]}).json()
    assert both["taxes"] == [vat, gst]
    updated = api.patch(path, json={"metadata": {"b": "3"}, "taxes": ["gst", "unknown"]}).json()
    assert (updated["metadata"], updated["taxes"]) == ({"b": "3"}, [gst])


def test_a_stripe_token_becomes_a_card_and_is_not_stored(api: requests.Session) -> None:
    created = api.post("/customers", json={"name": "Acme", "stripe_token": "tok_1"}).json()
    card = {"object": "card", "brand": "Visa", "last4": "4242", "exp_month": 2, "exp_year": 2019, "funding": "credit"}
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
    message = {"type": "invalid_request", "message": f"Customer was not found: {customer['id']}"}
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
@pytest.mark.parametrize("expand", ["sign_up_page", "name", "nothing", "parent_customer.nothing", "a.b", ",", "owner"])
def test_a_name_in_expand_that_is_no_relation_is_ignored(
    api: requests.Session, customer: dict[str, Any], expand: str
) -> None:
    response = api.get(f"/customers/{customer['id']}", params={"expand": expand})
    assert (response.status_code, response.json()) == (200, customer)


def test_relations_of_relations_can_be_expanded(api: requests.Session, customer: dict[str, Any]) -> None:
    child = api.post("/customers", json={"name": "Child", "parent_customer": customer["id"]}).json()
    grandchild = api.post("/customers", json={"name": "Grandchild", "parent_customer": child["id"]}).json()
    path, expand = f"/customers/{grandchild['id']}", "parent_customer.parent_customer.parent_customer"
    expanded = api.get(path, params={"expand": expand}).json()["parent_customer"]
    assert expanded == {**child, "parent_customer": customer}


def test_a_name_in_include_that_does_not_exist_is_null(api: requests.Session, customer: dict[str, Any]) -> None:
    found = api.get(f"/customers/{customer['id']}", params={"include": "collection_mode,name"}).json()
    assert found == {**customer, "collection_mode": None}


@pytest.mark.parametrize("param", ["expand", "include", "exclude"])
def test_an_array_in_expand_include_and_exclude_is_refused(
    api: requests.Session, customer: dict[str, Any], param: str
) -> None:
    response = api.get(f"/customers/{customer['id']}?{param}[]=name")
    assert (response.status_code, response.json()["param"]) == (400, "query")


def test_null_means_the_default_of_a_field_that_is_never_null(api: requests.Session) -> None:
    created = api.post("/customers", json={"name": "Acme", "country": None, "type": None}).json()
    assert (created["country"], created["type"]) == ("US", "company")
    path = f"/customers/{created['id']}"
    assert api.patch(path, json={"country": "DE"}).json()["country"] == "DE"
    assert api.patch(path, json={"country": None}).json()["country"] == "US"


def test_the_payment_source_of_a_customer_is_stored_as_its_default(api: requests.Session) -> None:
    created = api.post("/customers", json={"name": "Acme", "payment_source": {"gateway_token": "tok_1111"}}).json()
    path = f"/customers/{created['id']}"
    assert api.get(f"{path}/payment_sources").json() == [created["payment_source"]]
    account = {"payment_method": "ach", "account_number": "000123456789", "routing_number": "110000000"}
    changed = api.patch(path, json={"payment_source": account, "name": "Acme Inc."}).json()
    source = changed["payment_source"]
    assert (source["object"], source["last4"], changed["name"]) == ("bank_account", "6789", "Acme Inc.")
    assert api.get(f"{path}/payment_sources").json() == [source]
    types = [event["type"] for event in api.get("/events").json()]
    assert types == [
        *("customer.updated", "payment_source.updated", "payment_source.created"),
        *("customer.created", "payment_source.created"),
    ]
    again = api.patch(path, json={"payment_source": account}).json()["payment_source"]
    assert (again["id"], len(api.get(f"{path}/payment_sources").json())) == (source["id"], 1)


@pytest.mark.parametrize("source", [{"method": "check"}, {"method": 5}, {"receipt_email": []}, "tok_1111"])
def test_a_customer_with_a_payment_source_that_cannot_be_is_refused(api: requests.Session, source: Any) -> None:
    response = api.post("/customers", json={"name": "Acme", "payment_source": source})
    assert response.status_code == 400
    assert api.get("/customers").json() == []


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"email": " Billing@ACMECorp.com "}, "billing@acmecorp.com"),
        ({"email": ""}, None),
        ({"country": "at"}, "AT"),
        ({"country": ""}, "US"),
        ({"language": "DE"}, "de"),
        ({"currency": "EUR"}, "eur"),
        ({"type": "non_profit"}, "non_profit"),
        ({"credit_limit": None}, None),
    ],
    ids=str,
)
def test_values_are_stored_in_one_form(api: requests.Session, sent: dict[str, Any], stored: Any) -> None:
    (name,) = sent
    customer = api.post("/customers", json={"name": "Acme", **sent}).json()
    assert customer[name] == stored
    assert api.patch(f"/customers/{customer['id']}", json=sent).json()[name] == stored


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"email": "nowhere"}, "email"),
        ({"email": "a@example.com,b@example.com"}, "email"),
        ({"country": "XX"}, "country"),
        ({"country": "AUT"}, "country"),
        ({"language": "deu"}, "language"),
        ({"currency": "zzz"}, None),
        ({"type": "partnership"}, "type"),
        ({"owner": 7}, None),
        ({"late_fee_schedule": 7}, None),
        ({"cc_gateway": 7}, None),
        ({"parent_customer": 99}, "parent_customer"),
        ({"parent_customer": 1}, "parent_customer"),
    ],
    ids=str,
)
def test_invalid_values_are_refused(
    api: requests.Session, customer: dict[str, Any], sent: dict[str, Any], param: str | None
) -> None:
    response = api.patch(f"/customers/{customer['id']}", json=sent)
    assert (response.status_code, response.json().get("param")) == (400, param), response.text
    assert api.get(f"/customers/{customer['id']}").json() == customer


def test_the_owner_is_a_member_and_returned_twice(api: requests.Session, customer: dict[str, Any]) -> None:
    member = api.post("/members", json={"email": "jan@example.com", "first_name": "Jan", "role": "owner"}).json()
    user = member["user"]["id"]
    updated = api.patch(f"/customers/{customer['id']}", json={"owner": user}).json()
    assert (updated["owner"], updated["owner_id"]) == (user, user)
    assert api.patch(f"/customers/{customer['id']}", json={"owner": None}).json()["owner_id"] is None


def test_autopay_ends_the_payment_terms_and_is_taken_off_open_invoices_when_it_is_switched_off(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['id']}"
    api.patch(path, json={"payment_terms": "NET 30"})
    assert api.patch(path, json={"autopay": True}).json()["payment_terms"] is None
    lines = [{"unit_cost": 100}]
    opened = api.post("/invoices", json={"customer": customer["id"], "items": lines}).json()
    closed = api.post("/invoices", json={"customer": customer["id"], "items": lines, "closed": True}).json()
    assert (opened["autopay"], closed["autopay"]) == (True, True)
    api.patch(path, json={"autopay": False})
    assert api.get(f"/invoices/{opened['id']}").json()["autopay"] is False
    assert api.get(f"/invoices/{closed['id']}").json()["autopay"] is True


@pytest.mark.parametrize(("enabled", "status"), [(True, 201), (False, 400)])
def test_autopay_needs_a_payment_method_of_the_account(
    api: requests.Session, emulator: Emulator, tmp_path: Path, enabled: bool, status: int
) -> None:
    body = {"id": "credit_card", "enabled": enabled}
    line = {"type": "payment_method", "id": "credit_card", "parent": None, "body": body}
    (tmp_path / "snapshot").write_text(json.dumps(line))
    emulator.load(tmp_path / "snapshot")
    response = api.post("/customers", json={"name": "Acme", "autopay": True})
    assert (response.status_code, response.json().get("param")) == (status, None if enabled else "autopay")


def test_a_hierarchy_has_five_levels_and_no_cycle(api: requests.Session) -> None:
    ids: list[int] = []
    for level in range(1, 6):
        parent = ids[-1] if ids else None
        created = api.post("/customers", json={"name": f"Level {level}", "parent_customer": parent})
        ids.append(created.json()["id"])
    refused = [
        api.post("/customers", json={"name": "Level 6", "parent_customer": ids[-1]}),
        api.patch(f"/customers/{ids[0]}", json={"parent_customer": ids[-1]}),
        api.patch(f"/customers/{ids[2]}", json={"parent_customer": ids[2]}),
    ]
    top = api.post("/customers", json={"name": "Top"}).json()["id"]
    refused.append(api.patch(f"/customers/{ids[0]}", json={"parent_customer": top}))
    for response in refused:
        assert (response.status_code, response.json()["param"]) == (400, "parent_customer")
    assert api.patch(f"/customers/{ids[1]}", json={"parent_customer": top}).status_code == 200


def test_a_customer_with_an_active_subscription_stays_active_and_cannot_be_deleted(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['id']}"
    api.post("/plans", json={"id": "gold", "name": "Gold", "amount": 10, "interval": "month", "interval_count": 1})
    body = {"customer": customer["id"], "plan": "gold", "bill_in": "arrears"}
    subscription = api.post("/subscriptions", json=body).json()
    response = api.patch(path, json={"active": False})
    assert (response.status_code, response.json()["param"]) == (400, "active")
    deletion = api.delete(path)
    assert (deletion.status_code, "param" in deletion.json()) == (400, False)
    api.delete(f"/subscriptions/{subscription['id']}")
    assert api.patch(path, json={"active": False}).json()["active"] is False
    assert (api.delete(path).status_code, api.delete(path).status_code) == (204, 404)


@pytest.mark.parametrize("documents", ["/invoices", "/credit_notes", "/estimates"])
def test_a_customer_with_a_document_cannot_be_deleted(
    api: requests.Session, customer: dict[str, Any], documents: str
) -> None:
    draft = {"customer": customer["id"], "items": [{"unit_cost": 100}], "draft": True}
    document = api.post(documents, json=draft).json()
    response = api.delete(f"/customers/{customer['id']}")
    assert (response.status_code, "param" in response.json()) == (400, False)
    assert api.get(f"/customers/{customer['id']}").json() == customer
    assert api.delete(f"{documents}/{document['id']}").status_code == 204
    assert api.delete(f"/customers/{customer['id']}").status_code == 204


def test_the_web_page_of_a_statement_is_501(api: requests.Session, customer: dict[str, Any]) -> None:
    assert customer["statement_pdf_url"] == f"{customer['statement_url']}/pdf"
    api.auth = lambda request: request
    assert api.get(customer["statement_url"]).status_code == 501
