"""Subscriptions: their calls (catalog.md 1.1 to 1.10, 1.25 to 1.30, 1.34, 1.35, 1.41)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.catalog.plans import uses_plan
from invoiced.emulator.documents.creation import ship_to
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.payments.collecting import pay
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.metadata import as_stored
from invoiced.emulator.records.records import new_record, shown_as_sent
from invoiced.emulator.records.references import referenced_records
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.subscriptions.addons import addons_of, check_intervals, mark_prorated, shown_addon
from invoiced.emulator.subscriptions.billing import bill, is_due, next_bill_date
from invoiced.emulator.subscriptions.checks import check_billing, check_price, check_start, customer_of, plan_in_use
from invoiced.emulator.subscriptions.contracts import set_contract
from invoiced.emulator.subscriptions.lines import recurring
from invoiced.emulator.subscriptions.pauses import move_end, resume
from invoiced.emulator.subscriptions.periods import Interval
from invoiced.emulator.subscriptions.previews import preview
from invoiced.emulator.subscriptions.prorations import credit_rest, prorate
from invoiced.emulator.subscriptions.states import (
    NEW,
    cancel,
    find_subscription,
    interval_of,
    is_not_started,
    period_to_bill,
    plan_of,
    store_subscription,
)
from invoiced.emulator.values.times import midnight

# 1.25: what an update sets as it is sent.
_WRITABLE = (
    *("quantity", "amount", "cycles", "contract_renewal_cycles", "contract_renewal_mode", "bill_in", "description"),
    *("bill_in_advance_days", "snap_to_nth_day", "canceled_reason", "cancel_at_period_end"),
)
_OF_BILL_DATE = ("bill_in", "bill_in_advance_days", "snap_to_nth_day", "start_date")
_OF_PRICE = ("plan", "quantity", "amount", "addons")


def _create(call: Call) -> Result:
    """Create a subscription, and bill it if it is due (1.10)."""
    body = call.body
    customer, plan = customer_of(call, body["customer"]), plan_in_use(call, body["plan"])
    sent = {name: value for name, value in body.items() if value is not None}
    subscription = {**new_record(call, "Subscription", sent), **copy.deepcopy(dict(NEW))}
    start = body.get("start_date")
    subscription |= {
        "start_date": midnight(call.now) if start is None else start,
        "addons": addons_of(call, body.get("addons") or ()),
        "prorate": body.get("prorate", True) is not False,
        "plan_version": plan.get("version"),
        "customerName": customer["name"],
        "canceled_at": call.now if subscription["cancel_at_period_end"] else None,  # 1.8
        "snap_to_nth_day": subscription["snap_to_nth_day"] or None,
        **referenced_records(call, {}),
    }
    _set_details(call, subscription)
    interval = Interval.of(plan, subscription["snap_to_nth_day"])
    check_price(plan, subscription)
    check_intervals(call, plan, subscription["addons"])
    check_start(call.now, subscription["start_date"], customer)
    check_billing(interval, subscription)
    _set_first_period(call, interval, subscription)
    set_contract(interval, subscription)
    store_subscription(call, subscription, is_update=False)
    if is_due(call, subscription):
        _collect(call, customer, bill(call, subscription))
    _set_recurring(call, subscription)
    store_subscription(call, subscription, is_update=False)
    call.record_event("subscription.created", "subscription", subscription)
    return _result(call, subscription)


def _collect(call: Call, customer: Record, invoice: Record) -> None:
    """Charge the first invoice of a customer with AutoPay. If that fails, nothing is created (1.10)."""
    if not invoice["autopay"] or invoice["paid"] or not customer["payment_source"]:
        return
    try:
        pay(call, invoice)
    except ApiError as error:
        raise ApiError(error.status, error.message) from None


def _set_first_period(account: Account, interval: Interval, subscription: Record) -> None:
    """Set the first period (1.13), and when it is billed (1.14)."""
    start = subscription["start_date"]
    period = interval.period_from(start)
    subscription["renews_next"] = next_bill_date(account, subscription, period)
    is_future = start > account.now
    subscription["period_start"] = midnight(account.now) if is_future else period.start
    subscription["period_end"] = start - 1 if is_future else period.end


def _save(call: Call) -> Result:
    """Change a subscription."""
    body, before = call.body, find_subscription(call, call.ids["id"])
    if before is None:
        raise not_found("subscription", call.ids["id"])
    if before["canceled"] and "canceled" in body:  # 1.30
        raise ApiError(400, "A subscription that was canceled stays canceled.")
    subscription = copy.deepcopy(before)
    if body.get("paused") is not None and body["paused"] != before["paused"]:  # 1.27
        subscription["paused"] = True
        if not body["paused"]:
            resume(call, subscription, body.get("period_end"))
    else:
        _change(call, before, subscription)
    store_subscription(call, subscription)
    return _result(call, subscription)


def _change(call: Call, before: Record, subscription: Record) -> None:
    """Apply the parameters of an update."""
    body = call.body
    subscription |= {name: body[name] for name in _WRITABLE if name in body}
    subscription["snap_to_nth_day"] = subscription["snap_to_nth_day"] or None
    if body.get("cancel_at_period_end") and not before["cancel_at_period_end"]:  # 1.28
        subscription["canceled_at"] = call.now
    if body.get("plan") not in (None, before["plan"]):
        plan = plan_in_use(call, body["plan"])
        subscription |= {"plan": plan["id"], "plan_version": plan.get("version")}
        if plan["pricing_mode"] != "custom" and "amount" not in body:
            subscription["amount"] = None
    if body.get("addons") is not None:
        subscription["addons"] = addons_of(call, body["addons"], before["addons"])
    subscription |= referenced_records(call, before)
    _set_details(call, subscription)
    _change_start(call, before, subscription)
    if before["canceled"] or before["finished"]:
        return
    plan, old_plan = plan_of(call, subscription), plan_of(call, before)
    has_new_interval = any(plan[name] != old_plan[name] for name in ("interval", "interval_count"))
    if has_new_interval:
        subscription["snap_to_nth_day"] = None  # 1.34
    interval = Interval.of(plan, subscription["snap_to_nth_day"])
    check_price(plan, subscription)
    check_intervals(call, plan, subscription["addons"])
    check_billing(interval, subscription)
    _change_periods(call, before, subscription, has_new_interval=has_new_interval)
    _set_recurring(call, subscription)


def _change_start(call: Call, before: Record, subscription: Record) -> None:
    """Move the start of a subscription that has not started (1.25)."""
    start = call.body.get("start_date")
    if start in (None, before["start_date"]):
        return
    if not is_not_started(before):
        raise ApiError(400, "The start_date can only change before the subscription has started.")
    check_start(call.now, start, customer_of(call, before["customer"]))
    subscription["start_date"] = start
    _set_first_period(call, interval_of(call, subscription), subscription)


def _change_periods(call: Call, before: Record, subscription: Record, *, has_new_interval: bool) -> None:
    """Write prorations, and set the period and the bill date that follow from an update (1.29, 1.31, 1.34)."""
    body, has_started = call.body, not is_not_started(before)
    prorates = body.get("prorate") is not False and has_started and body.keys() & {*_OF_PRICE}
    moment = body.get("proration_date") or call.now
    if has_new_interval:
        if prorates:
            credit_rest(call, before, moment)
        _begin_interval(call, subscription, has_started=has_started)
        return
    if prorates:
        prorate(call, before, subscription, moment)
        if subscription["bill_in"] == "arrears":
            mark_prorated(subscription["addons"], before["addons"], before["period_start"])
    if body.get("period_end") is not None:
        move_end(call, subscription, body["period_end"])
    elif any(subscription[name] != before[name] for name in _OF_BILL_DATE) and before["renews_next"] is not None:
        period = period_to_bill(interval_of(call, subscription), subscription)
        subscription["renews_next"] = next_bill_date(call, subscription, period)
    _change_contract(call, before, subscription)


def _change_contract(call: Call, before: Record, subscription: Record) -> None:
    """Set the term of a contract that follows from an update: a contract begins with its subscription (1.38)."""
    has_moved = subscription["start_date"] != before["start_date"]
    if has_moved:
        subscription["contract_period_start"] = None
    if has_moved or call.body.keys() & {"cycles", "contract_renewal_cycles"}:
        set_contract(interval_of(call, subscription), subscription)


def _begin_interval(call: Call, subscription: Record, *, has_started: bool) -> None:
    """Begin a period of another length now, which is billed at once in advance (1.34)."""
    interval = interval_of(call, subscription)
    if not has_started:
        _set_first_period(call, interval, subscription)
        subscription["contract_period_start"] = None
        set_contract(interval, subscription)
        return
    period = interval.period_from(call.now)
    subscription |= {"period_start": period.start, "period_end": period.end, "is_billed": False}
    in_arrears = subscription["bill_in"] == "arrears"
    subscription["renews_next"] = period.end if in_arrears else period.start
    set_contract(interval, subscription)
    if is_due(call, subscription):
        bill(call, subscription)


def _set_details(call: Call, subscription: Record) -> None:
    """Set the address of deliveries (1.26b) and the metadata, as they are stored."""
    if "ship_to" in call.body:
        sent, before = call.body["ship_to"], subscription["ship_to"]
        kept = before if call.operation.action == "update" else None
        subscription["ship_to"] = ship_to(call, sent, kept or {}) if sent else None
    if call.body.get("metadata") is not None:
        subscription["metadata"] = as_stored(call.body["metadata"])


def _set_recurring(account: Account, subscription: Record) -> None:
    customer = account.find("customer", subscription["customer"])
    total, mrr = recurring(account, subscription, customer)
    subscription |= {"recurring_total": total, "mrr": mrr}


def _cancel(call: Call) -> Result:
    """Cancel a subscription (1.35)."""
    subscription = find_subscription(call, call.ids["id"])
    if subscription is None:
        raise not_found("subscription", call.ids["id"])
    if subscription["canceled"]:
        raise ApiError(400, "This subscription is canceled already.")
    if "canceled_reason" in call.body:
        subscription["canceled_reason"] = call.body["canceled_reason"]
    cancel(call, subscription)
    return _result(call, subscription)


def _result(call: Call, subscription: Record) -> Result:
    return Result(shown_as_sent(call, "Subscription", SUBSCRIPTION, subscription))


def _render(account: Account, subscription: Mapping[str, Any]) -> Record:
    """Return a subscription without what is only stored."""
    shown = {name: value for name, value in subscription.items() if name not in NEW}
    return {**shown, "addons": [*map(shown_addon, subscription["addons"])]}


_STATUS = column("status")
ENDED = f"({_STATUS} IN ('canceled', 'finished') OR coalesce({column('finished')}, 0))"
"""SQL condition of subscriptions that are over."""

_HAS_CONTRACT = f"(coalesce({column('cycles')}, 0) > 0) = ?"

SUBSCRIPTION = Behaviour(
    render=_render,
    unlisted=ENDED,
    filters={
        "canceled": f"{_STATUS} = 'canceled'",
        "finished": f"{_STATUS} = 'finished' OR coalesce({column('finished')}, 0)",
        "all": "1 = 1",
    },
    columns={"plan": "NULL"},  # 1.41: filter[plan] finds nothing.
    conditions={"plan": uses_plan, "contract": lambda contract: Condition(_HAS_CONTRACT, [contract])},
    operations={"Subscription.create": _create, "Subscription.save": _save, "Subscription.cancel": _cancel},
)
PREVIEW = Behaviour(operations={"Subscription.preview": preview})
