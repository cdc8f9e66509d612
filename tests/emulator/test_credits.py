"""Credit balances and adjustments (billing.md 11), and balances that follow from documents (core.md G11)."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

DAY = 24 * 60 * 60


@pytest.fixture
def adjust(api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace) -> Any:
    """Return a function that adds an adjustment dated a day."""

    def add(amount: float, day: int) -> requests.Response:
        body = {"customer": customer["id"], "amount": amount, "date": clock.now + (day - 20) * DAY}
        return api.post("/credit_balance_adjustments", json=body)

    return add


def balance(api: requests.Session, customer: dict[str, Any], **query: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/customers/{customer['id']}/balance", params=query).json()
    return found


def invoice(api: requests.Session, customer: dict[str, Any], amount: float, **fields: Any) -> dict[str, Any]:
    body = {"customer": customer["id"], "items": [{"unit_cost": amount}], **fields}
    created: dict[str, Any] = api.post("/invoices", json=body).json()
    return created


def test_credit_cannot_be_overspent_on_any_day(api: requests.Session, customer: dict[str, Any], adjust: Any) -> None:
    """11.6"""
    granted = adjust(50, 10).json()
    assert adjust(-20, 12).status_code == 201
    assert balance(api, customer)["available_credits"] == 30
    for refused in (adjust(-40, 11), adjust(-40, 9), api.delete(f"/credit_balance_adjustments/{granted['id']}")):
        assert (refused.status_code, refused.json()["param"]) == (400, "amount")
    assert balance(api, customer)["available_credits"] == 30
    assert adjust(15, 11).status_code == 201
    assert adjust(-40, 13).status_code == 201
    history = balance(api, customer)["history"]
    assert [entry["balance"] for entry in history] == [5, 45, 65, 50]
    assert balance(api, customer)["available_credits"] == 5


def test_credit_counts_from_its_date_on(
    api: requests.Session, customer: dict[str, Any], adjust: Any, clock: SimpleNamespace
) -> None:
    adjust(10, 21)
    assert balance(api, customer)["available_credits"] == 0
    assert api.get("/customers?balance=1").json() == []
    clock.now += DAY
    assert balance(api, customer)["available_credits"] == 10
    assert len(api.get("/customers?balance=1").json()) == 1


def test_an_adjustment_has_only_what_it_needs(api: requests.Session, customer: dict[str, Any], adjust: Any) -> None:
    adjustment = adjust(50, 20).json()
    names = {"id", "object", "customer", "currency", "amount", "date", "notes", "created_at"}
    assert (adjustment.keys(), adjustment["currency"]) == (names, "usd")
    path = f"/credit_balance_adjustments/{adjustment['id']}"
    assert api.get(path).json() == adjustment
    assert api.patch(path, json={"amount": 40, "currency": "eur"}).json() == {**adjustment, "amount": 40}
    refused = api.patch(path, json={"notes": "The sign changes, because the amount is missing"})
    assert (refused.status_code, refused.json()["param"]) == (400, "amount")
    assert api.delete(path).status_code == 204
    assert balance(api, customer)["history"] == []


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"customer": 999}, "customer"),
        ({"customer": "1"}, "request"),
        ({"amount": None}, "request"),
        ({"currency": "xyz"}, None),
    ],
)
def test_an_adjustment_that_is_not_possible_is_refused(
    api: requests.Session, customer: dict[str, Any], fields: dict[str, Any], param: str | None
) -> None:
    refused = api.post("/credit_balance_adjustments", json={"customer": customer["id"], "amount": 1, **fields})
    assert (refused.status_code, refused.json().get("param")) == (400, param)


def test_credits_of_payments_are_listed_but_changed_with_their_payment(
    api: requests.Session, customer: dict[str, Any], adjust: Any
) -> None:
    adjust(5, 20)
    owed = invoice(api, customer, 8)
    api.post(
        "/payments", json={"amount": 10, "customer": customer["id"], "applied_to": [{"type": "credit", "amount": 10}]}
    )
    spent = {"type": "applied_credit", "document_type": "invoice", "invoice": owed["id"], "amount": 8}
    assert api.post("/payments", json={"amount": 0, "applied_to": [spent]}).status_code == 201
    listed = api.get("/credit_balance_adjustments").json()
    assert [each["amount"] for each in listed] == [5, 10]
    path = f"/credit_balance_adjustments/{listed[1]['id']}"
    assert (api.delete(path).status_code, api.patch(path, json={"amount": 1}).status_code) == (400, 400)
    assert balance(api, customer)["available_credits"] == 7


def test_the_client_adjusts_credit(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme")
        client.CreditBalanceAdjustment.create(customer=customer.id, amount=12.5)
        assert float(customer.balance().available_credits) == 12.5


def test_a_balance_follows_from_documents(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    invoice(api, customer, 100, payment_terms="NET 10")
    invoice(api, customer, 40, autopay=True)
    invoice(api, customer, 7, draft=True)
    invoice(api, customer, 8, date=clock.now + DAY)
    invoice(api, customer, 9, currency="eur")
    voided = invoice(api, customer, 11)
    api.post(f"/invoices/{voided['id']}/void")
    api.post("/credit_notes", json={"customer": customer["id"], "items": [{"unit_cost": 30}]})
    found = balance(api, customer)
    assert [found[name] for name in ("total_outstanding", "due_now", "past_due", "open_credit_notes")] == [
        *(140, 100, False, 30)
    ]
    assert balance(api, customer, currency="eur")["total_outstanding"] == 9
    clock.now += 11 * DAY
    found = balance(api, customer)
    assert (found["total_outstanding"], found["due_now"], found["past_due"]) == (148, 148, True)


def test_figures_that_are_set_stand_whatever_the_documents_say(
    api: requests.Session, customer: dict[str, Any], emulator: Emulator
) -> None:
    emulator.set_balance(customer["id"], total_outstanding=0)
    invoice(api, customer, 100)
    found = balance(api, customer)
    assert (found["total_outstanding"], found["due_now"]) == (0, 100)
    assert api.get("/customers?open_balance=1").json() == []
    emulator.set_balance(customer["id"], total_outstanding=5)
    assert balance(api, customer)["total_outstanding"] == 5
    assert len(api.get("/customers?open_balance=1").json()) == 1


def test_customers_are_filtered_by_what_they_owe_and_by_their_credit(
    api: requests.Session, customer: dict[str, Any], adjust: Any
) -> None:
    api.post("/customers", json={"name": "Other"})
    owed = invoice(api, customer, 0.3, currency="eur")
    assert [each["name"] for each in api.get("/customers?open_balance=1").json()] == ["Acme"]
    assert [each["name"] for each in api.get("/customers?open_balance=0").json()] == ["Other"]
    paid = [{"type": "invoice", "invoice": owed["id"], "amount": 0.3}]
    api.post("/payments", json={"amount": 0.3, "currency": "eur", "applied_to": paid})
    assert api.get("/customers?open_balance=1").json() == []
    for amount in (0.1, 0.2, -0.3):
        adjust(amount, 20)
    assert api.get("/customers?balance=1").json() == []


@pytest.mark.long
@pytest.mark.parametrize("api", ["in process"], indirect=True)
def test_balances_are_fast_with_100_000_invoices(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    sample = invoice(api, customer, 1)
    others = [api.post("/customers", json={"name": f"C{number}"}).json()["id"] for number in range(999)]
    customers = [customer["id"], *others]
    with emulator._store.transaction():
        stored = emulator._store.get("invoice", sample["id"])
        assert stored is not None
        for number in range(100_000):
            changes = {"id": 10**6 + number, "number": f"X{number}", "customer": customers[number % 1000]}
            emulator._store.add("invoice", 10**6 + number, {**stored, **changes, "closed": number % 3 > 0})
    begin = time.perf_counter()
    assert balance(api, customer)["total_outstanding"] == 35
    assert time.perf_counter() - begin < 0.5
    begin = time.perf_counter()
    assert api.get("/customers?open_balance=1").headers["X-Total-Count"] == "1000"
    assert api.get("/customers?balance=1").headers["X-Total-Count"] == "0"
    assert time.perf_counter() - begin < 2
