"""Payments and stored payment sources, as far as they follow from what is sent."""

from __future__ import annotations

from decimal import Decimal

from invoiced.emulator.description.blanks import blank_source
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.payers import payer
from invoiced.emulator.records.records import store_changed
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact

SAMPLE_CARD = {"object": "card", "brand": "Visa", "last4": "4242", "exp_month": 2, "exp_year": 20, "funding": "credit"}
"""Card of every token: that of the reference's sample."""

_IS_CHARGEABLE = column("chargeable")
_MAX_SOURCES = 20
_LAST4 = {"card": SAMPLE_CARD["last4"], "bank_account": "6789"}


def _complete_payment(call: Call, payment: Record) -> None:
    """Set the date and the currency of a payment, and its balance: what is not applied."""
    customer = payer(call, call.body["customer"]) if call.body.get("customer") else {}
    applied = sum((exact(part.get("amount", 0)) for part in payment.get("applied_to") or ()), Decimal(0))
    payment["balance"] = exact(payment["amount"]) - applied
    payment["date"] = payment["date"] or call.now
    payment["currency"] = payment["currency"] or customer.get("currency") or ACCOUNT_CURRENCY


def _void_payment(call: Call) -> Result:
    """Void a payment, which keeps its amount but is applied to nothing."""
    payment = call.record()
    if payment["voided"]:
        raise ApiError(400, "This payment is voided already.")
    payment |= {"voided": True, "date_voided": call.now, "balance": payment["amount"], "applied_to": []}
    return store_changed(call, PAYMENT, payment)


def _create_source(call: Call) -> Result:
    """Store a card, or a bank account if its details or its method say so. A new default replaces the former."""
    is_bank_account = "ach" in (call.body.get("payment_method"), call.body.get("method"))
    kind = "bank_account" if is_bank_account else "card"
    source = {**blank_source(kind), "id": call.store.next("id"), "object": kind}
    number = str(call.body.get("account_number") or _LAST4[kind])
    sent = {name: value for name, value in call.body.items() if name in source and name != "method"}
    source |= {**SAMPLE_CARD, **sent} if kind == "card" else sent
    source |= {"last4": number[-4:], "chargeable": True, "created_at": call.now, "updated_at": call.now}
    parent = call.parent
    assert parent is not None
    source["customer_id"] = parent
    if call.store.count("payment_source", parent, [Condition(_IS_CHARGEABLE)]) >= _MAX_SOURCES:
        raise ApiError(400, f"A customer can have at most {_MAX_SOURCES} payment sources. Delete one first.")
    call.add("payment_source", source["id"], source, parent)
    customer = call.store.find("customer", parent)
    if customer and call.body.get("make_default"):
        _deactivate(call, customer["payment_source"])
        call.write("customer", parent, {**customer, "payment_source": source})
    return Result(source)


def _delete_source(call: Call) -> Result:
    """Deactivate a card or a bank account, also as the customer's default."""
    kind = "card" if call.operation.name == "Card.delete" else "bank_account"
    source, parent = call.store.find("payment_source", call.ids["id"], call.parent), call.parent
    if source is None or source["object"] != kind or parent is None or not source["chargeable"]:
        raise not_found(kind, call.ids["id"])
    _deactivate(call, source)
    customer = call.store.find("customer", parent)
    if customer and (customer["payment_source"] or {}).get("id") == source["id"]:
        call.write("customer", parent, {**customer, "payment_source": None})
    return Result()


def _deactivate(call: Call, source: Record | None) -> None:
    """Keep a payment source, which is no longer charged or listed. The card of a `stripe_token` is not stored."""
    if source is not None:
        call.write("payment_source", source["id"], {**source, "chargeable": False, "updated_at": call.now})


PAYMENT = Behaviour(
    defaults={"method": "other"}, complete=_complete_payment, operations={"Payment.delete": _void_payment}
)
PAYMENT_SOURCE = Behaviour(
    is_listed_whole=True,
    unlisted=f"NOT {_IS_CHARGEABLE}",
    operations={
        "Customer.payment_sources.create": _create_source,
        "Card.delete": _delete_source,
        "BankAccount.delete": _delete_source,
    },
)
