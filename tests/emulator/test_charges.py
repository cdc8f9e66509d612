"""Charges, refunds and payment sources (billing.md 9, 10)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

DAY = 24 * 60 * 60


@pytest.fixture
def owed(api: requests.Session, customer: dict[str, Any]) -> dict[str, Any]:
    """Create an invoice of 99.99."""
    body = {"customer": customer["id"], "items": [{"unit_cost": 99.99}]}
    created: dict[str, Any] = api.post("/invoices", json=body).json()
    return created


def bank_account(number: str, routing: str = "123123123") -> dict[str, Any]:
    return {"payment_method": "ach", "account_number": number, "routing_number": routing}


def charge(api: requests.Session, owed: dict[str, Any], **fields: Any) -> requests.Response:
    applied = [{"type": "invoice", "invoice": owed["id"], "amount": owed["balance"]}]
    body = {"customer": owed["customer"], "applied_to": applied, **fields}
    return api.post("/charges?include=applied_to", json=body)


def set_fee(emulator: Emulator) -> None:
    method = {"id": "credit_card", "enabled": True, "convenience_fee": 290}
    with emulator._store.transaction():
        emulator._store.add("payment_method", "credit_card", method)


def now(api: requests.Session, invoice: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/invoices/{invoice['id']}").json()
    return found


def test_a_charge_makes_a_payment(api: requests.Session, owed: dict[str, Any]) -> None:
    response = charge(api, owed, method="credit_card", gateway_token="tok")
    payment = response.json()
    assert (response.status_code, payment["object"], payment["amount"], payment["balance"]) == (
        200,
        "payment",
        99.99,
        0,
    )
    made = payment["charge"]
    assert (made["status"], made["payment_id"], made["gateway"]) == ("succeeded", payment["id"], "test")
    assert made.keys() & {"customer", "payment"} == set()
    assert [payment[name] for name in ("source", "method", "reference")] == ["api", "credit_card", made["gateway_id"]]
    assert now(api, owed)["status"] == "paid"
    whole = api.get(f"/charges/{made['id']}").json()
    assert (whole["customer"], whole["payment"]) == (owed["customer"], payment["id"])
    assert api.get(f"/payments/{payment['id']}").json()["charge"] == made


@pytest.mark.parametrize(
    "details",
    [
        {"method": "credit_card", "gateway_token": "tok_0069"},
        {"method": "credit_card", "gateway_token": "tok_0127"},
        bank_account("000123453456"),
        bank_account("1116"),
    ],
)
def test_a_declined_charge_is_kept_without_a_payment(
    api: requests.Session, owed: dict[str, Any], details: dict[str, Any], emulator: Emulator
) -> None:
    refused = charge(api, owed, **details)
    assert (refused.status_code, refused.json()) == (400, {"type": "invalid_request", "message": "Charge declined"})
    assert (now(api, owed), api.get("/payments").json()) == (owed, [])
    (event,) = api.get("/events?filter[type]=charge.failed").json()
    kept = api.get(f"/charges/{event['data']['object']['id']}").json()
    assert [kept[name] for name in ("status", "failure_message", "payment_id")] == ["failed", "Charge declined", None]


@pytest.mark.parametrize("kind", ["credit_note", "applied_credit"])
def test_credits_of_a_charge_need_a_document(kind: str, api: requests.Session, owed: dict[str, Any]) -> None:
    """9.1"""
    note = api.post("/credit_notes", json={"customer": owed["customer"], "items": [{"unit_cost": 5}]}).json()
    credit = {"type": kind, "amount": 5} | ({"credit_note": note["id"]} if kind == "credit_note" else {})
    applied = [credit, {"type": "invoice", "invoice": owed["id"], "amount": 1}]
    refused = charge(api, owed, method="credit_card", gateway_token="tok", applied_to=applied)
    assert (refused.status_code, "param" in refused.json()) == (400, False)
    assert api.get("/payments").json() == []


@pytest.mark.parametrize("case", ["other customer", "unknown invoice", "amount of 0", "twice"])
def test_a_charge_that_is_not_possible_is_refused_before_the_gateway_declines_it(
    case: str, api: requests.Session, owed: dict[str, Any]
) -> None:
    """9.2"""
    other = api.post("/customers", json={"name": "Other"}).json()
    theirs = api.post("/invoices", json={"customer": other["id"], "items": [{"unit_cost": 5}]}).json()
    part = {"type": "invoice", "invoice": owed["id"], "amount": 1}
    applied = {
        "other customer": [{**part, "invoice": theirs["id"]}],
        "unknown invoice": [{**part, "invoice": 99999}],
        "amount of 0": [part, {**part, "amount": 0}],
        "twice": [part, part],
    }[case]
    response = charge(api, owed, method="credit_card", gateway_token="tok_0069", applied_to=applied)
    refusal = response.json()
    assert (response.status_code, "param" in refusal) == (400, False)
    assert "declined" not in refusal["message"]
    assert api.get("/events?filter[type]=charge.failed").json() == []


@pytest.mark.parametrize(("number", "status"), [("0003893", "succeeded"), ("0002227", "failed")])
def test_a_charge_of_a_bank_account_can_be_pending_for_a_day(
    api: requests.Session, owed: dict[str, Any], clock: SimpleNamespace, number: str, status: str
) -> None:
    payment = charge(api, owed, **bank_account(number)).json()
    assert (payment["charge"]["status"], payment["balance"], payment["method"]) == ("pending", 0, "ach")
    pending = now(api, owed)
    assert [pending[name] for name in ("status", "balance", "payment_url")] == ["pending", 99.99, None]
    assert charge(api, owed, method="credit_card").status_code == 400
    assert api.patch(f"/payments/{payment['id']}", json={"applied_to": []}).status_code == 400
    clock.now += DAY
    settled = api.get(f"/payments/{payment['id']}").json()
    assert settled["charge"]["status"] == status
    is_paid = status == "succeeded"
    assert (settled["voided"], settled["balance"]) == (not is_paid, 0 if is_paid else 99.99)
    assert now(api, owed)["status"] == ("paid" if is_paid else "not_sent")
    assert len(api.get(f"/events?filter[type]=charge.{status}").json()) == 1


def test_bank_accounts_of_the_other_routing_number_succeed(api: requests.Session, owed: dict[str, Any]) -> None:
    assert charge(api, owed, **bank_account("3456", "110000000")).json()["charge"]["status"] == "succeeded"


@pytest.mark.parametrize(("fields", "amount"), [({}, 102.88), ({"apply_convenience_fee": False}, 99.99)])
def test_the_convenience_fee_of_the_method_is_added(
    api: requests.Session, emulator: Emulator, owed: dict[str, Any], fields: dict[str, Any], amount: float
) -> None:
    """9.5"""
    set_fee(emulator)
    payment = charge(api, owed, method="credit_card", **fields).json()
    assert (payment["amount"], payment["charge"]["amount"], payment["balance"]) == (amount, amount, 0)
    fees = [each["amount"] for each in payment["applied_to"] if each["type"] == "convenience_fee"]
    assert fees == ([] if fields else [2.89])


def test_a_customer_can_be_free_of_the_convenience_fee(
    api: requests.Session, emulator: Emulator, owed: dict[str, Any]
) -> None:
    set_fee(emulator)
    api.patch(f"/customers/{owed['customer']}", json={"convenience_fee": False})
    assert charge(api, owed, method="credit_card").json()["amount"] == 99.99


def test_a_charge_that_cannot_be_made_is_refused(api: requests.Session, owed: dict[str, Any]) -> None:
    assert charge(api, {**owed, "customer": 999}).status_code == 404
    for fields in (
        {},
        {"payment_source_type": "card", "payment_source_id": 999},
        {"method": "cash"},
        {"method": "credit_card", "applied_to": []},
        {"method": "credit_card", "applied_to": [{"type": "convenience_fee", "amount": 1}]},
        {"method": "credit_card", "applied_to": [{"type": "invoice", "invoice": 999, "amount": 1}]},
        {"method": "credit_card", "applied_to": [{"type": "invoice", "invoice": owed["id"], "amount": 0}]},
    ):
        refused = charge(api, owed, **fields)
        assert (refused.status_code, "param" in refused.json()) == (400, False), fields
    assert (now(api, owed), api.get("/payments").json()) == (owed, [])
    assert api.get("/events?filter[type]=charge.succeeded").json() == []


def test_a_source_that_is_stored_by_a_charge_can_be_charged_again(
    api: requests.Session, customer: dict[str, Any], owed: dict[str, Any]
) -> None:
    charge(api, owed, method="credit_card", invoiced_token="t1", vault_method=True, make_default=True)
    (card,) = api.get(f"/customers/{customer['id']}/payment_sources").json()
    assert api.get(f"/customers/{customer['id']}").json()["payment_source"] == card
    stored = {"payment_source_type": "card", "payment_source_id": card["id"]}
    applied = [{"type": "credit", "amount": 5}]
    assert charge(api, owed, **stored, applied_to=applied).json()["charge"]["payment_source"] == card
    assert charge(api, owed, method="credit_card", invoiced_token="t1").status_code == 400


def test_credits_are_not_charged(api: requests.Session, customer: dict[str, Any], owed: dict[str, Any]) -> None:
    api.post("/credit_balance_adjustments", json={"customer": customer["id"], "amount": 99.99})
    spent = {"type": "applied_credit", "document_type": "invoice", "invoice": owed["id"], "amount": 99.99}
    payment = charge(api, owed, applied_to=[spent]).json()
    assert (payment["amount"], payment["charge"], now(api, owed)["status"]) == (0, None, "paid")


def test_a_refund_changes_only_the_charge(api: requests.Session, owed: dict[str, Any], clock: SimpleNamespace) -> None:
    payment = charge(api, owed, method="credit_card").json()
    path = f"/charges/{payment['charge']['id']}"
    assert api.post(f"{path}/refunds", json={"amount": 10}).status_code == 400
    clock.now += DAY
    refund = api.post(f"{path}/refunds", json={"amount": 10})
    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    assert api.get(f"/refunds/{refund.json()['id']}").json() == refund.json()
    made = api.get(path).json()
    assert (made["amount_refunded"], made["refunded"], made["refunds"][0]["amount"]) == (10, False, 10)
    for amount in (90, 0, -1):
        assert api.post(f"{path}/refunds", json={"amount": amount}).status_code == 400
    assert api.post(f"{path}/refunds", json={"amount": 89.99}).status_code == 201
    assert api.get(path).json()["refunded"] is True
    assert now(api, owed)["status"] == "paid"
    assert api.get(f"/payments/{payment['id']}").json()["balance"] == 0


def test_the_client_charges_and_refunds(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme")
        owed = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 20}])
        applied = [{"type": "invoice", "invoice": owed.id, "amount": 20}]
        payment = client.Charge.create(customer=customer.id, method="credit_card", applied_to=applied)
        assert client.Invoice.retrieve(owed.id).status == "paid"
        refund = client.Refund.create(payment.charge.id, amount=20)
        assert client.Charge.retrieve(payment.charge.id).refunded
        assert refund.status == "succeeded"
        with pytest.raises(invoiced.InvalidRequestError, match="Charge declined"):
            client.Charge.create(
                customer=customer.id,
                method="credit_card",
                gateway_token="tok_0069",
                applied_to=[{"type": "credit", "amount": 1}],
            )


def test_the_same_bank_account_is_stored_once(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/payment_sources"
    first = api.post(path, json=bank_account("000123")).json()
    second = api.post(path, json={**bank_account("000123"), "account_holder_name": "Acme"}).json()
    assert (second["id"], second["account_holder_name"]) == (first["id"], "Acme")
    assert api.get(path).json() == [second]


def test_a_source_of_another_customer_is_not_found(api: requests.Session, customer: dict[str, Any]) -> None:
    other = api.post("/customers", json={"name": "Other"}).json()
    card = api.post(f"/customers/{customer['id']}/payment_sources", json={"gateway_token": "t"}).json()
    assert api.delete(f"/customers/{other['id']}/cards/{card['id']}").status_code == 404
    assert [api.delete(f"/customers/{customer['id']}/cards/{card['id']}").status_code for _ in range(2)] == [204, 204]


def test_a_card_expires_in_the_future(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/payment_sources"
    card = api.post(path, json={"gateway_token": "tok_0069"}).json()
    assert (card["last4"], card["exp_month"], card["exp_year"]) == ("0069", 2, 2019)


def test_a_stored_source_that_does_not_exist_is_named(
    api: requests.Session, customer: dict[str, Any], owed: dict[str, Any]
) -> None:
    body = {"customer": customer["id"], "applied_to": [{"type": "invoice", "invoice": owed["id"], "amount": 1}]}
    missing = "The payment method is missing. Send method, or a stored source that can be charged."
    assert api.post("/charges", json=body).json()["message"] == missing
    body |= {"payment_source_type": "bank_account", "payment_source_id": 999}
    message = api.post("/charges", json=body).json()["message"]
    assert message == f"The customer has no bank account 999 that can be charged. {missing}"
