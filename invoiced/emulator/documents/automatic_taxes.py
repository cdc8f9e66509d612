"""Taxes that new documents have by themselves (billing.md 2.8, catalog.md 5.1)."""

from __future__ import annotations

from typing import Any

from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record


def assessed(account: Account, customer: Record, ship_to: Record | None) -> list[Any]:
    """Return the IDs of the tax rates of a taxable customer, and of the tax rules of the place of delivery."""
    if not customer["taxable"]:
        return []
    place = ship_to if ship_to and ship_to.get("country") else customer
    rules = account.store.page("tax_rule")
    fitting = [
        rule for rule in rules if all(rule[part] in (None, "", place.get(part)) for part in ("country", "state"))
    ]
    ids = [_id(rate) for rate in customer["taxes"]] + [rule["tax_rate"] for rule in fitting]
    return [*dict.fromkeys(ids)]


def _id(rate: Any) -> Any:
    return rate["id"] if isinstance(rate, dict) else rate
