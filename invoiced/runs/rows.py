"""Rows of a run, and the events that change their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from invoiced.display.escaping import one_line

HELD = "held: "
"""What the problem of a row begins with whose name or e-mail address does not fit its customer."""

# States of a row that are not outcomes: before the first attempt, during an attempt, and between two attempts.
TO_DO, STARTED, WAITING = "to do", "started", "waiting"
SKIPPED = "skipped"
DONE = ("sent", "created", "updated", "unchanged")
"""States of a row that was processed."""


@dataclass(frozen=True)
class CustomerRef:
    """The customer of a row. Fields that are not known are None."""

    id: int | str | None = None
    """ID of the customer; None if it was not found."""
    number: str | None = None
    """Number of the customer, such as `CUST-00001`."""
    name: str | None = None
    """Name of the customer."""
    email: str | None = None
    """E-mail address of the customer."""

    def __str__(self) -> str:
        label = " ".join(str(part) for part in (self.number, self.name) if part)
        return one_line(label or self.email or (f"customer {self.id}" if self.id is not None else "(no customer)"))


@dataclass
class Row:
    """A row of a run."""

    number: int
    """Number of the row in its source, from 1."""
    lookup_field: str | None = None
    """Field by which the customer is looked up; None if no lookup is needed or possible."""
    lookup_value: str | None = None
    """Value to look up."""
    customer: CustomerRef = field(default_factory=CustomerRef)
    """Customer of the row, as far as it is known."""
    created_at: int | None = None
    """When the customer was created, in Unix seconds. Distinguishes customers with the same ID in two accounts."""
    target: str | None = None
    """Key of the record to which the row applies. Rows with the same target are duplicates."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the request that are specific to this row."""
    problem: str = ""
    """Why the row cannot be processed, on one line; empty if it can."""

    @property
    def is_held(self) -> bool:
        """Whether the row is not processed because what it says of its customer does not fit, or cannot be read."""
        return self.problem.startswith(HELD)


class RowEvent(NamedTuple):
    """A change of a row's state."""

    state: str
    """New state of the row."""
    idempotency_key: str | None = None
    """Idempotency key of the request."""
    reason: str = ""
    """Why the row was not processed; empty if it was."""
    details: Mapping[str, Any] = {}
    """Summary of the API's response."""
    at: int = 0
    """When the state changed, in Unix seconds."""
