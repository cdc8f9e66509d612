"""Balances."""

from typing import Any

from .._compat import TypedDict
from ..object import Object


class BalanceHistoryEntry(TypedDict, total=False):
    """The credit balance from a given time on."""

    timestamp: int
    """Time of the change, as a Unix timestamp in seconds."""
    currency: str
    """ISO 4217 code of the amount, in lower case."""
    balance: Any
    """Credit balance from that time on, in units of the currency."""


class Balance(Object):
    """A customer's credits and amounts owed."""

    __slots__ = ()

    available_credits: Any
    """Credit balance available now, in units of the currency."""
    currency: str
    """ISO 4217 code of the amounts, in lower case."""
    history: list[BalanceHistoryEntry]
    """Changes of the credit balance, newest first."""
    past_due: bool
    """Whether any invoice is past due."""
    total_outstanding: Any
    """Total outstanding, in units of the currency."""
    due_now: Any
    """Part of the total outstanding that is due now, in units of the currency."""
    open_credit_notes: Any
    """Total of open credit notes, in units of the currency; missing from some responses."""
