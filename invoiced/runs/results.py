"""Results of rows, and the status of runs."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast, get_args

from invoiced.display.escaping import one_line
from invoiced.ledger.entries import Entry
from invoiced.ledger.states import OPEN, STARTED

from .rows import CustomerRef, Row

Outcome = Literal[
    "sent",
    "created",
    "updated",
    "unchanged",
    "failed",
    "unknown",
    "partly sent",
    "held",
    "no address",
    "invalid",
    "duplicate",
    "skipped",
    "not on the list",
    "in flight",
    "to do",
]
"""Outcome of a row.

`sent`, for a statement, and `created`, `updated` or `unchanged`, for a record, are done. `failed` was certainly not
processed, and is tried again. `unknown` may have been processed, but no response confirms it. `partly sent` was sent,
but not to all addresses. `held` contradicts the account; `no address` has no e-mail address; `invalid` cannot be sent
for another reason; `duplicate` has an earlier row. `skipped` was decided by a person. `not on the list` was on an
earlier list. `in flight` is being sent by another program, and `to do` is not tried yet.
"""

_LEFT = (*OPEN, "in flight", "duplicate")
"""Outcomes of rows that were neither processed nor decided."""


@dataclass(frozen=True)
class Result:
    """The result of a row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """Customer of the row, as far as it is known."""
    outcome: Outcome
    """Outcome of the row; `reason` says why."""
    reason: str = ""
    """Why the row was not processed, on one line; empty if it was."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Summary of the API's response. For a statement, `{"emails": [{...}]}`: the `id`, `email` and `message_id` of each
    e-mail, as far as the response has them."""
    idempotency_key: str | None = None
    """Idempotency key of the request; None if no request was sent."""
    at: int | None = None
    """When the outcome was known, or else when the request was about to leave, in Unix seconds."""
    decided_by: str = ""
    """The person who decided the outcome; empty if it was the API's response, or the list."""

    @property
    def done(self) -> bool:
        """Whether the row was certainly processed, or a person decided that it is not."""
        return self.outcome not in _LEFT


Results = Generator[Result, None, None]
"""Results in the order in which rows complete. Closing the generator stops the run once requests in flight complete."""


@dataclass(frozen=True)
class Status:
    """The status of a run over all its sessions, from the ledger."""

    period: str
    """Period, such as `2026-11`."""
    run: str
    """Name of the run in its period; empty for the first."""
    counts: Mapping[str, int]
    """Number of rows by outcome."""
    closed_at: datetime | None = None
    """When the run was closed; None if it is open."""
    closed_by: str = ""
    """Who closed it."""

    @property
    def complete(self) -> bool:
        """Whether every row was processed or decided."""
        return not self.left

    @property
    def left(self) -> int:
        """Number of rows that were neither processed nor decided."""
        return sum(self.counts.get(outcome, 0) for outcome in _LEFT)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        return counts or "Nothing was sent."


def outcome_of(state: str) -> Outcome:
    """Return the outcome that is reported for the state of an entry or a row."""
    outcome = "in flight" if state == STARTED else state
    assert outcome in get_args(Outcome), outcome
    return cast(Outcome, outcome)


def status_of(period: str, run: str, states: Mapping[str, int], closed: tuple[int, str] | None) -> Status:
    """Return the status of a run, from the number of its entries by state."""
    at, by = closed or (None, "")
    counts: dict[str, int] = {outcome_of(state): states[state] for state in sorted(states)}
    return Status(period, run, counts, None if at is None else datetime.fromtimestamp(at).astimezone(), by)


def result_of_row(row: Row) -> Result:
    """Return the result of a row that was not sent."""
    return Result(row.number, row.customer, outcome_of(row.state), row.reason, row.found or {})


def result_of_entry(entry: Entry) -> Result:
    """Return the result of a row, from its entry in the ledger."""
    id: int | str | None = entry.customer_id
    ref = CustomerRef(
        int(id) if isinstance(id, str) and id.isdecimal() and id.isascii() else id,
        entry.customer_number,
        entry.customer_name,
        entry.customer_email,
    )
    return Result(
        entry.row_number,
        ref,
        outcome_of(entry.state),
        one_line(entry.reason),
        json.loads(entry.details),
        entry.idempotency_key,
        entry.ended_at or entry.started_at,
        entry.decided_by,
    )
