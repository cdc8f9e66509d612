"""Payment terms, and the days in which an invoice is due (billing.md 3.5, 3.6)."""

from __future__ import annotations

import re
from typing import NamedTuple

from invoiced.emulator.values.times import DAY
from invoiced.emulator.values.warnings import warn

_NET = re.compile(r"\bnet[ -]([0-9]{1,4})\b(?![.,][0-9])", re.IGNORECASE)
_LOOKS_LIKE_NET = re.compile(r"\bnet[\W_]*[0-9]", re.IGNORECASE)
_EARLY = re.compile(r"(?<![0-9.,])([0-9]{1,2})% ([0-9]{1,3}) net[ -][0-9]{1,4}\b(?![.,][0-9])", re.IGNORECASE)


class EarlyDiscount(NamedTuple):
    """A discount for those who pay early."""

    percent: int
    days: int


def due_in_days(terms: str | None) -> int | None:
    """Return the days of terms such as `NET 30`, or None if they have none."""
    found = _NET.search(terms or "")
    return int(found[1]) if found else None


def due_date(date: int, terms: str | None) -> int | None:
    """Return the time at which an invoice is due, in Unix seconds: at the same time of day as its date."""
    days = due_in_days(terms)
    if days is None and _LOOKS_LIKE_NET.search(terms or ""):
        warn(f"The payment terms {terms!r} set no due date, as by the API (expected one space or hyphen: NET 30).")
    return None if days is None else date + days * DAY


def early_discount(terms: str | None) -> EarlyDiscount | None:
    """Return the discount of terms such as `2% 10 NET 30`, which only the conversion of an estimate adds (3.6)."""
    found = _EARLY.search(terms or "")
    return EarlyDiscount(int(found[1]), int(found[2])) if found else None
