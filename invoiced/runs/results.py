"""What came of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipient:
    """The customer that a row is about, as far as it was found."""

    id: int | str | None = None
    number: str | None = None
    name: str | None = None
    email: str | None = None

    def __str__(self) -> str:
        label = " ".join(str(part) for part in (self.number, self.name) if part)
        return label or (f"customer {self.id}" if self.id is not None else "(no customer)")


@dataclass(frozen=True)
class Result:
    """What came of one row.

    `outcome` is the word for what was done: `sent` of a statement, `created` or `updated` of a contact. Or it is
    `failed`: it was certainly not done, `reason` tells why, and a resumed run tries it again; `unknown`: it may have
    been done, though no answer says so; `skipped`: it is not tried, because of what `reason` says; or `not tried` yet.
    """

    row: int
    """Number of the row in its source, from 1."""
    customer: Recipient
    outcome: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the API answered, in short: `{"emails": [{"id": ..., "email": ...}]}`."""
    idempotency_key: str | None = None
    """The key that went with the request; None if none was sent."""

    @property
    def done(self) -> bool:
        """Whether it was certainly done."""
        return self.outcome not in NOT_DONE


NOT_TRIED = "not tried"
NOT_DONE = ("failed", "unknown", "skipped", NOT_TRIED)


@dataclass(frozen=True)
class Report:
    """How far a run has come, over all its sessions."""

    journal: str
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
