"""What came of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .rows import SKIPPED, STARTED, TO_DO, WAITING, CustomerRef, Row, RowEvent


@dataclass(frozen=True)
class Result:
    """What came of one row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """The customer that the row is about, as far as it was found."""
    outcome: str
    """The word for what was done: `sent` of a statement, `created`, `updated` or `unchanged` of a contact.

    Or it is `failed`: it was certainly not done, `reason` tells why, and a resumed run tries it again; `unknown`: it
    may have been done, though no answer says so; `skipped`: it is not tried, because of what `reason` says; or `not
    tried` yet.
    """
    reason: str = ""
    """Why it was not done, in words; empty if it was."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the API answered, in short: `{"emails": [{"id": ..., "email": ...}]}`."""
    idempotency_key: str | None = None
    """The key that went with the request; None if none was sent."""

    @property
    def done(self) -> bool:
        """Whether it was certainly done."""
        return self.outcome not in NOT_DONE


Results = Generator[Result, None, None]
"""Results as they come. Closing it ends the run after what is under way."""

NOT_TRIED = "not tried"
_OUTCOMES = {TO_DO: NOT_TRIED, WAITING: NOT_TRIED, STARTED: "unknown"}
"""What the states are called that are no outcome."""

NOT_DONE = ("failed", "unknown", SKIPPED, NOT_TRIED)


@dataclass(frozen=True)
class RunReport:
    """How far a run has come, over all its sessions."""

    journal: str
    """Path of the journal."""
    counts: Mapping[str, int]
    """Number of rows by outcome; of those that are still to do, by `not tried`."""

    @property
    def complete(self) -> bool:
        """Whether every row was done."""
        return not any(self.counts.get(outcome) for outcome in NOT_DONE)

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {outcome}" for outcome, number in self.counts.items())
        lines = [counted or "There was nothing to do."]
        if self.counts.get(NOT_TRIED) or self.counts.get("failed"):
            lines.append(f"Run again with the journal {self.journal} to go on: what was done is not done again.")
        if self.counts.get("unknown"):
            lines.append("Unknown: look into the account before you let them be sent again with retry_unknown.")
        return "\n".join(lines)


def report_of(journal: str, states: Mapping[str, int]) -> RunReport:
    """The report of a journal that has so many tasks in each state."""
    counts = Counter[str]()
    for state, number in states.items():
        counts[_OUTCOMES.get(state, state)] += number
    return RunReport(journal, dict(sorted(counts.items())))


def result_of(task: Row, event: RowEvent | None) -> Result:
    """What came of a task that this happened to last."""
    if event is None:
        return Result(task.row, task.customer, SKIPPED if task.problem else NOT_TRIED, task.problem)
    outcome = _OUTCOMES.get(event.state, event.state)
    return Result(task.row, task.customer, outcome, event.reason, event.details, event.key)
