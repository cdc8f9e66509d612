"""Coupons and tax rates (catalog.md 4), which are percentages or amounts."""

from __future__ import annotations

from invoiced.emulator.catalog.versions import archivable, versioned
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY

_NEVER_NULL = ("max_redemptions", "duration")


def _complete_rate(call: Call, rate: Record) -> None:
    """Set the currency of a new rate: a percentage has none (4.1)."""
    for name in _NEVER_NULL:  # 4.2
        if name in call.body and call.body[name] is None:
            raise ApiError(400, f"The parameter {name} must be a whole number (0 for no limit).", name)
    if call.operation.action == "create":
        currency = currency_code(rate["currency"] or ACCOUNT_CURRENCY)
        rate["currency"] = None if rate["is_percent"] else currency


COUPON = archivable(versioned(_complete_rate), "Coupon.delete")
TAX_RATE = archivable(versioned(_complete_rate), "TaxRate.delete")
