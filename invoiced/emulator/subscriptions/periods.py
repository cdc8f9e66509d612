"""The arithmetic of periods (catalog.md 1.11 to 1.14, 1.23, 1.24, 1.31).

Times are Unix seconds, days are those of UTC.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.times import DAY, midnight

_DAYS = {"day": 1, "week": 7, "month": 31, "year": 365}
_PER_MONTH = {"day": Decimal(365) / 12, "week": Decimal(52) / 12, "month": Decimal(1), "year": Decimal(1) / 12}


class Period(NamedTuple):
    """A period of a subscription, from its first to its last second."""

    start: int
    end: int


@dataclass(frozen=True)
class Interval:
    """The interval of a plan, and the day on which calendar billing begins a period, or None."""

    unit: str
    count: int
    nth_day: int | None = None

    @classmethod
    def of(cls, plan: Mapping[str, Any], nth_day: int | None = None) -> Interval:
        """Return the interval of a plan."""
        return cls(plan["interval"], plan["interval_count"], nth_day or None)

    @property
    def days(self) -> int:
        """Return the number of days, at most (1.6)."""
        return _DAYS[self.unit] * self.count

    @property
    def share_of_month(self) -> Decimal:
        """Return what the price of a period is multiplied by to get that of a month (1.24)."""
        return _PER_MONTH[self.unit] / self.count

    def period_from(self, start: int) -> Period:
        """Return the period that begins at a time (1.11, 1.12)."""
        after = self._next_nth_day(start) if self.nth_day else self._shifted(start, self.count)
        return Period(start, after - 1)

    def full_start(self, end: int) -> int:
        """Return when the period with this end begins, if it is not shortened (1.23, 1.31)."""
        return self._shifted(end + 1, -self.count)

    def share(self, period: Period, moment: int) -> Decimal:
        """Return which part of a full period is left at a moment of it (1.23, 1.31)."""
        if moment > period.end:
            return Decimal(0)
        return min(Decimal(1), Decimal(period.end - moment) / (period.end - self.full_start(period.end)))

    def end_after(self, start: int, periods: int) -> int:
        """Return the end of the last of a number of periods (1.38). Below zero, it is that of an earlier one."""
        end = self._shifted(start, min(periods, 0) * self.count) - 1
        for _ in range(periods):
            end = self.period_from(end + 1).end
        return end

    def _shifted(self, moment: int, count: int) -> int:
        """Return a time moved by units. Months do not overflow, and the last day of a month stays the last (1.11)."""
        time = _time(moment)
        try:
            if self.unit in ("day", "week"):
                return _seconds(time + timedelta(days=_DAYS[self.unit] * count))
            months = time.year * 12 + time.month - 1 + count * (12 if self.unit == "year" else 1)
            year, month = months // 12, months % 12 + 1
            is_last_day = time.day == _last_day(time)
            first = time.replace(year=year, month=month, day=1)
            return _seconds(first.replace(day=_last_day(first) if is_last_day else min(time.day, _last_day(first))))
        except (ValueError, OverflowError):
            raise ApiError(400, "The periods of this subscription reach beyond the year 9999.") from None

    def _next_nth_day(self, start: int) -> int:
        """Return 00:00 of the next nth day after the day of `start` (1.12)."""
        day = _time(midnight(start))
        for _ in range(2 * 366):
            day += timedelta(days=1)
            nth = {"week": day.isoweekday(), "month": day.day, "year": day.timetuple().tm_yday}[self.unit]
            ends_month = self.unit == "month" and day.day == _last_day(day) and self.nth_day >= day.day  # type: ignore[operator]
            if nth == self.nth_day or ends_month:
                break
        return _seconds(day)


def even_end(moment: int) -> int:
    """Return the end of a period that is sent as a time: an even one is the start of the next period (1.29)."""
    return moment - 1 if moment % 2 == 0 else moment


def bill_date(period: Period, *, in_arrears: bool, days_in_advance: int, now: int) -> int:
    """Return when a period is billed (1.14)."""
    if in_arrears:
        return period.end
    moment = period.start - days_in_advance * DAY
    if moment > now:
        return moment
    return midnight(now) if period.start > midnight(now) else period.start


def _time(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, timezone.utc)


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _last_day(time: datetime) -> int:
    return calendar.monthrange(time.year, time.month)[1]
