"""Parameters of the lists of documents besides filters (billing.md 13.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from invoiced.emulator.storage.store import Condition, column
from invoiced.emulator.values import exact_json

_PLAN_STATUS = f"""
EXISTS (
    SELECT 1 FROM records AS plan
    WHERE plan.type = 'payment_plan' AND plan.id = {column("payment_plan")}
        AND json_extract(plan.body, '$.status') = ?
)
"""
_OF_CUSTOMER = f"""
EXISTS (
    SELECT 1 FROM records AS customer
    WHERE customer.type = 'customer' AND customer.id = {column("customer")}
        AND json_extract(customer.body, '$.{{name}}') {{comparison}}
)
"""
_BROKEN = f"""
(json_extract(records.body, '$.expected_payment_date.date') < {{now}} AND NOT {column("closed")}) IS ?
"""
_TAGS = f"EXISTS (SELECT 1 FROM json_each({column('tags')}) JOIN json_each(?) AS wanted USING (value))"


def _flag(sql: str) -> Callable[[Any], Condition]:
    """Return the function for a parameter that is 1 or 0."""
    return lambda value: Condition(f"({sql}) IS ?", [value == "1"])


def _payment_plan(value: str) -> Condition:
    if value == "needs_approval":
        return Condition(_PLAN_STATUS, ["pending_signup"])
    return _flag(f"{column('payment_plan')} IS NOT NULL")(value)


def _tags(wanted: Sequence[str]) -> Condition:
    return Condition(_TAGS, [exact_json.dumps([*wanted])])


def _automation(_: int) -> Condition:
    """Return a condition that nothing meets, because the emulator has no automations."""
    return Condition("0")


OF_DOCUMENTS: Mapping[str, Callable[[Any], Condition]] = {"automation": _automation}
OF_INVOICES: Mapping[str, Callable[[Any], Condition]] = {
    **OF_DOCUMENTS,
    "broken_promises": lambda value: Condition(_BROKEN, [value == "1"]),
    "cadence": lambda cadence: Condition(_OF_CUSTOMER.format(name="chasing_cadence", comparison="= ?"), [cadence]),
    "chasing": _flag(f"coalesce({column('chase')}, 0)"),
    "customer_payment_info": lambda _: Condition(_OF_CUSTOMER.format(name="payment_source", comparison="IS NULL")),
    "payment_attempted": _flag(f"{column('attempt_count')} > 0"),
    "payment_plan": _payment_plan,
    "tags": _tags,
}
