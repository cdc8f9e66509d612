"""Coupons and tax rates (catalog.md 4), which are percentages or amounts."""

from __future__ import annotations

from invoiced.emulator.catalog.versions import archivable, versioned
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY


def _complete_rate(call: Call, rate: Record) -> None:
    """Set the currency of a new rate: a percentage has none (4.1)."""
    if call.operation.action == "create":
        currency = currency_code(rate["currency"] or ACCOUNT_CURRENCY)
        rate["currency"] = None if rate["is_percent"] else currency


COUPON = archivable(versioned(_complete_rate), "Coupon.delete")
TAX_RATE = archivable(versioned(_complete_rate), "TaxRate.delete")
