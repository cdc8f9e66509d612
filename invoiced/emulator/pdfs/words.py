"""Numbers, dates and people, as PDFs show them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact


def number(quantity: Any) -> str:
    """Return a number as it was written, without an exponent."""
    return f"{exact(quantity or 0):f}"


def date(moment: int) -> str:
    """Return the day of a Unix time."""
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def addressee(customer: Record) -> Iterator[str]:
    """Yield the lines with a customer's name, number and address."""
    yield f"Customer: {customer.get('name') or ''}"
    yield f"Number: {customer.get('number') or ''}"
    places = [
        customer[place] for place in ("address1", "address2", "postal_code", "city", "state") if customer.get(place)
    ]
    if places:
        yield "Address: " + ", ".join(map(str, [*places, customer.get("country") or ""])).removesuffix(", ")
