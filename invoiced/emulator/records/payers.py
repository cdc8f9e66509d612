"""The customers of new documents, payments and subscriptions."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId


def payer(account: Account, customer_id: RecordId) -> Record:
    """Return the customer whose ID is sent. `ApiError` 400 if it does not exist."""
    customer = account.store.find("customer", customer_id)
    if customer is None:
        raise ApiError(400, f"No such customer: {customer_id!r}. Create it first.")
    return customer
