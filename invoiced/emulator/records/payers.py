"""The customers of new documents, payments and subscriptions."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Record, RecordId


def payer(call: Call, customer_id: RecordId) -> Record:
    """Return the customer whose ID is sent. `ApiError` 400 if it does not exist."""
    customer = call.store.find("customer", customer_id)
    if customer is None:
        raise ApiError(400, f"No such customer: {customer_id!r}. Create it first.")
    return customer
