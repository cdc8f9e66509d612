"""Contacts of customers, beyond their description."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.addresses import normalized

_MAX_CONTACTS = 100


def _complete(call: Call, contact: Record) -> None:
    customer = call.store.find("customer", contact["customer"]) or {}
    if call.operation.action == "create":
        if call.store.count("contact", contact["customer"]) >= _MAX_CONTACTS:
            raise ApiError(400, f"A customer can have at most {_MAX_CONTACTS} contacts.")
        contact["country"] = contact["country"] or customer.get("country")
    if contact["email"] and "email" in call.body:
        contact["email"] = normalized(contact["email"])
    # A sent `customer_id` has no effect.
    contact |= {"customer_id": contact["customer"], "role_id": contact["role"]}


CONTACT = Behaviour(complete=_complete)
