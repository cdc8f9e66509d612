"""Balances of customers, which follow from documents and credits (core.md G11), and which tests can set."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.documents.states import installments, is_pending
from invoiced.emulator.errors import not_found
from invoiced.emulator.payments import credits
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, rounded

_MAX_HISTORY = 100

FIGURES = Parameters(schema_of("Balance"))
"""Schema of the arguments of `set_balance`, all of which are optional."""

_NOT_OPEN = ("closed", "draft", "paid", "voided")
IS_OPEN = " AND ".join(f"NOT {column(name)}" for name in _NOT_OPEN)
"""SQL condition of documents that are open."""

_OPEN = f"{column('customer')} = ? AND {IS_OPEN}"


def retrieve_balance(call: Call) -> Result:
    """Respond with the customer's balance in the requested currency."""
    return Result(balance_of(call, call.record(), call.query.get("currency")))


def set_balance(account: Account, customer_id: RecordId, figures: Mapping[str, Any]) -> Record:
    """Set figures of the customer's balance in the currency of `figures`, and return the whole balance.

    They stand until they are set again, whatever happens to documents and credits. A change in the credits is added to
    the history, unless `figures` has its own history. `ApiError` if the customer does not exist.
    """
    customer = account.find("customer", customer_id)
    if customer is None:
        raise not_found("customer", customer_id)
    before = balance_of(account, customer, figures.get("currency"))
    code = before["currency"]
    stored = _set_figures(account, customer, code) | {**figures, "currency": code}
    credit = figures.get("available_credits")
    if credit is not None and "history" not in figures and exact(credit) != exact(before["available_credits"]):
        change = {"timestamp": account.now, "currency": code, "balance": credit}
        stored["history"] = [change, *before["history"]][:_MAX_HISTORY]
    account.store.put("balance", _key(customer, code), stored, parent=customer_id)
    return balance_of(account, customer, code)


def balance_of(account: Account, customer: Record, currency: str | None) -> Record:
    """Return the balance in `currency`, or else in the customer's currency. It is past due if any currency is.

    Figures that were set by hand replace those that follow from documents and credits.
    """
    code = str(currency or customer["currency"] or ACCOUNT_CURRENCY).lower()
    conditions = [Condition(_OPEN, [customer["id"]])]
    invoices = account.store.page("invoice", conditions=conditions)
    notes = account.store.page("credit_note", conditions=conditions)
    history = credits.points(credits.entries(account, customer["id"], code), code)
    now = [balance for date, balance in history if date <= account.now]
    figures: Record = {
        "available_credits": now[-1] if now else 0,
        "currency": code,
        "history": [{"timestamp": date, "currency": code, "balance": balance} for date, balance in history[::-1]],
        "total_outstanding": _sum(_issued(account, invoices, code), code),
        "due_now": rounded(sum((_due(account, each) for each in _issued(account, invoices, code)), Decimal(0)), code),
        "open_credit_notes": _sum([note for note in notes if note["currency"] == code], code),
    }
    figures |= {**_set_figures(account, customer, code), "past_due": _is_past_due(account, customer, invoices)}
    figures["history"] = figures["history"][:_MAX_HISTORY]
    return {name: figures[name] for name in schema_of("Balance")["properties"] if name in figures}


def _issued(account: Account, invoices: list[Record], currency: str) -> list[Record]:
    return [each for each in invoices if each["currency"] == currency and each["date"] <= account.now]


def _sum(documents: list[Record], currency: str) -> Decimal:
    return rounded(sum((exact(each["balance"]) for each in documents), Decimal(0)), currency)


def _due(account: Account, invoice: Record) -> Decimal:
    """Return what of an invoice is due: of a payment plan, the installments up to now."""
    if is_pending(invoice) or (invoice["autopay"] and invoice["status"] != "past_due"):
        return Decimal(0)
    if invoice["payment_plan"]:
        due = [each for each in installments(account, invoice) if each["date"] <= account.now]
        return sum((exact(each["balance"]) for each in due), Decimal(0))
    return exact(invoice["balance"])


def _is_past_due(account: Account, customer: Record, invoices: list[Record]) -> bool:
    """Return whether anything is past due, in whatever currency. A currency counts as it was set, if it was set."""
    by_currency = {each["currency"]: False for each in invoices}
    for invoice in invoices:
        by_currency[invoice["currency"]] |= invoice["status"] == "past_due"
    stored = account.store.page("balance", customer["id"])
    by_currency |= {each["currency"]: each["past_due"] for each in stored if "past_due" in each}
    return any(by_currency.values())


def _set_figures(account: Account, customer: Record, currency: str) -> Record:
    """Return the figures in one currency that were set by hand."""
    return account.store.find("balance", _key(customer, currency), parent=customer["id"]) or {}


def _key(customer: Record, currency: str) -> str:
    return f"{customer['id']} {currency}"


_WAS_SET = """
EXISTS (
    SELECT 1 FROM records AS balance
    WHERE balance.type = 'balance' AND balance.parent = records.id
    AND json_extract(balance.body, '$.{figure}') {condition}
)
"""
_WAS_SET_IN_CURRENCY = """
EXISTS (
    SELECT 1 FROM records AS balance
    WHERE balance.type = 'balance' AND balance.id = records.id || ' ' || json_extract({document}.body, '$.currency')
    AND json_extract(balance.body, '$.{figure}') IS NOT NULL
)
"""
_OPEN_INVOICE = " AND ".join(f"NOT json_extract(invoice.body, '$.{name}')" for name in _NOT_OPEN)

HAS_OPEN_BALANCE = f"""
{_WAS_SET.format(figure="total_outstanding", condition="> 0")} OR EXISTS (
    SELECT 1 FROM records AS invoice
    WHERE invoice.type = 'invoice' AND json_extract(invoice.body, '$.customer') = records.id AND {_OPEN_INVOICE}
    AND json_extract(invoice.body, '$.date') <= {{now}} AND json_extract(invoice.body, '$.balance') > 0
    AND NOT {_WAS_SET_IN_CURRENCY.format(document="invoice", figure="total_outstanding")}
)
"""
"""SQL condition of customers who owe anything; `now` is the time in Unix seconds."""

HAS_CREDIT = f"""
{_WAS_SET.format(figure="available_credits", condition="> 0")} OR EXISTS (
    SELECT 1 FROM records AS entry
    WHERE entry.type = '{credits.ENTRY}' AND json_extract(entry.body, '$.customer') = records.id
    AND json_extract(entry.body, '$.date') <= {{now}}
    AND NOT {_WAS_SET_IN_CURRENCY.format(document="entry", figure="available_credits")}
    GROUP BY json_extract(entry.body, '$.currency')
    HAVING round(sum(json_extract(entry.body, '$.amount')), 8) > 0
)
"""
"""SQL condition of customers who have credit in any currency; `now` is the time in Unix seconds."""
