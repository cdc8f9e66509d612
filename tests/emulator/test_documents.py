"""Lines and totals of documents, and records that others refer to by ID."""

from __future__ import annotations

from typing import Any

import pytest
import requests

LINES = [{"name": "Copy paper", "quantity": 3, "unit_cost": 14.95}, {"unit_cost": 10, "metadata": {"row": "2"}}]


@pytest.fixture
def invoice(api: requests.Session, customer: dict[str, Any]) -> dict[str, Any]:
    """Create an invoice with two lines and return its fields."""
    created: dict[str, Any] = api.post("/invoices", json={"customer": customer["id"], "items": LINES}).json()
    return created


def _patch(api: requests.Session, invoice: dict[str, Any], **fields: Any) -> requests.Response:
    return api.patch(f"/invoices/{invoice['id']}", json=fields)


def test_a_line_that_is_sent_without_its_id_is_new_and_the_others_are_removed(
    api: requests.Session, invoice: dict[str, Any]
) -> None:
    changed = _patch(api, invoice, items=[{"unit_cost": 5}]).json()
    (line,) = changed["items"]
    assert line["id"] not in [each["id"] for each in invoice["items"]]
    assert (line["quantity"], line["amount"], line["customer"], changed["total"]) == (1, 5, invoice["customer"], 5)


def test_a_line_that_is_sent_with_its_id_keeps_only_its_metadata(
    api: requests.Session, invoice: dict[str, Any]
) -> None:
    first, second = invoice["items"]
    changed = _patch(api, invoice, items=[{"id": second["id"]}, {"id": first["id"], "unit_cost": 2}]).json()
    assert [line["id"] for line in changed["items"]] == [second["id"], first["id"]]
    assert [line["name"] for line in changed["items"]] == ["", ""]
    assert [line["amount"] for line in changed["items"]] == [0, 2]
    assert changed["items"][0]["metadata"] == {"row": "2"}


def test_a_line_of_another_invoice_is_refused(api: requests.Session, invoice: dict[str, Any]) -> None:
    line = invoice["items"][0]["id"]
    for items in ([{"id": 99}], [{"id": line}, {"id": line}]):
        response = _patch(api, invoice, items=items)
        assert (response.status_code, response.json()["param"]) == (400, "items")
    assert api.get(f"/invoices/{invoice['id']}").json() == invoice


def test_other_changes_keep_the_lines_and_the_total(api: requests.Session, invoice: dict[str, Any]) -> None:
    assert _patch(api, invoice, notes="Thanks").json() == {**invoice, "notes": "Thanks"}


@pytest.mark.parametrize(("currency", "amount"), [("usd", 0.13), ("jpy", 0), ("bhd", 0.125)])
def test_amounts_are_rounded_to_the_decimals_of_the_currency(
    api: requests.Session, customer: dict[str, Any], currency: str, amount: float
) -> None:
    body = {"customer": customer["id"], "currency": currency, "items": [{"unit_cost": 0.125}]}
    assert api.post("/invoices", json=body).json()["total"] == amount


def test_a_document_has_the_currency_and_autopay_of_its_customer(api: requests.Session) -> None:
    customer = api.post("/customers", json={"name": "Acme", "currency": "eur", "autopay": True}).json()
    invoice = api.post("/invoices", json={"customer": customer["id"]}).json()
    assert (invoice["currency"], invoice["autopay"]) == ("eur", True)
    invoice = api.post("/invoices", json={"customer": customer["id"], "currency": "usd", "autopay": False}).json()
    assert (invoice["currency"], invoice["autopay"]) == ("usd", False)


def test_a_document_of_an_unknown_customer_is_refused(api: requests.Session) -> None:
    for path in ("/invoices", "/credit_notes", "/estimates"):
        response = api.post(path, json={"customer": 99})
        assert (response.status_code, response.json()["param"]) == (400, "customer")
        assert api.get(path).json() == []


def test_an_issued_invoice_with_nothing_to_pay_is_paid_and_closed(
    api: requests.Session, customer: dict[str, Any], invoice: dict[str, Any]
) -> None:
    names = ("status", "paid", "closed")
    assert [invoice[name] for name in names] == ["not_sent", False, False]
    free = api.post("/invoices", json={"customer": customer["id"]}).json()
    assert [free[name] for name in names] == ["paid", True, True]
    draft = api.post("/invoices", json={"customer": customer["id"], "draft": True}).json()
    assert [draft[name] for name in names] == ["draft", False, False]
    assert [_patch(api, free, closed=False).json()[name] for name in names] == ["paid", True, False]


def test_a_negative_total_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    lines = [{"unit_cost": 50}, {"unit_cost": -80}]
    response = api.post("/invoices", json={"customer": customer["id"], "items": lines})
    assert (response.status_code, response.json()["param"]) == (400, "total")


def test_a_line_has_what_is_not_sent_from_its_catalog_item(api: requests.Session, customer: dict[str, Any]) -> None:
    api.post("/items", json={"id": "paper", "name": "Copy paper", "unit_cost": 14.95, "taxable": False})
    lines = [{"catalog_item": "paper", "quantity": 2}, {"catalog_item": "paper", "unit_cost": 10}]
    invoice = api.post("/invoices", json={"customer": customer["id"], "items": lines}).json()
    assert [(line["name"], line["taxable"]) for line in invoice["items"]] == [("Copy paper", False)] * 2
    assert invoice["total"] == 39.9


def test_a_pending_line_has_the_exact_amount(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/line_items"
    line = api.post(path, json={"name": "Call", "quantity": 3, "unit_cost": 0.333}).json()
    assert line["amount"] == 0.999
    assert api.patch(f"{path}/{line['id']}", json={"quantity": 1}).json()["amount"] == 0.333
    unknown = api.post(path, json={"catalog_item": "none"})
    assert (unknown.status_code, unknown.json()["param"]) == (400, "catalog_item")


def test_a_line_has_the_taxes_of_its_catalog_item(api: requests.Session, customer: dict[str, Any]) -> None:
    api.post("/tax_rates", json={"id": "vat", "name": "VAT", "value": 20})
    api.post("/items", json={"id": "paper", "name": "Paper", "unit_cost": 10, "taxes": ["vat"]})
    items = [{"catalog_item": "paper"}, {"catalog_item": "paper", "taxes": []}]
    invoice = api.post("/invoices", json={"customer": customer["id"], "items": items}).json()
    assert [[tax["amount"] for tax in line["taxes"]] for line in invoice["items"]] == [[2], []]
    assert (invoice["subtotal"], invoice["total"]) == (20, 22)


@pytest.mark.usefixtures("plans")
def test_records_that_are_named_by_id_are_returned_as_records(api: requests.Session, customer: dict[str, Any]) -> None:
    coupon = api.post("/coupons", json={"id": "ten", "name": "Ten", "value": 10}).json()
    tax_rate = api.post("/tax_rates", json={"id": "vat", "name": "VAT", "value": 20}).json()
    field = api.post("/custom_fields", json={"id": "color", "name": "Color", "object": "customer"}).json()
    body = {"customer": customer["id"], "plan": "pro", "discounts": ["ten"], "taxes": ["vat", "unknown"]}
    subscription = api.post("/subscriptions", json=body).json()
    assert (subscription["discounts"], subscription["taxes"]) == ([coupon], [tax_rate])
    path = f"/subscriptions/{subscription['id']}"
    assert api.patch(path, json={"discounts": []}).json()["discounts"] == []
    page = api.post("/sign_up_pages", json={"name": "Join", "custom_fields": ["color"]}).json()
    assert page["custom_fields"] == [field]


@pytest.mark.usefixtures("plans")
def test_an_unknown_coupon_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    body = {"customer": customer["id"], "plan": "pro", "discounts": ["none"]}
    response = api.post("/subscriptions", json=body)
    assert (response.status_code, api.get("/subscriptions").json()) == (400, [])


@pytest.mark.usefixtures("plans")
def test_an_addon_that_is_sent_with_its_id_keeps_what_is_not_sent(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    body = {"customer": customer["id"], "plan": "pro", "addons": [{"plan": "seat", "quantity": 3}]}
    subscription = api.post("/subscriptions", json=body).json()
    (addon,) = subscription["addons"]
    path = f"/subscriptions/{subscription['id']}"
    changed = api.patch(path, json={"addons": [{"id": addon["id"], "quantity": 4}]}).json()
    assert changed["addons"] == [{**addon, "quantity": 4}]


@pytest.mark.parametrize("path", ["invoices", "credit_notes", "estimates"])
@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("1767225600", 1767225600),
        ("20260101", 20260101),
        ("2026-01-01", 1767225600),
        ("2026-01-01T00:00:00Z", 1767225600),
        ("2026-01-01 01:00:00+01:00", 1767225600),
        ("soon", None),
        ("2026-02-30", None),
        ("", None),
    ],
)
def test_the_date_of_a_document_can_be_text(
    path: str, date: str, expected: int | None, api: requests.Session, customer: dict[str, Any]
) -> None:
    """billing.md 1.7"""
    fields = {"customer": customer["id"], "items": [{"unit_cost": 1}]}
    created = api.post(f"/{path}", json=fields).json()
    responses = (api.post(f"/{path}", json={**fields, "date": date}),)
    responses += (api.patch(f"/{path}/{created['id']}", json={"date": date}),)
    for response in responses:
        if expected is None:
            assert (response.status_code, response.json()["param"]) == (400, "date")
        else:
            assert response.json()["date"] == expected


@pytest.mark.parametrize("path", ["invoices", "credit_notes", "estimates"])
def test_a_customer_without_an_id_is_created_with_its_document(path: str, api: requests.Session) -> None:
    """billing.md 3.2"""
    new = {"name": "Newcomer", "email": "new@example.com", "metadata": {"color": "blue"}}
    response = api.post(f"/{path}", json={"customer": new, "items": [{"unit_cost": 5}]})
    document = response.json()
    assert (response.status_code, document["total"]) == (201, 5)
    created = api.get(f"/customers/{document['customer']}").json()
    assert {name: created[name] for name in new} == new
    same = api.post(f"/{path}", json={"customer": {"id": created["id"]}}).json()
    assert same["customer"] == created["id"]


def test_a_new_customer_of_a_refused_document_is_not_kept(api: requests.Session) -> None:
    unnamed = api.post("/invoices", json={"customer": {"email": "new@example.com"}, "items": [{"unit_cost": 5}]})
    negative = api.post("/invoices", json={"customer": {"name": "Newcomer"}, "items": [{"unit_cost": -5}]})
    assert [(each.status_code, each.json()["param"]) for each in (unnamed, negative)] == [
        (400, "customer"),
        (400, "total"),
    ]
    assert api.get("/customers").json() == []


def test_rates_metadata_and_items_are_excluded_on_request(api: requests.Session, invoice: dict[str, Any]) -> None:
    """billing.md 1.8"""
    path = f"/invoices/{invoice['id']}"
    without_rates = api.get(f"{path}?exclude=rates").json()
    assert invoice.keys() - without_rates.keys() == {"discounts", "taxes", "shipping"}
    short = api.get(f"{path}?exclude=items,rates,metadata").json()
    assert invoice.keys() - short.keys() == {"items", "metadata", "discounts", "taxes", "shipping"}
