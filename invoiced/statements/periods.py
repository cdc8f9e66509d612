"""Periods of statements, such as a month."""

from __future__ import annotations

import re
from datetime import date

_PERIOD = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-\d\d)?|-Q[1-4])?", re.ASCII)


def checked_period(period: str) -> str:
    """Return a period, which can be the name of a folder: a month (2026-11), a year, a quarter (2026-Q4) or a day.

    Raises:
        TypeError: it is not text.
        ValueError: it is not a period.
    """
    if not isinstance(period, str):
        raise TypeError(f"period must be text such as '2026-11', not {period!r}")
    try:
        if not _PERIOD.fullmatch(period):
            raise ValueError("another format")
        if len(period) == len("2026-11-30"):
            date.fromisoformat(period)
    except ValueError:
        raise ValueError(f"invalid period {period!r} (expected 2026-11, 2026, 2026-Q4 or 2026-11-30)") from None
    return period
