"""The test gateway: what becomes of a charge, by its card or bank account (billing.md 9.6)."""

from __future__ import annotations

from collections.abc import Mapping

from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.times import DAY

NAME = "test"
SETTLED_AFTER = DAY
"""Seconds until a charge that is pending succeeds or fails."""

DECLINED = "Charge declined"

SUCCEEDED, PENDING, FAILED = "succeeded", "pending", "failed"

_DECLINED_CARDS = ("0069", "0127")
_TEST_ROUTING = "123123123"
_TEST_ACCOUNTS: Mapping[str, tuple[str, str]] = {
    "3456": (FAILED, FAILED),
    "1116": (FAILED, FAILED),
    "3893": (PENDING, SUCCEEDED),
    "2227": (PENDING, FAILED),
}


def outcomes(source: Record) -> tuple[str, str]:
    """Return the status of a charge at first, and in the end."""
    if source["object"] == "card":
        is_declined = source["brand"] == "Visa" and source["last4"] in _DECLINED_CARDS
        return (FAILED, FAILED) if is_declined else (SUCCEEDED, SUCCEEDED)
    if source["routing_number"] == _TEST_ROUTING:
        return _TEST_ACCOUNTS.get(source["last4"], (SUCCEEDED, SUCCEEDED))
    return SUCCEEDED, SUCCEEDED
