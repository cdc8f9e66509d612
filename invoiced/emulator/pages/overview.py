"""The first page: what is owed, overdue and paid, the clock, and what has happened at last. The clock can be moved."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta, timezone

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.payments.receivables import AGES

_LATEST = 10
_MAX_DAYS = 3653
_COUNTED = ("customers", "invoices", "subscriptions")


def show_overview(visit: Visit) -> Response:
    """Show the account at a glance."""
    events = visit.records("/events", per_page=_LATEST)  # first: it does what is due
    return visit.show(
        "overview.html",
        receivables=visit.components.application.receivables(),
        ages=AGES,
        counts={path: visit.records(f"/{path}", per_page=1).total for path in _COUNTED},
        events=events,
        requests=visit.components.requests[: -_LATEST - 1 : -1],
    )


def move_clock(visit: Visit) -> Response:
    """Move the clock by a day or a month, or to the start of a date. If it runs, it keeps running."""
    clock, sent = visit.components.clock, visit.request.form
    now = datetime.fromtimestamp(clock(), timezone.utc)
    if sent.get("by") == "day":
        target = now + timedelta(days=1)
    elif sent.get("by") == "month":
        target = _a_month_later(now)
    else:
        try:
            target = datetime.strptime(sent.get("date", ""), "%Y-%m-%d").replace(tzinfo=timezone.utc)
        except ValueError:
            raise ApiError(400, "Choose a date, such as 2027-01-31.") from None
    if abs((target - now).days) > _MAX_DAYS:
        raise ApiError(400, "Choose a date that is at most ten years away.")
    if clock.is_moving:
        raise ApiError(409, "The clock is still on its way to another time.")
    try:
        clock.advance((target - now).total_seconds())
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    return visit.go_to("/")


def _a_month_later(now: datetime) -> datetime:
    """Return the same day of the next month, or its last day."""
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return now.replace(year=year, month=month, day=min(now.day, calendar.monthrange(year, month)[1]))
