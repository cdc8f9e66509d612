"""The status of a subscription, and what it does next by itself (catalog.md 1, "Status", 1.15, 1.18)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.catalog.versions import version_of
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.subscriptions.periods import Interval, Period

BILL, START, RENEWAL = "subscription bill", "subscription start", "subscription renewal"
INVOICES = "subscription invoices"
"""Names of tasks."""

NEW: Mapping[str, Any] = {
    "is_billed": False,  # Whether the stored period has been billed.
    "bills": 0,  # How many bills the term of the contract has.
    "coupon_uses": {},  # By ID of the coupon.
    "prorate": True,  # 1.9
    "canceled": False,
    "finished": False,
    "pending_renewal": False,
    "is_past_due": False,
    "plan_version": None,
}
"""Properties that subscriptions have in the store only."""

_PAST_DUE = f"{column('subscription')} = ? AND {column('status')} = 'past_due'"
_ENDED = ("period_start", "period_end", "renews_next")


def find_subscription(account: Account, subscription_id: RecordId) -> Record | None:
    """Return a subscription with all properties, also those that are only stored."""
    subscription = account.find("subscription", subscription_id)
    return None if subscription is None else {**copy.deepcopy(dict(NEW)), **subscription}


def plan_of(account: Account, part: Mapping[str, Any]) -> Record:
    """Return the plan of a subscription or an addon, in the version that it was given (2.9)."""
    plan = version_of(account, "plan", part["plan"], part.get("plan_version")) if part["plan"] else None
    if plan is None:  # 1.3: an addon can be an item.
        item = version_of(account, "item", part["catalog_item"], None)
        assert item is not None
        price = {"pricing_mode": "per_unit", "amount": item["unit_cost"], "catalog_item": item["id"]}
        return {**price, "id": None, "name": item["name"], "description": item["description"], "metadata": {}}
    return plan


def interval_of(account: Account, subscription: Mapping[str, Any]) -> Interval:
    """Return the interval in which a subscription is billed."""
    return Interval.of(plan_of(account, subscription), subscription["snap_to_nth_day"])


def is_not_started(subscription: Mapping[str, Any]) -> bool:
    """Return whether the first period is still to come."""
    start = subscription["period_start"]
    return start is not None and not subscription["finished"] and bool(subscription["start_date"] > start)


def period_to_bill(interval: Interval, subscription: Mapping[str, Any]) -> Period:
    """Return the period that the next bill is for (1.16)."""
    if is_not_started(subscription):
        return interval.period_from(subscription["start_date"])
    if subscription["is_billed"]:
        return interval.period_from(subscription["period_end"] + 1)
    return Period(subscription["period_start"], subscription["period_end"])


def _end_of_manual_contract(subscription: Record) -> int | None:
    """Return the end of a contract that waits to be renewed by hand, or None (1.38)."""
    is_over = subscription["contract_renewal_mode"] == "manual" and subscription["renews_next"] is None
    end: int | None = subscription["contract_period_end"]
    return end if is_over and not subscription["canceled"] else None


def store_subscription(account: Account, subscription: Record, *, is_update: bool = True) -> None:
    """Work out the status of a subscription, store it, and plan what it does next.

    A creation or a cancellation has an event of its own: then `is_update` is false.
    """
    contract_end = _end_of_manual_contract(subscription)
    subscription["pending_renewal"] = contract_end is not None and contract_end < account.now
    subscription["status"] = _status(subscription)
    subscription["updated_at"] = account.now
    write = account.write if is_update else account.store.put
    write("subscription", subscription["id"], subscription)
    is_running = not subscription["paused"] and not subscription["canceled"]
    _plan(account, BILL, subscription, subscription["renews_next"] if is_running else None)
    starts = is_running and is_not_started(subscription) and subscription["bill_in"] == "arrears"
    _plan(account, START, subscription, subscription["start_date"] if starts else None)
    waits = contract_end is not None and contract_end >= account.now
    _plan(account, RENEWAL, subscription, contract_end + 1 if contract_end is not None and waits else None)


def cancel(account: Account, subscription: Record) -> None:
    """Cancel a subscription for good (1.35)."""
    subscription |= {
        **dict.fromkeys(_ENDED),
        "canceled": True,
        "canceled_at": subscription["canceled_at"] or account.now,
    }
    store_subscription(account, subscription, is_update=False)
    account.record_event("subscription.deleted", "subscription", subscription)


def cancel_unpaid(account: Account, subscription_id: RecordId) -> None:
    """Cancel a subscription because an invoice of it was not paid (1.18)."""
    subscription = find_subscription(account, subscription_id)
    if subscription is not None and not subscription["canceled"]:
        subscription["canceled_reason"] = "nonpayment"
        cancel(account, subscription)


def start(account: Account, subscription_id: RecordId) -> None:
    """Start a subscription in arrears, whose first period begins."""
    subscription = find_subscription(account, subscription_id)
    if subscription is not None and is_not_started(subscription):
        period = interval_of(account, subscription).period_from(subscription["start_date"])
        subscription |= {"period_start": period.start, "period_end": period.end}
        store_subscription(account, subscription)


def refresh(account: Account, subscription_id: RecordId) -> None:
    """Change the status of a subscription, because of its invoices or the end of its contract."""
    subscription = find_subscription(account, subscription_id)
    if subscription is not None:
        late = Condition(_PAST_DUE, [subscription_id])
        subscription["is_past_due"] = account.store.count("invoice", conditions=[late]) > 0
        store_subscription(account, subscription)


def _plan(account: Account, task: str, subscription: Mapping[str, Any], at: int | None) -> None:
    """Plan a task, now if its time is over."""
    account.store.schedule(task, subscription["id"], None if at is None else max(at, account.now))


def _status(subscription: Mapping[str, Any]) -> str:
    """Return the first status that fits."""
    statuses = (
        ("canceled", subscription["canceled"]),
        ("pending_renewal", subscription["pending_renewal"]),
        ("paused", subscription["paused"]),
        ("not_started", is_not_started(subscription)),
        ("past_due", subscription["is_past_due"]),
        ("finished", subscription["finished"]),
    )
    return next((status for status, fits in statuses if fits), "active")
