"""The bills of subscriptions (catalog.md 1.14 to 1.23, 1.36, 1.38)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced.emulator.documents.pending_lines import billable
from invoiced.emulator.payments.pending_invoices import bill_pending
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.subscriptions.addons import PRORATED_FROM
from invoiced.emulator.subscriptions.contracts import complete_term, is_over
from invoiced.emulator.subscriptions.lines import discounts_of, lines_of_period, recurring, taxes_of
from invoiced.emulator.subscriptions.periods import Interval, Period, bill_date
from invoiced.emulator.subscriptions.states import (
    cancel,
    find_subscription,
    interval_of,
    period_to_bill,
    plan_of,
    store_subscription,
)
from invoiced.emulator.values.times import midnight


def bill_when_due(account: Account, subscription_id: RecordId) -> None:
    """Bill a subscription that is due, or cancel it instead (1.15, 1.36)."""
    subscription = find_subscription(account, subscription_id)
    if subscription is None or not is_due(account, subscription):
        return
    in_advance = subscription["bill_in"] == "advance"
    has_bill = subscription["renewed_last"] is not None or not in_advance
    cycles = subscription["cycles"]
    if subscription["cancel_at_period_end"] and has_bill and (not cycles or subscription["bills"] >= cycles):
        cancel(account, subscription)
    else:
        bill(account, subscription)
        store_subscription(account, subscription)


def is_due(account: Account, subscription: Mapping[str, Any]) -> bool:
    """Return whether a subscription is to be billed (1.14)."""
    if subscription["renews_next"] is None or subscription["paused"] or subscription["canceled"]:
        return False
    starts = subscription["bill_in_advance_days"] or subscription["start_date"] <= account.now
    return bool(subscription["renews_next"] <= account.now and starts)


def bill(account: Account, subscription: Record) -> Record:
    """Bill the period that is due, and move on to the next one, without storing that. Return the invoice."""
    interval, date = interval_of(account, subscription), subscription["renews_next"]
    period = period_to_bill(interval, subscription)
    invoice = _invoice(account, subscription, interval, period, date)
    _count_uses(subscription)
    following = interval.period_from(period.end + 1)
    in_arrears = subscription["bill_in"] == "arrears"
    stored = following if in_arrears else period  # 1.16
    subscription |= {
        "period_start": stored.start,
        "period_end": stored.end,
        "renews_next": next_bill_date(account, subscription, following),
        "renewed_last": date,
        "is_billed": not in_arrears,
        "bills": subscription["bills"] + 1,
    }
    customer = account.find("customer", subscription["customer"])
    total, mrr = recurring(account, subscription, customer)
    subscription |= {"recurring_total": total, "mrr": mrr}
    if is_over(subscription):
        if subscription["cancel_at_period_end"] and (in_arrears or subscription["contract_renewal_mode"] == "none"):
            cancel(account, subscription)
        else:
            complete_term(interval, subscription)
    return invoice


def next_bill_date(account: Account, subscription: Mapping[str, Any], period: Period) -> int:
    """Return when a period of a subscription is billed."""
    in_arrears, days = subscription["bill_in"] == "arrears", subscription["bill_in_advance_days"]
    return bill_date(period, in_arrears=in_arrears, days_in_advance=days, now=account.now)


def _invoice(
    account: Account, subscription: Mapping[str, Any], interval: Interval, period: Period, date: int
) -> Record:
    """Create the invoice of a period (1.19, 1.20). Pending lines below zero become a credit note."""
    plan, share = plan_of(account, subscription), _share_of_first(interval, subscription, period)
    pending = billable(account, subscription["customer"], subscription["id"])
    # 1.22: in arrears, an addon that was added in this period is billed by its proration only.
    addons = [each for each in subscription["addons"] if each.get(PRORATED_FROM) != period.start]
    lines = lines_of_period(account, {**subscription, "addons": addons}, period, share)
    fields: Record = {
        "customer": subscription["customer"],
        "subscription": subscription["id"],
        "name": plan["name"],
        "notes": plan["notes"],
        "currency": plan["currency"],
        "date": date,
        "discounts": discounts_of(subscription, share),
        "taxes": taxes_of(subscription),
        "metadata": _metadata(account, subscription),
        "ship_to": subscription["ship_to"],
        "payment_source": subscription["payment_source"],
    }
    return bill_pending(account, fields, pending, lines=lines)


def _share_of_first(interval: Interval, subscription: Mapping[str, Any], period: Period) -> Decimal:
    """Return which part of its price a period costs: less than 1 if calendar billing makes the first one short."""
    is_first = subscription["renewed_last"] is None and interval.nth_day is not None
    if not is_first or not subscription["prorate"]:
        return Decimal(1)
    if midnight(period.start) == interval.full_start(period.end):
        return Decimal(1)
    return interval.share(period, period.start)


def _metadata(account: Account, subscription: Mapping[str, Any]) -> Record:
    """Return the metadata for which invoices have custom fields (1.19)."""
    of_invoices = {field["id"] for field in account.custom_fields if field["object"] == "invoice"}
    return {name: value for name, value in subscription["metadata"].items() if name in of_invoices}


def _count_uses(subscription: Record) -> None:
    """Count the uses of the coupons, which leave after as many bills as they last (1.21)."""
    coupons, uses = subscription["discounts"], subscription["coupon_uses"]
    uses = {coupon["id"]: uses.get(coupon["id"], 0) + 1 for coupon in coupons}
    subscription["discounts"] = [each for each in coupons if not 0 < each["duration"] <= uses[each["id"]]]
    subscription["coupon_uses"] = {each["id"]: uses[each["id"]] for each in subscription["discounts"]}
