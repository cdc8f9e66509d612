"""Invoices of pending lines (billing.md 3.27; catalog.md 7.5)."""

from __future__ import annotations

from typing import Any

import pytest
import requests


@pytest.fixture
def path(customer: dict[str, Any]) -> str:
    return f"/customers/{customer['id']}"


def add_line(api: requests.Session, path: str, **fields: Any) -> dict[str, Any]:
    response = api.post(f"{path}/line_items", json=fields)
    assert response.status_code == 201, response.text
    line: dict[str, Any] = response.json()
    return line


def bill(api: requests.Session, path: str, **fields: Any) -> dict[str, Any]:
    response = api.post(f"{path}/invoices", json=fields)
    assert response.status_code == 201, response.text
    invoice: dict[str, Any] = response.json()
    return invoice


def test_items_of_the_request_take_the_place_of_the_pending_lines_which_stay(api: requests.Session, path: str) -> None:
    pending = [add_line(api, path, unit_cost=80), add_line(api, path, unit_cost=-130)]
    invoice = bill(api, path, items=[{"name": "Consulting", "quantity": "2", "unit_cost": 15}])
    assert [(line["name"], line["amount"]) for line in invoice["items"]] == [("Consulting", 30)]
    assert (invoice["total"], invoice["balance"]) == (30, 30)
    assert [line["id"] for line in api.get(f"{path}/line_items").json()] == [line["id"] for line in pending]
    assert api.get("/credit_notes").json() == []


@pytest.mark.parametrize("customer_id", [1, 99999])
def test_without_a_pending_line_nothing_is_billed_also_of_an_unknown_customer(
    customer_id: int, api: requests.Session, path: str
) -> None:
    refused = api.post(f"/customers/{customer_id}/invoices", json={"items": [{"unit_cost": 1}]})
    assert (refused.status_code, "param" in refused.json()) == (400, False)
    assert api.get("/invoices").json() == []


def test_more_than_the_pending_lines_becomes_credit(api: requests.Session, path: str) -> None:
    add_line(api, path, unit_cost=80)
    add_line(api, path, unit_cost=-130)
    invoice = bill(api, path)
    assert (invoice["total"], invoice["balance"], invoice["status"]) == (80, 0, "paid")
    (note,) = api.get("/credit_notes").json()
    assert (note["total"], note["status"]) == (130, "paid")
    assert api.get(f"{path}/balance").json()["available_credits"] == 50


def test_lines_of_a_subscription_have_its_coupons_and_taxes(
    api: requests.Session, path: str, customer: dict[str, Any], plans: None
) -> None:
    api.post("/coupons", json={"id": "ten", "name": "Ten", "value": 10})
    api.post("/tax_rates", json={"id": "vat", "name": "VAT", "value": 20})
    subscribed = {"customer": customer["id"], "plan": "pro", "discounts": ["ten"], "taxes": ["vat"]}
    subscription = api.post("/subscriptions", json=subscribed).json()
    add_line(api, path, unit_cost=100, subscription=subscription["id"], discounts=["ten"])
    add_line(api, path, unit_cost=100)
    add_line(api, path, unit_cost=-50, subscription=subscription["id"])
    invoice = bill(api, path)
    first, second = invoice["items"]
    assert [each["coupon"]["id"] for each in first["discounts"]] == ["ten"]
    assert [(each["tax_rate"]["id"], each["amount"]) for each in first["taxes"]] == [("vat", 18)]
    assert (second["discounts"], second["taxes"]) == ([], [])
    assert (invoice["subtotal"], invoice["total"], invoice["balance"]) == (200, 208, 154)
    (note,) = api.get("/credit_notes").json()
    assert note["total"] == 54
