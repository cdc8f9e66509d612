"""Prorations: pending lines for what changes in mid-period (catalog.md 1.31 to 1.34)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from invoiced.emulator.catalog.prices import PlanLine, plan_lines
from invoiced.emulator.documents.pending_lines import add_pending
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.lines import four_decimals, line_of_plan
from invoiced.emulator.subscriptions.periods import Interval, Period
from invoiced.emulator.subscriptions.states import plan_of
from invoiced.emulator.values.exact_json import decimal_text
from invoiced.emulator.values.money import exact


class _Change(NamedTuple):
    """What is charged for a full period, or credited if below zero. `reason` stands in the description of the line."""

    plan: Mapping[str, Any]
    quantity: Decimal
    unit_cost: Decimal
    reason: str


def prorate(account: Account, before: Record, after: Record, moment: int) -> None:
    """Add pending lines for the difference of two states of a subscription in the same interval (1.32, 1.33)."""
    changes = [*_changes(account, before, after)]
    for old, new in _pairs(before["addons"], after["addons"]):
        changes += _changes(account, old, new)
    _add(account, before, changes, moment)


def credit_rest(account: Account, before: Record, moment: int) -> None:
    """Add pending lines below zero for the rest of the period, because the interval changes (1.34)."""
    changes = [each for part in (before, *before["addons"]) for each in _changes(account, part, None)]
    _add(account, before, changes, moment)


def _add(account: Account, subscription: Record, changes: list[_Change], moment: int) -> None:
    period = Period(subscription["period_start"], subscription["period_end"])
    share = Interval.of(plan_of(account, subscription)).share(period, moment)
    lines = [(each, four_decimals(each.quantity * share)) for each in changes]
    if sum((quantity * each.unit_cost for each, quantity in lines), Decimal(0)) == 0:
        return
    for each, quantity in lines:
        line = line_of_plan(account, each.plan)
        fields = {
            **{name: value for name, value in line.items() if name != "plan" or value},
            "description": f"({each.reason})\n{line['description']}".strip(),
            "quantity": quantity,
            "unit_cost": each.unit_cost,
            "subscription": subscription["id"],
            "period_start": moment,
            "period_end": period.end,
            "prorated": True,
        }
        add_pending(account, subscription["customer"], fields)


def _pairs(before: list[Record], after: list[Record]) -> Iterator[tuple[Record | None, Record | None]]:
    """Yield the addons before and after a change, matched by their plans."""
    unmatched = defaultdict(list)
    for addon in before:
        unmatched[addon["plan"], addon["catalog_item"]].append(addon)
    for addon in after:
        same = unmatched[addon["plan"], addon["catalog_item"]]
        yield (same.pop(0) if same else None), addon
    for addons in unmatched.values():
        yield from ((addon, None) for addon in addons)


def _changes(account: Account, before: Record | None, after: Record | None) -> Iterator[_Change]:
    """Yield what changes from one state of a plan or an addon to the next."""
    same_plan = (
        before and after and (before["plan"], before.get("plan_version")) == (after["plan"], after.get("plan_version"))
    )
    if before and after and same_plan:
        plan = plan_of(account, after)
        added = exact(after["quantity"]) - exact(before["quantity"])
        raised = exact(after["amount"] or 0) - exact(before["amount"] or 0)
        if not added or not raised:
            if added:
                unit_cost = _first_line(plan, after).unit_cost
                yield _Change(plan, added, unit_cost, _reason("added" if added > 0 else "removed", abs(added)))
            elif raised:
                reason = f"the price {'rose' if raised > 0 else 'fell'}"
                yield _Change(plan, exact(after["quantity"]), raised, reason)
            return
    for part, sign, what in ((before, -1, "removed"), (after, 1, "added")):
        if part:
            plan = plan_of(account, part)
            line = _first_line(plan, part)
            yield _Change(plan, sign * line.quantity, line.unit_cost, _reason(what, line.quantity))


def _first_line(plan: Mapping[str, Any], part: Mapping[str, Any]) -> PlanLine:
    return plan_lines(plan, part["quantity"], part["amount"])[0]


def _reason(what: str, quantity: Decimal) -> str:
    return f"{what} {decimal_text(quantity)}"
