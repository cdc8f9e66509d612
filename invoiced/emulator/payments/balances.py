"""Balances of customers. Tests set them, because the emulator has no invoices yet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import not_found
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.storage.store import Record, RecordId, Store
from invoiced.emulator.values.money import ACCOUNT_CURRENCY

_ZERO_BALANCE: Record = {
    "available_credits": 0,
    "history": [],
    "past_due": False,
    "total_outstanding": 0,
    "due_now": 0,
    "open_credit_notes": 0,
}

_MAX_HISTORY = 100

FIGURES = Parameters(schema_of("Balance"))
"""Schema of the arguments of `set_balance`, all of which are optional."""


def retrieve_balance(call: Call) -> Result:
    """Respond with the customer's balance in the requested currency."""
    return Result(balance_of(call.store, call.record(), call.query.get("currency")))


def set_balance(store: Store, customer_id: RecordId, now: int, figures: dict[str, Any]) -> Record:
    """Set figures of the customer's balance in the currency of `figures`, and return the whole balance.

    A change in the credits is added to the history, unless `figures` has its own history. `ApiError` if the
    customer does not exist.
    """
    customer = store.find("customer", customer_id)
    if customer is None:
        raise not_found("customer", customer_id)
    before = _figures(store, customer, figures.get("currency"))
    balance = {**before, **figures, "currency": before["currency"]}
    credit = balance["available_credits"]
    # As text, so that a binary float is read back as the decimal number that was written.
    if "history" not in figures and Decimal(str(credit)) != Decimal(str(before["available_credits"])):
        change = {"timestamp": now, "currency": balance["currency"], "balance": credit}
        balance["history"] = [change, *before["history"]][:_MAX_HISTORY]
    store.put("balance", _key(customer, balance["currency"]), balance, parent=customer_id)
    return balance_of(store, customer, balance["currency"])


def balance_of(store: Store, customer: Record, currency: str | None) -> Record:
    """Return the balance in `currency`, or else in the customer's currency. It is past due if any currency is."""
    in_all_currencies = store.page("balance", customer["id"])
    return {**_figures(store, customer, currency), "past_due": any(each["past_due"] for each in in_all_currencies)}


def _figures(store: Store, customer: Record, currency: str | None) -> Record:
    """Return the figures in one currency, in the schema's order."""
    code = str(currency or customer["currency"] or ACCOUNT_CURRENCY).lower()
    stored = store.find("balance", _key(customer, code), parent=customer["id"]) or {}
    balance = {**_ZERO_BALANCE, "currency": code, **stored}
    return {name: balance[name] for name in schema_of("Balance")["properties"] if name in balance}


def _key(customer: Record, currency: str) -> str:
    return f"{customer['id']} {currency}"
