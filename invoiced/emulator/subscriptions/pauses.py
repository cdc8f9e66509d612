"""Pause, resume, and another end of the present period (catalog.md 1.27, 1.29, 1.37)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.billing import next_bill_date
from invoiced.emulator.subscriptions.periods import Period, even_end
from invoiced.emulator.subscriptions.states import interval_of, is_not_started
from invoiced.emulator.values.times import DAY, HOUR, midnight

LAST_START = 221_845_392_000
"""First second of the year 9000. Periods that begin later could end after the year 9999."""


def resume(account: Account, subscription: Record, period_end: int | None) -> None:
    """Let a paused subscription go on; in a new period from today on, if its own is over (1.37)."""
    subscription["paused"] = False
    if subscription["period_end"] is None:
        return
    interval = interval_of(account, subscription)
    if period_end is not None:
        _check_end(period_end)
        end = interval.period_from(period_end).end if interval.nth_day else even_end(period_end)
        start = max(interval.full_start(end), subscription["period_start"])
        subscription |= {"period_start": start, "period_end": end}
        _bill_at_end(account, subscription)
    elif account.now > subscription["period_end"]:
        period = interval.period_from(midnight(account.now))
        subscription |= {"period_start": period.start, "period_end": period.end, "is_billed": False}
        subscription["renews_next"] = next_bill_date(account, subscription, period)


def move_end(account: Account, subscription: Record, period_end: int) -> None:
    """End the present period at another time (1.29)."""
    _check_end(period_end)
    if is_not_started(subscription) and abs(period_end - account.now) <= DAY:
        period = interval_of(account, subscription).period_from(midnight(account.now))
        subscription |= {"start_date": period.start, "period_start": period.start, "period_end": period.end}
        subscription["renews_next"] = account.now + HOUR
        return
    waits = is_not_started(subscription)
    subscription["period_end"] = even_end(period_end)
    _bill_at_end(account, subscription)
    if waits:
        subscription["start_date"] = subscription["renews_next"]


def _check_end(period_end: int) -> None:
    if not 0 <= period_end < LAST_START:
        raise ApiError(400, "The period_end must be between 1970 and 9000, in Unix seconds.")


def _bill_at_end(account: Account, subscription: Record) -> None:
    """Plan the bill of the period that begins after the present one; in arrears, that of the present one."""
    end = subscription["period_end"]
    if subscription["bill_in"] == "arrears":
        subscription["renews_next"] = end
    else:
        subscription["renews_next"] = next_bill_date(account, subscription, Period(end + 1, end + 1))
