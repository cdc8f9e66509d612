"""The contracts of subscriptions (catalog.md 1.38)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.periods import Interval

_PERIODS = ("period_start", "period_end", "renews_next", "contract_period_start", "contract_period_end")
_MAX_CYCLES = 10_000


def set_contract(interval: Interval, subscription: Record, start: int) -> None:
    """Set the term of a contract that starts at a time, or remove it."""
    cycles = subscription["cycles"]
    if cycles is not None and not 1 <= cycles <= _MAX_CYCLES:
        raise ApiError(400, f"The cycles of a contract must be between 1 and {_MAX_CYCLES}.")
    subscription["contract_period_start"] = start if cycles else None
    subscription["contract_period_end"] = interval.end_after(start, cycles) if cycles else None


def is_over(subscription: Mapping[str, Any]) -> bool:
    """Return whether the term has all its bills: in advance, also the first one of the next term, if there is one."""
    if not subscription["cycles"]:
        return False
    has_one_more = subscription["bill_in"] == "advance" and subscription["contract_renewal_mode"] != "none"
    return bool(subscription["bills"] >= subscription["cycles"] + has_one_more)


def complete_term(interval: Interval, subscription: Record) -> None:
    """Finish a subscription whose term is over, renew it, or let it wait for its renewal."""
    mode = subscription["contract_renewal_mode"]
    if mode == "none":
        subscription |= {**dict.fromkeys(_PERIODS), "finished": True}
    elif mode == "manual":
        subscription["renews_next"] = None
    else:
        subscription["cycles"] = subscription["contract_renewal_cycles"] or subscription["cycles"]
        # In advance, the first bill of the next term has been made.
        subscription["bills"] = 1 if subscription["bill_in"] == "advance" else 0
        set_contract(interval, subscription, subscription["contract_period_end"] + 1)
        if mode == "renew_once":
            subscription["contract_renewal_mode"] = "manual"
