"""Periods, and the names of runs in them."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"\d{4}(?:-(?:Q[1-4]|\d\d(?:-\d\d)?))?", re.ASCII)
_NAME = re.compile(r"(?:[a-z0-9][a-z0-9._-]{0,63})?", re.ASCII)
_LAST_DAY = 10
"""Day of the month until which the month before is proposed."""


def checked_period(period: object) -> str:
    """Return a period: a month such as `2026-11`, a day, a quarter such as `2026-Q4`, or a year.

    Raises:
        ValueError: it is none of them.
    """
    text = period if isinstance(period, str) else ""
    day = text + "-01-01"[len(text) - 4 :] if "Q" not in text else ""
    try:
        if _PERIOD.fullmatch(text):
            date.fromisoformat(day or text[:4] + "-01-01")
            return text
    except ValueError:
        pass
    raise ValueError(
        f"A period is a month such as 2026-11, a day, a quarter such as 2026-Q4, or a year; not {period!r}"
    )


def checked_name(name: object) -> str:
    """Return the name of a run, such as `reminder-1`, or the empty name of the first.

    Raises:
        ValueError: it is not in small letters, digits, `.`, `_` and `-`.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise ValueError(f"The name of a run is in small letters, digits, . _ and -, such as reminder-1; not {name!r}")


def proposed_period(today: date) -> str:
    """Return the month that a run on a day is probably for: until the 10th, the month before."""
    return f"{today - timedelta(days=today.day) if today.day <= _LAST_DAY else today:%Y-%m}"
