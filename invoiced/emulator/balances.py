"""Balances of customers. Until there are invoices, they are what the test that uses the emulator sets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoiced.emulator.call import Answer, Call
from invoiced.emulator.description import schema_of
from invoiced.emulator.errors import no_such
from invoiced.emulator.parameters import Parameters
from invoiced.emulator.store import Record, RecordId, Store

_DEFAULT_CURRENCY = "usd"
_NOTHING: Record = {"available_credits": 0, "history": [], "past_due": False, "total_outstanding": 0, "due_now": 0}

FIGURES = Parameters(schema_of("Balance"))
"""What `set_balance` may be given; all of it may be left out."""


def retrieve_balance(call: Call) -> Answer:
    """Answer the customer's balance in the currency that is asked for."""
    return Answer(balance_of(call.store, call.record(), call.query.get("currency")))


def set_balance(store: Store, customer_id: RecordId, now: int, figures: dict[str, Any]) -> Record:
    """Change the customer's balance in the currency that the figures are in, and answer all of it.

    A change of the credits is added to the history, unless `figures` has a history of its own. `ApiError`
    when there is no such customer.
    """
    customer = store.find("customer", customer_id)
    if customer is None:
        raise no_such("customer", customer_id)
    before = balance_of(store, customer, figures.get("currency"))
    balance = {**before, **figures, "currency": before["currency"]}
    credit = balance["available_credits"]
    # As text: what was given as a binary float is read back as the decimal number that it stood for.
    if "history" not in figures and Decimal(str(credit)) != Decimal(str(before["available_credits"])):
        change = {"timestamp": now, "currency": balance["currency"], "balance": credit}
        balance["history"] = [change, *before["history"]]
    key = _key(customer, balance["currency"])
    store.remove("balance", key)
    store.add("balance", key, balance, parent=customer_id)
    return balance


def balance_of(store: Store, customer: Record, currency: str | None) -> Record:
    """The balance in `currency`, or else in the customer's own, in the order of the schema."""
    code = str(currency or customer["currency"] or _DEFAULT_CURRENCY).lower()
    known = store.find("balance", _key(customer, code), parent=customer["id"]) or {}
    balance = {**_NOTHING, "currency": code, **known}
    return {name: balance[name] for name in schema_of("Balance")["properties"] if name in balance}


def _key(customer: Record, currency: str) -> str:
    return f"{customer['id']} {currency}"
