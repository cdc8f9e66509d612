"""Tax rules (catalog.md 5)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import country_code


def _complete_rule(call: Call, rule: Record) -> None:
    if not rule["tax_rate"]:
        raise ApiError(400, "The tax rate of the rule is missing: send its ID.", "tax_rate")
    if rule["country"] is not None:
        rule["country"] = country_code(rule["country"])


TAX_RULE = Behaviour(complete=_complete_rule)
