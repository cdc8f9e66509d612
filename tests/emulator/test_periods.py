"""The arithmetic of periods, with the worked examples of catalog.md 1."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from invoiced.emulator.errors import ApiError
from invoiced.emulator.subscriptions.periods import Interval, Period, bill_date, even_end

MONTH = Interval("month", 1)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


@pytest.mark.parametrize(
    ("interval", "start", "next_start"),
    [
        (MONTH, "2026-05-04", "2026-06-04"),
        (MONTH, "2026-01-31", "2026-02-28"),
        (MONTH, "2026-02-28", "2026-03-31"),
        (MONTH, "2026-04-30", "2026-05-31"),
        (MONTH, "2026-01-30", "2026-02-28"),
        (MONTH, "2026-05-04T10:20:30", "2026-06-04T10:20:30"),
        (Interval("month", 3), "2026-11-15", "2027-02-15"),
        (Interval("year", 1), "2028-02-29", "2029-02-28"),
        (Interval("week", 2), "2026-12-28", "2027-01-11"),
        (Interval("day", 1), "2026-02-28", "2026-03-01"),
        (Interval("month", 1, 1), "2026-06-20", "2026-07-01"),
        (Interval("month", 1, 1), "2026-06-30T10:00:00", "2026-07-01"),
        (Interval("month", 1, 1), "2026-07-01", "2026-08-01"),
        (Interval("month", 1, 31), "2026-02-10", "2026-02-28"),
        (Interval("month", 1, 31), "2026-02-28", "2026-03-31"),
        (Interval("week", 1, 1), "2026-11-25", "2026-11-30"),
        (Interval("year", 1, 1), "2026-06-20", "2027-01-01"),
    ],
)
def test_a_period_ends_one_second_before_the_next(interval: Interval, start: str, next_start: str) -> None:
    assert interval.period_from(at(start)) == Period(at(start), at(next_start) - 1)


def test_the_first_period_of_calendar_billing_is_a_share_of_a_full_one() -> None:
    interval = Interval("month", 1, 1)
    period = interval.period_from(at("2026-06-20"))
    assert interval.share(period, period.start) == Decimal(950399) / 2591999


def test_a_change_in_mid_period_counts_for_the_rest_of_it() -> None:
    period = Period(at("2026-03-01"), at("2026-04-01") - 1)
    assert MONTH.share(period, at("2026-03-11")) == Decimal(1814399) / 2678399
    assert MONTH.share(period, period.start) == 1
    assert MONTH.share(period, period.end + 1) == 0


def test_a_period_cannot_end_after_the_year_9999() -> None:
    with pytest.raises(ApiError, match="beyond the year 9999"):
        Interval("year", 10_000).period_from(at("2026-01-01"))


@pytest.mark.parametrize(
    ("days", "now", "billed"),
    [
        (0, "2026-01-01", "2026-03-27"),
        (3, "2026-01-01", "2026-03-24"),
        (3, "2026-03-27T10:00:00", "2026-03-27"),
        (3, "2026-03-25T10:00:00", "2026-03-25"),
    ],
)
def test_a_period_is_billed_days_before_it_starts_or_today(days: int, now: str, billed: str) -> None:
    period = MONTH.period_from(at("2026-03-27"))
    assert bill_date(period, in_arrears=False, days_in_advance=days, now=at(now)) == at(billed)


def test_in_arrears_a_period_is_billed_at_its_end() -> None:
    period = MONTH.period_from(at("2026-01-01"))
    assert bill_date(period, in_arrears=True, days_in_advance=0, now=period.start) == at("2026-01-31T23:59:59")


def test_an_even_end_is_lowered_by_one() -> None:
    assert even_end(at("2026-02-01")) == at("2026-01-31T23:59:59")
    assert even_end(at("2026-01-31T23:59:59")) == at("2026-01-31T23:59:59")


@pytest.mark.parametrize(
    ("interval", "price", "a_month"),
    [
        (Interval("year", 1), 1200, "100"),
        (Interval("month", 3), 90, "30"),
        (Interval("week", 1), 10, "43.33"),
        (Interval("day", 1), 1, "30.42"),
    ],
)
def test_the_price_of_a_month(interval: Interval, price: int, a_month: str) -> None:
    assert round(price * interval.share_of_month, 2) == Decimal(a_month)
