"""Payments and what they are applied to (billing.md 8), through the client and as raw HTTP."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

Invoice = Callable[..., dict[str, Any]]


@pytest.fixture
def invoice_of(api: requests.Session, customer: dict[str, Any]) -> Invoice:
    """Return a function that makes an issued invoice of an amount."""

    def make(amount: float, **fields: Any) -> dict[str, Any]:
        body = {"customer": customer["id"], "items": [{"unit_cost": amount}], **fields}
        response = api.post("/invoices", json=body)
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    return make


def pay(api: requests.Session, amount: float, *applied: dict[str, Any], **fields: Any) -> requests.Response:
    return api.post("/payments?include=applied_to", json={"amount": amount, "applied_to": list(applied), **fields})


def to_invoice(invoice: dict[str, Any], amount: float, **fields: Any) -> dict[str, Any]:
    return {"type": "invoice", "invoice": invoice["id"], "amount": amount, **fields}


def from_credit(invoice: dict[str, Any], amount: float) -> dict[str, Any]:
    return {"type": "applied_credit", "document_type": "invoice", "invoice": invoice["id"], "amount": amount}


def now(api: requests.Session, invoice: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/invoices/{invoice['id']}").json()
    return found


def credit_of(api: requests.Session, customer: dict[str, Any]) -> float:
    found: float = api.get(f"/customers/{customer['id']}/balance").json()["available_credits"]
    return found


def assert_refused(response: requests.Response, param: str | None = "applied_to") -> None:
    assert (response.status_code, response.json().get("param")) == (400, param), response.text


def test_p1_an_invoice_is_paid_by_two_payments(api: requests.Session, invoice_of: Invoice) -> None:
    invoice = invoice_of(100)
    first = pay(api, 60, to_invoice(invoice, 60)).json()
    assert (first["balance"], now(api, invoice)["balance"], now(api, invoice)["status"]) == (0, 40, "not_sent")
    second = pay(api, 50, to_invoice(invoice, 40)).json()
    assert (second["balance"], second["customer"]) == (10, invoice["customer"])
    paid = now(api, invoice)
    assert [paid[name] for name in ("balance", "paid", "closed", "status")] == [0, True, True, "paid"]
    applied = api.get(f"/payments/{second['id']}?include=applied").json()["applied"]
    assert (applied, first["pdf_url"] is not None, second["pdf_url"]) == (False, True, None)


def test_p2_a_paid_invoice_is_open_again_without_its_payment(api: requests.Session, invoice_of: Invoice) -> None:
    invoice = invoice_of(100)
    pay(api, 60, to_invoice(invoice, 60))
    second = pay(api, 50, to_invoice(invoice, 40)).json()
    response = api.delete(f"/payments/{second['id']}")
    assert (response.status_code, response.json()["voided"], response.json()["balance"]) == (200, True, 50)
    open_again = now(api, invoice)
    assert [open_again[name] for name in ("balance", "paid", "closed", "status")] == [40, False, False, "not_sent"]
    assert_refused(api.delete(f"/payments/{second['id']}"), None)
    assert_refused(api.patch(f"/payments/{second['id']}", json={"notes": "x"}), "voided")


def test_p3_credit_of_an_overpayment_is_spent_once(
    api: requests.Session, customer: dict[str, Any], invoice_of: Invoice
) -> None:
    invoice, other = invoice_of(100), invoice_of(50)
    payment = pay(api, 120, to_invoice(invoice, 100), {"type": "credit", "amount": 20}).json()
    assert (payment["balance"], now(api, invoice)["status"], credit_of(api, customer)) == (0, "paid", 20)
    assert_refused(pay(api, 0, from_credit(other, 30)))
    assert (now(api, other)["balance"], credit_of(api, customer)) == (50, 20)
    spent = pay(api, 0, from_credit(other, 20))
    assert (spent.status_code, now(api, other)["balance"], credit_of(api, customer)) == (201, 30, 0)
    assert_refused(api.delete(f"/payments/{payment['id']}"), None)
    assert now(api, invoice)["status"] == "paid"


def test_p4_an_invoice_can_be_overpaid(api: requests.Session, invoice_of: Invoice) -> None:
    invoice = invoice_of(100)
    assert pay(api, 120, to_invoice(invoice, 120)).status_code == 201
    assert now(api, invoice)["balance"] == -20


def test_p6_more_than_the_amount_cannot_be_applied(api: requests.Session, invoice_of: Invoice) -> None:
    first, second = invoice_of(60), invoice_of(50)
    assert_refused(pay(api, 100, to_invoice(first, 60), to_invoice(second, 50)))
    assert (now(api, first)["balance"], api.get("/payments").json()) == (60, [])


def test_the_client_creates_changes_and_voids_payments(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme")
        invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 100}])
        applied = [{"type": "invoice", "invoice": invoice.id, "amount": 100}]
        payment = client.Payment.create(amount=120, applied_to=applied)
        assert client.Invoice.retrieve(invoice.id).status == "paid"
        payment.applied_to = []
        payment.save()
        assert (payment.balance, client.Invoice.retrieve(invoice.id).balance) == (120, 100)
        payment.delete()
        assert client.Payment.retrieve(payment.id).voided


IMPOSSIBLE: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
    "type missing": lambda invoice: [{"amount": 1, "invoice": invoice["id"]}],
    "type unknown": lambda invoice: [{"type": "gift", "amount": 1}],
    "amount missing": lambda invoice: [{"type": "invoice", "invoice": invoice["id"]}],
    "amount 0": lambda invoice: [to_invoice(invoice, 0)],
    "amount below 0": lambda invoice: [to_invoice(invoice, -1)],
    "invoice unknown": lambda invoice: [to_invoice({"id": 99999}, 1)],
    "invoice missing": lambda invoice: [{"type": "invoice", "amount": 1}],
    "same invoice twice": lambda invoice: [to_invoice(invoice, 1), to_invoice(invoice, 2)],
    "invoice on credit": lambda invoice: [{"type": "credit", "amount": 1, "invoice": invoice["id"]}],
    "invoice on estimate": lambda invoice: [to_invoice(invoice, 1, estimate=1)],
    "no customer": lambda invoice: [{"type": "credit", "amount": 1}],
    "no document type": lambda invoice: [{"type": "applied_credit", "amount": 1, "invoice": invoice["id"]}],
    "credit note unknown": lambda invoice: [{"type": "credit_note", "credit_note": 99999, "amount": 1}],
    "no credit": lambda invoice: [from_credit(invoice, 1)],
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_application_that_is_not_possible_is_refused(api: requests.Session, invoice_of: Invoice, case: str) -> None:
    invoice = invoice_of(100)
    assert_refused(pay(api, 10, *IMPOSSIBLE[case](invoice)))
    assert (now(api, invoice), api.get("/payments").json()) == (invoice, [])


def test_a_payment_only_pays_documents_of_its_customer_and_of_those_below_it(
    api: requests.Session, customer: dict[str, Any], invoice_of: Invoice
) -> None:
    child = api.post("/customers", json={"name": "Child", "parent_customer": customer["id"]}).json()
    stranger = api.post("/customers", json={"name": "Stranger"}).json()
    below = invoice_of(10, customer=child["id"])
    assert pay(api, 5, to_invoice(below, 5), customer=customer["id"]).status_code == 201
    assert_refused(pay(api, 5, to_invoice(below, 5), customer=stranger["id"]))
    assert_refused(pay(api, 5, to_invoice(invoice_of(10), 5), customer=child["id"]))


def test_other_currencies_and_voided_documents_are_refused(api: requests.Session, invoice_of: Invoice) -> None:
    euros, voided = invoice_of(10, currency="eur"), invoice_of(10)
    assert_refused(pay(api, 5, to_invoice(euros, 5)))
    assert pay(api, 5, to_invoice(euros, 5), currency="EUR").json()["currency"] == "eur"
    assert api.post(f"/invoices/{voided['id']}/void").status_code == 200
    assert_refused(pay(api, 5, to_invoice(voided, 5)))


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 1, "color": "red"},
        {"amount": [1]},
        {"amount": "many"},
        {"amount": 1, "customer": "1"},
        {"amount": 1, "date": "1415222128"},
        {"amount": 1, "date": 1.5},
        {},
    ],
)
@pytest.mark.parametrize("api", ["in process"], indirect=True)
def test_a_body_of_another_shape_blames_the_request(api: requests.Session, body: dict[str, Any]) -> None:
    assert_refused(api.post("/payments", json=body), "request")


def test_an_amount_can_be_text_but_not_below_0(api: requests.Session) -> None:
    payment = api.post("/payments", json={"amount": "12.50"}).json()
    assert [payment[name] for name in ("amount", "balance", "method", "source", "currency")] == [
        *(12.5, 12.5, "other", "keyed", "usd")
    ]
    assert_refused(api.post("/payments", json={"amount": -1}), "amount")


def test_a_credit_note_goes_to_an_invoice_and_to_credit(
    api: requests.Session, customer: dict[str, Any], invoice_of: Invoice
) -> None:
    invoice = invoice_of(70)
    note = api.post("/credit_notes", json={"customer": customer["id"], "items": [{"unit_cost": 100}]}).json()
    used = {"type": "credit_note", "credit_note": note["id"]}
    to_it = {**used, "document_type": "invoice", "invoice": invoice["id"], "amount": 70}
    payment = pay(api, 0, to_it, {**used, "amount": 30}).json()
    assert (now(api, invoice)["status"], credit_of(api, customer)) == ("paid", 30)
    note = api.get(f"/credit_notes/{note['id']}").json()
    assert (note["balance"], note["status"]) == (0, "paid")
    api.delete(f"/payments/{payment['id']}")
    note = api.get(f"/credit_notes/{note['id']}").json()
    assert (note["balance"], note["status"], credit_of(api, customer)) == (100, "open", 0)
    assert now(api, invoice)["balance"] == 70


def test_a_deposit_of_an_estimate_is_credit(api: requests.Session, customer: dict[str, Any]) -> None:
    body = {"customer": customer["id"], "items": [{"unit_cost": 100}], "deposit": 30}
    estimate = api.post("/estimates", json=body).json()
    assert pay(api, 30, {"type": "estimate", "estimate": estimate["id"], "amount": 30}).status_code == 201
    assert api.get(f"/estimates/{estimate['id']}").json()["deposit_paid"] is True
    assert credit_of(api, customer) == 30


def test_an_approved_estimate_is_closed_once_its_deposit_is_paid(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    """7.2"""
    body = {"customer": customer["id"], "items": [{"unit_cost": 100}], "deposit": 50}
    estimate = api.post("/estimates", json=body).json()
    path = f"/estimates/{estimate['id']}"
    approved = api.patch(path, json={"approved": "AB"}).json()
    assert (approved["status"], approved["closed"]) == ("approved", False)
    assert pay(api, 50, {"type": "estimate", "estimate": estimate["id"], "amount": 50}).status_code == 201
    assert (api.get(path).json()["status"], api.get(path).json()["closed"]) == ("approved", True)


def test_a_short_payment_is_made_up_by_a_credit_note(api: requests.Session, invoice_of: Invoice) -> None:
    invoice = invoice_of(100)
    assert pay(api, 90, to_invoice(invoice, 90, short_pay=True)).status_code == 201
    (note,) = api.get("/credit_notes").json()
    assert (note["name"], note["total"], note["balance"], now(api, invoice)["status"]) == ("Short Pay", 10, 0, "paid")


def test_a_payment_issues_a_draft(api: requests.Session, invoice_of: Invoice) -> None:
    invoice = invoice_of(100, draft=True)
    pay(api, 10, to_invoice(invoice, 10))
    assert (now(api, invoice)["draft"], now(api, invoice)["balance"]) == (False, 90)


def test_applied_to_replaces_all_applications(
    api: requests.Session, customer: dict[str, Any], invoice_of: Invoice
) -> None:
    first, second = invoice_of(50), invoice_of(60)
    payment = pay(api, 100, to_invoice(first, 50)).json()
    path = f"/payments/{payment['id']}?include=applied_to"
    applied = [to_invoice(first, 40), to_invoice(second, 60)]
    changed = api.patch(path, json={"applied_to": applied}).json()
    assert changed["applied_to"][0]["id"] == payment["applied_to"][0]["id"]
    assert (now(api, first)["status"], now(api, first)["balance"], now(api, second)["status"]) == (
        *("not_sent", 10, "paid"),
    )
    assert api.patch(path, json={"notes": "n"}).json()["applied_to"] == changed["applied_to"]
    assert_refused(api.patch(path, json={"amount": 99}), "amount")
    assert_refused(api.patch(path, json={"currency": "eur"}), None)
    assert api.patch(path, json={"amount": 101}).json()["balance"] == 1
    assert api.patch(path, json={"amount": 60, "applied_to": [to_invoice(second, 60)]}).json()["balance"] == 0
    assert now(api, first)["balance"] == 50
    other = api.post("/customers", json={"name": "Other"}).json()
    assert api.patch(path, json={"customer": other["id"]}).json()["applied_to"] == []
    assert (now(api, second)["balance"], now(api, second)["closed"]) == (60, False)


def test_payments_are_listed_by_balance_and_amount(api: requests.Session, invoice_of: Invoice) -> None:
    pay(api, 5, to_invoice(invoice_of(5), 5))
    pay(api, 7)
    amounts = {
        query: [each["amount"] for each in api.get("/payments", params=query).json()]
        for query in ('balance=[">",0]', 'balance=["=",0]', 'amount=["<",6]', "filter[voided]=0", "automation=1")
    }
    assert [*amounts.values()] == [[7], [5], [5], [5, 7], []]
    for text in ("5", "[]", '["like",5]', '[">",[]]', "{}"):
        assert_refused(api.get("/payments", params={"balance": text}), "query")


def test_a_payment_is_known_to_an_accounting_system_once_its_id_is_sent(
    api: requests.Session, clock: SimpleNamespace
) -> None:
    payment = pay(api, 5).json()
    path = f"/payments/{payment['id']}"
    assert api.get(f"{path}/accounting_sync_status").json() == {"synced": False, "error": None}
    connection = {"accounting_system": "netsuite", "accounting_id": "7"}
    assert api.patch(path, json=connection).json() == {key: payment[key] for key in payment if key != "applied_to"}
    status = api.get(f"{path}/accounting_sync_status").json()
    assert status == {**status, **connection, "synced": True, "first_synced": clock.now}
    assert_refused(api.patch(path, json={"accounting_system": "abacus"}), None)


def test_an_invoice_is_paid_on_the_date_of_its_last_payment(
    api: requests.Session, invoice_of: Invoice, clock: SimpleNamespace
) -> None:
    """3.10, 8.8"""
    invoice = invoice_of(100)
    path = f"/invoices/{invoice['id']}?include=date_paid"
    first = pay(api, 100, to_invoice(invoice, 100), date=clock.now - 50).json()
    second = pay(api, 10, to_invoice(invoice, 10), date=clock.now - 10).json()
    assert api.get(path).json()["date_paid"] == clock.now - 10
    api.delete(f"/payments/{second['id']}")
    assert (api.get(path).json()["status"], api.get(path).json()["date_paid"]) == ("paid", clock.now - 50)
    api.patch(f"/payments/{first['id']}", json={"date": clock.now - 70})
    assert api.get(path).json()["date_paid"] == clock.now - 70
    api.delete(f"/payments/{first['id']}")
    assert api.get(path).json()["date_paid"] is None
