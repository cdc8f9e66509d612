"""Results and reports of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from invoiced.display.escaping import one_line

from .rows import SKIPPED, STARTED, TO_DO, WAITING, CustomerRef, Row, RowEvent


@dataclass(frozen=True)
class Result:
    """The result of a row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """Customer of the row, as far as it is known."""
    outcome: str
    """Outcome of the row: `sent` for a statement; `created`, `updated` or `unchanged` for a contact.

    Otherwise `failed`: the row was not processed, and a resumed run retries it; `unknown`: it may have been processed,
    but no response confirms it; `skipped`: it cannot be processed; or `not tried` yet. `reason` says why.
    """
    reason: str = ""
    """Why the row was not processed, on one line; empty if it was."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Summary of the API's response. For a statement, `{"emails": [{...}]}`: the `id`, `email` and `message_id` of each
    e-mail, as far as the response has them."""
    idempotency_key: str | None = None
    """Idempotency key of the request; None if no request was sent."""

    @property
    def done(self) -> bool:
        """Whether the row was certainly processed."""
        return self.outcome not in NOT_DONE


Results = Generator[Result, None, None]
"""Results in the order in which rows complete. Closing the generator stops the run once requests in flight complete."""

NOT_TRIED = "not tried"
_OUTCOMES = {TO_DO: NOT_TRIED, WAITING: NOT_TRIED, STARTED: "unknown"}
"""Outcomes reported for states that are not outcomes."""

NOT_DONE = ("failed", "unknown", SKIPPED, NOT_TRIED)


@dataclass(frozen=True)
class RunReport:
    """The progress of a run over all its sessions."""

    journal: str
    """Path of the journal."""
    counts: Mapping[str, int]
    """Number of rows by outcome; rows that are still to be processed count as `not tried`."""

    @property
    def complete(self) -> bool:
        """Whether every row was processed."""
        return not any(self.counts.get(outcome) for outcome in NOT_DONE)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        lines = [counts or "There was nothing to do."]
        if self.counts.get(NOT_TRIED) or self.counts.get("failed"):
            journal = one_line(self.journal)
            lines.append(f"To continue, run again with the journal {journal}. Completed rows are not repeated.")
        if self.counts.get("unknown"):
            lines.append("Unknown: check the account before you retry these rows with retry_unknown.")
        return "\n".join(lines)


def report_of(journal: str, states: Mapping[str, int]) -> RunReport:
    """Return the report of a journal, from its number of rows by state."""
    counts = Counter[str]()
    for state, count in states.items():
        counts[_OUTCOMES.get(state, state)] += count
    return RunReport(journal, dict(sorted(counts.items())))


def result_of(row: Row, event: RowEvent | None) -> Result:
    """Return the result of a row, given its last event."""
    if event is None:
        return Result(row.number, row.customer, SKIPPED if row.problem else NOT_TRIED, row.problem)
    outcome = _OUTCOMES.get(event.state, event.state)
    return Result(row.number, row.customer, outcome, one_line(event.reason), event.details, event.idempotency_key)
