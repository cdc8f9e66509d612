"""What a subscription may be (catalog.md 1.1 to 1.8). Errors name no parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.catalog.versions import in_use
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.periods import Interval
from invoiced.emulator.values.money import exact
from invoiced.emulator.values.times import DAY, END_OF_TIME

_YEARS_BACK = 5
_DAYS_BACK_WITH_AUTOPAY = 32
_LAST_DAYS = {"week": 7, "month": 31, "year": 365}


def customer_of(account: Account, customer_id: Any) -> Record:
    """Return the customer of a new subscription. `ApiError` 400 if it does not exist or is inactive (1.1)."""
    customer = account.find("customer", customer_id)
    if customer is None:
        raise ApiError(400, f"No such customer: {customer_id!r}. Create it first.")
    if not customer["active"]:
        raise ApiError(400, f"The customer {customer_id} is inactive.")
    return customer


def plan_in_use(account: Account, plan_id: Any) -> Record:
    """Return a plan for a subscription. `ApiError` 400 if it does not exist or is archived (1.1)."""
    plan = in_use(account, "plan", plan_id)
    if plan is None:
        raise ApiError(400, f"No such plan: {plan_id!r}. Create it first; archived plans have no new subscriptions.")
    return plan


def check_price(plan: Mapping[str, Any], part: Mapping[str, Any]) -> None:
    """Check the quantity and the amount of a subscription or an addon (1.2, 1.3)."""
    if exact(part["quantity"]) <= 0:
        raise ApiError(400, "The quantity must be more than 0.")
    is_custom = plan["pricing_mode"] == "custom"
    if is_custom and (part["amount"] is None or exact(part["amount"]) < 0):
        raise ApiError(400, f"The plan {plan['id']} has a custom price: send an amount of at least 0.")
    if not is_custom and part["amount"] is not None:
        raise ApiError(400, f"The plan {plan['id']} has a price of its own: send no amount.")


def check_start(now: int, start_date: int, customer: Mapping[str, Any]) -> None:
    """Check that a subscription starts neither too early nor too late (1.4)."""
    if start_date < now - _YEARS_BACK * 365.25 * DAY or start_date >= END_OF_TIME:
        raise ApiError(400, f"The start_date must not be more than {_YEARS_BACK} years back, nor after the year 9999.")
    if customer["autopay"] and start_date < now - _DAYS_BACK_WITH_AUTOPAY * DAY:
        message = f"With AutoPay, the start_date must not be more than {_DAYS_BACK_WITH_AUTOPAY} days back."
        raise ApiError(400, message)


def check_billing(interval: Interval, subscription: Mapping[str, Any]) -> None:
    """Check how a subscription is billed (1.6, 1.7)."""
    days, nth_day = subscription["bill_in_advance_days"], interval.nth_day
    if days < 0 or (subscription["bill_in"] == "advance" and days >= interval.days):
        raise ApiError(400, f"The bill_in_advance_days must be at least 0 and less than {interval.days}.")
    if nth_day is None:
        return
    last = _LAST_DAYS.get(interval.unit)
    if interval.count > 1 or last is None:
        raise ApiError(400, "Calendar billing (snap_to_nth_day) needs a plan of one week, month or year.")
    if not 1 <= nth_day <= last:
        raise ApiError(400, f"The snap_to_nth_day must be between 1 and {last}.")
