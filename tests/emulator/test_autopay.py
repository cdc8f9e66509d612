"""AutoPay and payment plans (billing.md 3.8, 3.9, 3.25, 4)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

HOUR, DAY = 60 * 60, 24 * 60 * 60
GOOD, BAD = "tok_4242", "tok_0069"


@pytest.fixture
def owed(api: requests.Session, customer: dict[str, Any]) -> dict[str, Any]:
    """Create an AutoPay invoice of 100."""
    return new_invoice(api, customer, autopay=True)


def new_invoice(api: requests.Session, customer: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"customer": customer["id"], "items": [{"unit_cost": 100}], **fields}
    created: dict[str, Any] = api.post("/invoices", json=body).json()
    return created


def store_card(api: requests.Session, customer: dict[str, Any], token: str) -> None:
    body = {"gateway_token": token, "make_default": True}
    assert api.post(f"/customers/{customer['id']}/payment_sources", json=body).status_code == 200


def now(api: requests.Session, invoice: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/invoices/{invoice['id']}").json()
    return found


def plan(api: requests.Session, invoice: dict[str, Any], *parts: tuple[int, float], **fields: Any) -> requests.Response:
    installments = [{"date": date, "amount": amount} for date, amount in parts]
    return api.put(f"/invoices/{invoice['id']}/payment_plan", json={"installments": installments, **fields})


def test_an_autopay_invoice_is_collected_after_an_hour(
    api: requests.Session, customer: dict[str, Any], owed: dict[str, Any], clock: SimpleNamespace
) -> None:
    store_card(api, customer, GOOD)
    assert owed["next_payment_attempt"] == clock.now + HOUR
    clock.now += HOUR
    paid = now(api, owed)
    assert [paid[name] for name in ("status", "attempt_count", "next_payment_attempt")] == ["paid", 1, None]
    (payment,) = api.get("/payments").json()
    assert (payment["source"], payment["amount"], payment["date"]) == ("autopay", 100, clock.now)


def test_a_failed_attempt_is_repeated_after_3_5_and_7_days(
    api: requests.Session, customer: dict[str, Any], owed: dict[str, Any], clock: SimpleNamespace
) -> None:
    store_card(api, customer, BAD)
    clock.now += HOUR
    for count, days in ((1, 3), (2, 5), (3, 7)):
        failed = now(api, owed)
        assert (failed["attempt_count"], failed["status"]) == (count, "past_due")
        assert failed["next_payment_attempt"] == clock.now + days * DAY
        clock.now += days * DAY
    assert (now(api, owed)["attempt_count"], now(api, owed)["next_payment_attempt"]) == (4, None)
    assert len(api.get("/events?filter[type]=charge.failed").json()) == 4
    clock.now += 30 * DAY
    assert now(api, owed)["attempt_count"] == 4


def test_all_attempts_happen_at_their_time_when_the_clock_is_advanced(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme")
        invoice = client.Invoice.create(customer=customer.id, autopay=True, items=[{"unit_cost": 1}])
        emulator.advance(60 * DAY)
        assert client.Invoice.retrieve(invoice.id).attempt_count == 4


def test_pay_charges_an_invoice_now(api: requests.Session, customer: dict[str, Any], owed: dict[str, Any]) -> None:
    path = f"/invoices/{owed['id']}/pay"
    assert api.post(path).status_code == 400
    assert now(api, owed)["attempt_count"] == 1
    store_card(api, customer, BAD)
    refused = api.post(path)
    assert (refused.status_code, refused.json()["message"], "param" in refused.json()) == (
        400,
        "Charge declined",
        False,
    )
    assert now(api, owed)["attempt_count"] == 1
    store_card(api, customer, GOOD)
    paid = api.post(path)
    assert (paid.status_code, paid.json()) == (200, now(api, owed))
    assert (paid.json()["status"], paid.json()["attempt_count"]) == ("paid", 2)
    assert api.post(path).status_code == 400


@pytest.mark.parametrize("fields", [{"autopay": False}, {"draft": True}, {"closed": True}])
def test_an_invoice_that_cannot_be_collected_is_not_paid(
    api: requests.Session, customer: dict[str, Any], fields: dict[str, Any]
) -> None:
    store_card(api, customer, GOOD)
    invoice = new_invoice(api, customer, **{"autopay": True, **fields})
    assert api.post(f"/invoices/{invoice['id']}/pay").status_code == 400
    assert (now(api, invoice), api.get("/payments").json()) == (invoice, [])


def test_the_client_pays_an_invoice_and_plans_payments(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme")
        customer.payment_sources().create(gateway_token=GOOD, make_default=True)
        invoice = client.Invoice.create(customer=customer.id, autopay=True, items=[{"unit_cost": 1}])
        invoice.pay()
        assert invoice.status == "paid"


def test_a_plan_is_collected_installment_by_installment(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    store_card(api, customer, GOOD)
    invoice, first, last = new_invoice(api, customer), clock.now + 5 * DAY, clock.now + 10 * DAY
    response = plan(api, invoice, (last, 60), (first, 40))
    made = response.json()
    assert (response.status_code, made["object"], made["status"]) == (200, "payment_plan", "active")
    assert [(each["date"], each["balance"]) for each in made["installments"]] == [(first, 40), (last, 60)]
    planned = now(api, invoice)
    names = ("payment_plan", "autopay", "payment_terms", "due_date", "next_payment_attempt")
    assert [planned[name] for name in names] == [made["id"], True, "Payment Plan", last + DAY, first]
    clock.now = first
    halfway = now(api, invoice)
    assert [halfway[name] for name in ("balance", "status", "next_payment_attempt")] == [60, "not_sent", last]
    clock.now = last
    assert now(api, invoice)["status"] == "paid"
    assert api.get(f"/invoices/{invoice['id']}/payment_plan").json()["status"] == "finished"
    assert api.delete(f"/invoices/{invoice['id']}/payment_plan").status_code == 500


def test_payments_fill_the_earliest_installments_and_empty_the_latest(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """4.4"""
    invoice = new_invoice(api, customer)
    plan(api, invoice, (clock.now + DAY, 30), (clock.now + 2 * DAY, 30), (clock.now + 3 * DAY, 40), autopay=False)

    def balances() -> list[float]:
        found = api.get(f"/invoices/{invoice['id']}/payment_plan").json()
        return [each["balance"] for each in found["installments"]] + [found["status"]]

    payments = []
    for amount, expected in ((45, [0, 15, 40, "active"]), (55, [0, 0, 0, "finished"])):
        applied = [{"type": "invoice", "invoice": invoice["id"], "amount": amount}]
        payments.append(api.post("/payments", json={"amount": amount, "applied_to": applied}).json())
        assert balances() == expected
    api.delete(f"/payments/{payments[0]['id']}")
    assert balances() == [0, 5, 40, "active"]
    applied = [{"type": "invoice", "invoice": invoice["id"], "amount": 46}]
    api.post("/payments", json={"amount": 46, "applied_to": applied})
    assert balances() == [0, 5, 40, "active"]


def test_credit_notes_for_an_invoice_fill_its_installments(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """4.4"""
    invoice = new_invoice(api, customer)
    plan(api, invoice, (clock.now + DAY, 30), (clock.now + 2 * DAY, 70), autopay=False)

    def balances() -> list[float]:
        found = api.get(f"/invoices/{invoice['id']}/payment_plan").json()
        return [each["balance"] for each in found["installments"]] + [found["status"]]

    api.post("/credit_notes", json={"invoice": invoice["id"], "items": [{"unit_cost": 40}]})
    assert balances() == [0, 60, "active"]
    short = [{"type": "invoice", "invoice": invoice["id"], "amount": 35, "short_pay": True}]
    api.post("/payments", json={"amount": 35, "applied_to": short})
    assert balances() == [0, 25, "active"]  # The rest of the total, 65, is more than what is open.


def test_a_plan_is_past_due_from_the_date_of_an_unpaid_installment(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    invoice = new_invoice(api, customer)
    plan(api, invoice, (clock.now + DAY, 30), (clock.now + 5 * DAY, 70), autopay=False)
    clock.now += DAY
    assert now(api, invoice)["status"] == "past_due"
    balance = api.get(f"/customers/{customer['id']}/balance").json()
    assert (balance["total_outstanding"], balance["due_now"]) == (100, 30)


def test_a_plan_that_cannot_be_made_is_refused(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    invoice = new_invoice(api, customer)
    path = f"/invoices/{invoice['id']}/payment_plan"
    for parts in ((), ((clock.now, 99),), ((clock.now, 101),), ((clock.now, 101), (clock.now, -1)), ((1, 1),) * 101):
        refused = plan(api, invoice, *parts)
        assert (refused.status_code, "param" in refused.json()) == (400, False)
    closed = new_invoice(api, customer, closed=True)
    assert plan(api, closed, (clock.now, 100)).json()["param"] == "closed"
    assert (api.get(path).status_code, api.delete(path).status_code) == (400, 400)
    assert api.get("/invoices/99999/payment_plan").status_code == 404
    assert now(api, invoice) == invoice


def test_a_plan_waits_for_approval_unless_autopay_is_off(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    invoice = new_invoice(api, customer)
    parts = (clock.now + DAY, 100)
    assert plan(api, invoice, parts, require_approval=True).json()["status"] == "pending_signup"
    store_card(api, customer, GOOD)
    assert api.post(f"/invoices/{invoice['id']}/pay").status_code == 400
    api.patch(f"/invoices/{invoice['id']}", json={"autopay": False})
    assert api.get(f"/invoices/{invoice['id']}/payment_plan").json()["status"] == "active"
    assert plan(api, invoice, parts, require_approval=True, autopay=False).json()["status"] == "active"


def test_a_plan_that_waits_is_active_once_the_customer_has_no_autopay(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """4.3"""
    api.patch(f"/customers/{customer['id']}", json={"autopay": True})
    invoice = new_invoice(api, customer)
    plan(api, invoice, (clock.now + DAY, 100), require_approval=True)
    assert [each["id"] for each in api.get("/invoices?payment_plan=needs_approval").json()] == [invoice["id"]]
    api.patch(f"/customers/{customer['id']}", json={"autopay": False})
    assert api.get("/invoices?payment_plan=needs_approval").json() == []
    switched = api.get(f"/invoices/{invoice['id']}?expand=payment_plan").json()
    assert (switched["payment_plan"]["status"], switched["autopay"]) == ("active", False)


def test_an_invoice_of_a_customer_without_autopay_is_no_longer_collected(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """3.8"""
    api.patch(f"/customers/{customer['id']}", json={"autopay": True})
    invoice = new_invoice(api, customer)
    assert invoice["next_payment_attempt"] == clock.now + HOUR
    api.patch(f"/customers/{customer['id']}", json={"autopay": False})
    assert (now(api, invoice)["autopay"], now(api, invoice)["next_payment_attempt"]) == (False, None)


@pytest.mark.parametrize(("off", "on"), [("0", "1"), (0, 1), ("false", "true")])
def test_only_json_booleans_count_in_a_plan(
    off: Any, on: Any, api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """4.1"""
    invoice = new_invoice(api, customer)
    made = plan(api, invoice, (clock.now + DAY, 100), autopay=off, require_approval=on)
    assert (made.status_code, made.json()["status"], now(api, invoice)["autopay"]) == (200, "active", True)


def test_a_canceled_plan_leaves_an_invoice_without_terms(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    invoice = new_invoice(api, customer)
    plan(api, invoice, (clock.now + DAY, 100))
    path = f"/invoices/{invoice['id']}/payment_plan"
    assert (api.delete(path).status_code, api.get(path).status_code) == (204, 400)
    names = ("payment_plan", "autopay", "payment_terms", "due_date")
    assert [now(api, invoice)[name] for name in names] == [None, False, None, None]


def test_autopay_goes_on_after_a_pending_payment(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    account = {"method": "ach", "account_number": "0003893", "routing_number": "123123123", "make_default": True}
    assert api.post(f"/customers/{customer['id']}/payment_sources", json=account).status_code == 200
    invoice = new_invoice(api, customer)
    assert plan(api, invoice, (clock.now + DAY, 50), (clock.now + 30 * DAY, 50)).status_code == 200
    clock.now += DAY
    pending = now(api, invoice)
    assert (pending["status"], pending["next_payment_attempt"]) == ("pending", None)
    for _ in range(40):
        clock.now += DAY
        api.get("/invoices")
    assert (now(api, invoice)["balance"], len(api.get("/payments").json())) == (0, 2)


def test_a_plan_of_a_draft_is_collected_once_it_is_issued(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    store_card(api, customer, GOOD)
    draft = new_invoice(api, customer, draft=True)
    assert plan(api, draft, (clock.now + 5 * DAY, 100)).status_code == 200
    issued = api.patch(f"/invoices/{draft['id']}", json={"draft": False}).json()
    assert issued["next_payment_attempt"] == clock.now + 5 * DAY
