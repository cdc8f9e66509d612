"""The contracts of subscriptions (catalog.md 1.38)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.periods import Interval
from invoiced.emulator.subscriptions.states import period_to_bill

_PERIODS = ("period_start", "period_end", "renews_next", "contract_period_start", "contract_period_end")
_MAX_CYCLES = 10_000


def set_contract(interval: Interval, subscription: Record) -> None:
    """Set the term of a contract, or remove it. It ends with its last period, whatever the ones before were like."""
    cycles, renewal_cycles = subscription["cycles"], subscription["contract_renewal_cycles"] or 1
    if not 1 <= (1 if cycles is None else cycles) <= _MAX_CYCLES or not 1 <= renewal_cycles <= _MAX_CYCLES:
        raise ApiError(400, f"The cycles of a contract must be between 1 and {_MAX_CYCLES}.")
    start = end = None
    if cycles:
        start = subscription["contract_period_start"] or subscription["start_date"]
        period, left = period_to_bill(interval, subscription), cycles - subscription["bills"]
        end = interval.end_after(period.end + 1, left - 1) if left > 0 else interval.end_after(period.start, left)
    subscription |= {"contract_period_start": start, "contract_period_end": end}


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
        start = subscription["contract_period_end"] + 1
        subscription["contract_period_start"] = start
        subscription["contract_period_end"] = interval.end_after(start, subscription["cycles"])
        if mode == "renew_once":
            subscription["contract_renewal_mode"] = "manual"
