"""Rows of a run: what a list says, and what is planned for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invoiced.display.escaping import one_line
from invoiced.ledger.states import HELD, INVALID, NO_ADDRESS, TO_DO

DUPLICATE = "duplicate"
"""State of a row whose key an earlier row of the same list has."""

HELD_BACK = "held: "
"""What the problem of a row begins with that contradicts the account."""

PROBLEMS = (HELD, NO_ADDRESS, INVALID, DUPLICATE)
"""States of rows that cannot be sent."""


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
    key: str | None = None
    """What identifies the row in its run, such as the ID of a customer; None until it is known."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the request that are specific to this row."""
    problem: str = ""
    """Why the row cannot be sent, on one line; empty if it can."""
    state: str = TO_DO
    """State in the plan, such as `to do`, `sent` (before), `held` or `no address`."""
    found: Mapping[str, Any] | None = None
    """What the account has of the row if it was processed before, although the ledger does not say so, such as
    `{"invoice": 7}`. It is recorded, and not processed again."""
    attempts: int = 0
    """Number of attempts of its entry in the ledger when it was compared."""

    @property
    def is_held(self) -> bool:
        """Whether the row is not sent because what it says of its customer does not fit, or cannot be read."""
        return self.problem.startswith(HELD_BACK)

    @property
    def reason(self) -> str:
        """The problem, beside an outcome that says already whether the row is held."""
        return self.problem.removeprefix(HELD_BACK)
