"""Tax rules (catalog.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import COUNTRIES


def _complete_rule(call: Call, rule: Record) -> None:
    if not rule["tax_rate"]:
        raise ApiError(400, "The tax rate of the rule is missing: send its ID.", "tax_rate")
    if rule["country"] is not None:
        rule["country"] = rule["country"].upper()
        if rule["country"] not in COUNTRIES:
            raise ApiError(400, f"Unknown country {rule['country']!r} (expected e.g. US).", "country")


def matching_rates(account: Account, address: Mapping[str, Any]) -> list[str]:
    """Return the IDs of the tax rates of all rules that match an address (5.1)."""
    return [
        rule["tax_rate"]
        for rule in account.store.page("tax_rule")
        if all(rule[part] in (None, address.get(part)) for part in ("country", "state"))
    ]


TAX_RULE = Behaviour(complete=_complete_rule)
