"""Letters to customers (core.md, G22; billing.md 5.5). Nothing is sent; they are put into the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.sending.emails import OUTBOX
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.times import DAY

_DAYS_UNTIL_DELIVERY = 7
_ADDRESS = ("address1", "address2", "city", "state", "postal_code", "country")


def send_letter(call: Call, customer: Record, details: Mapping[str, Any]) -> Result:
    """Put a letter into the outbox. An address with `address1` in the body replaces that of the customer."""
    address = call.body if call.body.get("address1") else customer
    if not all(address.get(name) for name in ("address1", "country")):
        message = (
            "A letter needs an address: send address1, city, state, postal_code and country, or set the customer's."
        )
        raise ApiError(400, message)
    letter: Record = {
        "id": call.token(16),
        "object": "letter",
        "state": "queued",
        "to": _lines(call.body.get("name") or customer["name"], address),
        "num_pages": 1,
        "expected_delivery_date": call.now + _DAYS_UNTIL_DELIVERY * DAY,
        "sent_by": None,
        "sent_by_id": None,
        "created_at": call.now,
        "updated_at": call.now,
    }
    sent = {**letter, **details}
    call.add(OUTBOX, letter["id"], sent)
    call.record_event("letter.sent", "letter", sent)
    return Result(letter)


def _lines(name: str, address: Mapping[str, Any]) -> str:
    """Return a name and an address, line by line."""
    address1, address2, city, state, postal_code, _ = (address.get(part) or "" for part in _ADDRESS)
    town = ", ".join(filter(None, [city, f"{state} {postal_code}".strip()]))
    return "\n".join(filter(None, [name, address1, address2, town]))
