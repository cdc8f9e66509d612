"""Plans (catalog.md 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invoiced.emulator.catalog.versions import archivable, versioned
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact

_KEYS_OF_TIERS = {"min_qty", "max_qty", "unit_cost"}

_USES_PLAN = f"""(
    {column("plan")} = ? OR EXISTS (
        SELECT 1 FROM json_each(records.body, '$.addons') AS addon WHERE json_extract(addon.value, '$.plan') = ?
    )
)"""
_RUNNING = Condition(f"{column('status')} NOT IN ('canceled', 'finished')")


def _complete_plan(call: Call, plan: Record) -> None:
    """Check a plan and complete it."""
    if "quantity_type" in call.body:  # 2.1: documented, and refused.
        raise ApiError(400, "The parameter quantity_type is not known: every plan has constant quantities.", "request")
    if call.operation.action == "create":
        plan["currency"] = currency_code(plan["currency"] or ACCOUNT_CURRENCY)
        plan["interval_count"] = max(plan["interval_count"], 1)  # 2.2
        _check_amount(plan)
        check_tiers(plan["tiers"])


def _check_amount(plan: Record) -> None:
    """Check the amount of a new plan: each has one, unless subscriptions set it (2.3)."""
    if plan["pricing_mode"] == "custom":
        if plan["amount"] is not None:
            raise ApiError(400, "A plan with a custom price has no amount: leave it out.", "amount")
    elif plan["amount"] is None:
        raise ApiError(400, "The amount of the plan is missing (send 0 if only its tiers count).", "amount")
    elif exact(plan["amount"]) < 0:
        raise ApiError(400, "The amount of a plan must be at least 0.", "amount")


def check_tiers(tiers: Sequence[Mapping[str, Any]] | None) -> None:
    """Check that tiers follow each other without a gap (2.5)."""
    expected = 0
    for position, tier in enumerate(tiers or ()):
        first, last = tier.get("min_qty"), tier.get("max_qty")
        is_last = tiers is not None and position == len(tiers) - 1
        if unknown := tier.keys() - _KEYS_OF_TIERS:
            raise ApiError(400, f"A tier has no {min(unknown)} (only {', '.join(sorted(_KEYS_OF_TIERS))}).", "tiers")
        if first != expected and not (first is None and position == 0):
            raise ApiError(400, f"The min_qty of tier {position + 1} must be {expected}.", "tiers")
        if is_last != (last is None):
            raise ApiError(400, "Every tier but the last one needs a max_qty, and the last one has none.", "tiers")
        if last is not None and last < expected:
            raise ApiError(400, f"The max_qty of tier {position + 1} must be at least {expected}.", "tiers")
        expected = 0 if last is None else last + 1


def _render(account: Account, plan: Record) -> Record:
    """Return a plan with the number of running subscriptions that use it."""
    running = account.store.count("subscription", conditions=[_RUNNING, uses_plan(plan["id"])])
    return {**plan, "num_subscriptions": running}


def uses_plan(plan_id: RecordId) -> Condition:
    """Return the condition of subscriptions that use a plan, also for an addon."""
    return Condition(_USES_PLAN, [plan_id, plan_id])


PLAN = archivable(versioned(_complete_plan, render=_render), "Plan.delete")
