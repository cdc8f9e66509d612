"""What a run is to do, and what happens to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# The states of a task that are no outcome: before it is tried, while it is tried, and between two attempts.
TO_DO, STARTED, WAITING = "to do", "started", "waiting"
SKIPPED = "skipped"


@dataclass(frozen=True)
class CustomerRef:
    """The customer that a row is about, as far as it was found."""

    id: int | str | None = None
    """Id of the customer; None where it was not found."""
    number: str | None = None
    """Number of the customer, such as `CUST-0001`."""
    name: str | None = None
    """Name of the customer."""
    email: str | None = None
    """E-mail address of the customer."""

    def __str__(self) -> str:
        label = " ".join(str(part) for part in (self.number, self.name) if part)
        return label or self.email or (f"customer {self.id}" if self.id is not None else "(no customer)")


@dataclass
class Row:
    """One row of a run."""

    row: int
    """Number of the row in its source, from 1."""
    sought: str | None = None
    """The field by which its customer is sought; None if there is none, or the customer is at hand."""
    key: str | None = None
    """The value that is sought."""
    customer: CustomerRef = field(default_factory=CustomerRef)
    """The customer that it is about, as far as it was found."""
    created_at: int | None = None
    """When the customer was created, in Unix seconds, which tells it from that of another account."""
    target: str | None = None
    """What it does something to. No two tasks may have the same."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """What is sent for this row alone."""
    problem: str = ""
    """Why it cannot be done; empty if it can."""


class RowEvent(NamedTuple):
    """What happened to a task."""

    state: str
    """The state that it is in since then."""
    key: str | None = None
    """The idempotency key that goes with the request."""
    reason: str = ""
    """Why it was not done, in words; empty if it was."""
    details: Mapping[str, Any] = {}
    """What the API answered, in short."""
    at: int = 0
    """When it happened, in Unix seconds."""
