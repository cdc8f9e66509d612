"""Lines of documents, and pending lines: their amounts, without discounts and taxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact

_OF_ITEM = ("type", "name", "description", "unit_cost", "discountable", "taxable")
"""Fields that a line has from its catalog item if they are not sent."""


def refuse_adjustments(sent: Mapping[str, Any]) -> None:
    """Raise `ApiError` if discounts or taxes are sent, which would change amounts."""
    for name in ("discounts", "taxes", "discount", "tax"):
        if sent.get(name):
            raise ApiError(501, f"The emulator does not calculate {name} yet.", name)


def price(call: Call, line: Record, sent: Mapping[str, Any]) -> bool:
    """Set the exact amount of a line, from what is sent and its catalog item. Return whether the item exists."""
    item = call.store.find("item", sent["catalog_item"]) if sent.get("catalog_item") else None
    if item is not None:
        if item["taxes"]:
            raise ApiError(501, f"The emulator does not calculate the taxes of the item {item['id']} yet.", "taxes")
        line |= {name: item[name] for name in _OF_ITEM if name not in sent}
    line["amount"] = exact(line["quantity"]) * exact(line["unit_cost"])
    return item is not None


def _complete_pending(call: Call, line: Record) -> None:
    refuse_adjustments(call.body)
    if not price(call, line, call.body) and call.body.get("catalog_item"):
        message = f"No such item: {call.body['catalog_item']!r}. Create it first."
        raise ApiError(400, message, "catalog_item")
    if not line.get("plan"):
        line.pop("plan", None)


PENDING_LINE = Behaviour(complete=_complete_pending)
