"""The test gateway: what becomes of a charge, by its card or bank account (billing.md 9.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone

from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.times import DAY

NAME = "test"
SETTLED_AFTER = DAY
"""Seconds until a charge that is pending succeeds or fails."""

DECLINED = "Charge declined"

SUCCEEDED, PENDING, FAILED = "succeeded", "pending", "failed"

_YEARS_OF_A_CARD = 5
_DECLINED_CARDS = ("0069", "0127")
_TEST_ROUTING = "123123123"
_TEST_ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "3456": (FAILED, FAILED),
    "1116": (FAILED, FAILED),
    "3893": (PENDING, SUCCEEDED),
    "2227": (PENDING, FAILED),
}


def last_digits(token: str) -> str:
    """Return the four digits at the end of a token, or nothing. Its card or bank account ends with them, too."""
    end = re.search("[0-9]{4}$", token)
    return end[0] if end else ""


def card_of(token: str, now: int) -> Record:
    """Return the card of a token: that of the reference's sample, which expires in a few years."""
    year = datetime.fromtimestamp(now, timezone.utc).year  # core.md, I14: as the gateway gave it, here with four digits
    card = {"object": "card", "brand": "Visa", "last4": last_digits(token) or "4242", "funding": "credit"}
    return {**card, "exp_month": 2, "exp_year": year + _YEARS_OF_A_CARD}


def outcomes(source: Record) -> tuple[str, str]:
    """Return the status of a charge at first, and in the end."""
    if source["object"] == "card":
        is_declined = source["brand"] == "Visa" and source["last4"] in _DECLINED_CARDS
        return (FAILED, FAILED) if is_declined else (SUCCEEDED, SUCCEEDED)
    if source["routing_number"] == _TEST_ROUTING:
        return _TEST_ACCOUNTS.get(source["last4"], (SUCCEEDED, SUCCEEDED))
    return SUCCEEDED, SUCCEEDED
