"""Items (catalog.md 3)."""

from __future__ import annotations

from invoiced.emulator.catalog.versions import archivable, versioned
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY


def _complete_item(call: Call, item: Record) -> None:
    """Set the currency of a new item: it has none as long as it costs nothing (3.1)."""
    if call.operation.action == "create":
        currency = item["currency"] or (ACCOUNT_CURRENCY if item["unit_cost"] else None)
        item["currency"] = currency and currency_code(currency)


ITEM = archivable(versioned(_complete_item), "Item.delete")
