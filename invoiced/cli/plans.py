"""Parts that the plans of all runs have in common, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

from invoiced.ledger.states import (
    CREATED,
    FAILED,
    HELD,
    INVALID,
    NO_ADDRESS,
    PARTLY_SENT,
    SENT,
    SKIPPED,
    STARTED,
    TO_DO,
    UNCHANGED,
    UNKNOWN,
    UPDATED,
)
from invoiced.runs.rows import DUPLICATE

WORDS = {
    SENT: "sent before",
    CREATED: "created before",
    UPDATED: "updated before",
    UNCHANGED: "unchanged",
    SKIPPED: "skipped",
    UNKNOWN: "unknown",
    PARTLY_SENT: "sent to some addresses only",
    STARTED: "in flight in another program",
    FAILED: "failed and tried again",
    HELD: "held",
    NO_ADDRESS: "no address",
    INVALID: "invalid",
    DUPLICATE: "listed twice",
}
"""What a state of a row means to the session that is planned, in the order in which they are shown."""

_SHOWN = 20
"""Number of rows of a kind that are named."""


def counts_by_state(counts: Mapping[str, int], to_do: str) -> list[str]:
    """Return the number of rows in each state, with the word for those that are left, such as "to send"."""
    return [f"{word} {counts[state]}" for state, word in {TO_DO: to_do, **WORDS}.items() if counts.get(state)]


def limited(lines: Iterable[str], all_rows: bool) -> Iterator[str]:
    """Yield the first lines, and how many more there are; or all of them."""
    lines = iter(lines)
    yield from lines if all_rows else islice(lines, _SHOWN)
    if more := sum(1 for _ in lines):
        yield f"... and {more} more (--dry-run shows all)."


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount with all of its decimals, and at least two if it has any."""
    is_whole = amount == amount.to_integral_value()
    digits = 0 if is_whole else max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f} {currency}"
