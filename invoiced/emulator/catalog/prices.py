"""The price of a plan (catalog.md 2.6): lines with a quantity and a unit cost each."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from invoiced.emulator.values.exact_json import decimal_text
from invoiced.emulator.values.money import exact


class PlanLine(NamedTuple):
    """One line of the price of a plan. Its `description` replaces that of the plan, unless it is None."""

    quantity: Decimal
    unit_cost: Decimal
    description: str | None = None


def plan_lines(plan: Mapping[str, Any], quantity: Any, amount: Any = None) -> list[PlanLine]:
    """Return the lines of a plan for a quantity. `amount` is the price of one, if the plan has a custom price."""
    units = exact(quantity)
    match plan.get("pricing_mode"):
        case "volume" if plan.get("tiers"):
            return [_volume(plan["tiers"], units)]
        case "tiered" if plan.get("tiers"):
            return _tiered(plan["tiers"], units)
        case "custom":
            return [PlanLine(units, exact(amount or 0))]
    return [PlanLine(units, exact(plan.get("amount") or 0))]


def _volume(tiers: list[Mapping[str, Any]], units: Decimal) -> PlanLine:
    """Return all units at the cost of the tier that holds their number."""
    tier = next((each for each in tiers if each.get("max_qty") is None or units <= each["max_qty"]), tiers[-1])
    return PlanLine(units, exact(tier["unit_cost"]), _name_of(tier))


def _tiered(tiers: list[Mapping[str, Any]], units: Decimal) -> list[PlanLine]:
    """Return a line for each tier that is reached, with the units that fall in it."""
    lines, below = [], Decimal(0)
    for tier in tiers:
        up_to = units if tier.get("max_qty") is None else min(units, exact(tier["max_qty"]))
        if up_to > below:
            lines.append(PlanLine(up_to - below, exact(tier["unit_cost"]), _name_of(tier)))
            below = up_to
    return lines


def _name_of(tier: Mapping[str, Any]) -> str:
    first, last = decimal_text(exact(tier.get("min_qty") or 0)), tier.get("max_qty")
    return f"{first}+ tier" if last is None else f"{first} - {last} tier"
