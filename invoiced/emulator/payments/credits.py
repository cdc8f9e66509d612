"""Credit balances: one history of entries per customer and currency (billing.md 11.1 to 11.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from decimal import Decimal

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.values.exact_json import decimal_text
from invoiced.emulator.values.money import exact, rounded

ENTRY = "credit_balance_adjustment"
"""Record type of the entries: adjustments, and those that payments make."""

PAYMENT = "_payment"
"""Hidden property of an entry: ID of the payment that made it."""

_APPLICATION = "_application"
_OF_CUSTOMER = f"{column('customer')} = ?"
_OF_APPLICATION = f"{_OF_CUSTOMER} AND {column(_APPLICATION)} = ?"
_BY_DATE = (column("date"), column("id"))  # 11.1


def entries(account: Account, customer_id: RecordId, currency: str) -> list[Record]:
    """Return the entries of a credit balance, the oldest first (11.1)."""
    condition = Condition(f"{_OF_CUSTOMER} AND {column('currency')} = ?", [customer_id, currency])
    return account.store.page(ENTRY, conditions=[condition], order=_BY_DATE)


def points(history: Iterable[Record], currency: str) -> list[tuple[int, Decimal]]:
    """Return the time of each entry, and the credit balance from then on."""
    balance, found = Decimal(0), []
    for entry in history:
        balance += exact(entry["amount"])
        found.append((entry["date"], rounded(balance, currency)))
    return found


def available(account: Account, customer_id: RecordId, currency: str) -> Decimal:
    """Return the credit that a customer can use now: the balance after the last entry up to now (11.1)."""
    history = points(entries(account, customer_id, currency), currency)
    return next((balance for date, balance in reversed(history) if date <= account.now), Decimal(0))


def check_history(account: Account, customer_id: RecordId, currency: str, param: str | None) -> None:
    """Raise `ApiError` if a credit balance was, is or will be below zero on any day (11.3)."""
    for date, balance in points(entries(account, customer_id, currency), currency):
        if balance < 0:
            day = f"{datetime.fromtimestamp(date, timezone.utc):%Y-%m-%d}"
            message = f"The credit balance would be {decimal_text(balance)} {currency} on {day}, which is below zero."
            raise ApiError(400, message, param)


def set_entry(account: Account, payment: Record, application: Record, change: Decimal) -> None:
    """Change what an application of a payment adds to the credit balance of its customer, or takes from it (11.2).

    The balance is not checked: a call that changes several entries checks the result.
    """
    condition = Condition(_OF_APPLICATION, [payment["customer"], application["id"]])
    found = account.store.page(ENTRY, conditions=[condition], limit=1)
    entry = found[0] if found else None
    amount = rounded((exact(entry["amount"]) if entry else Decimal(0)) + change, payment["currency"])
    dated = {"amount": amount, "date": payment["date"]}
    if entry is None and amount:
        fields = {"customer": payment["customer"], "currency": payment["currency"], "notes": payment["notes"], **dated}
        entry = new_record(account, "CreditBalanceAdjustment", fields)
        entry |= {PAYMENT: payment["id"], _APPLICATION: application["id"]}
        account.add(ENTRY, entry["id"], entry)
    elif entry is not None and amount:
        account.write(ENTRY, entry["id"], {**entry, **dated})
    elif entry is not None:
        account.remove(ENTRY, entry["id"])
