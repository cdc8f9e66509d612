"""The entries of a ledger: what happened to each row of a run."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """An entry of a run. Times are in Unix seconds."""

    key: str
    """What identifies it in its run, such as the ID of a customer."""
    state: str
    row_number: int
    customer_id: str | None
    customer_number: str | None
    customer_name: str | None
    customer_email: str | None
    created_at: int | None
    """When the customer was created."""
    request: str
    """Parameters of its own request, as JSON."""
    reason: str
    details: str
    """Summary of the API's response, as JSON."""
    idempotency_key: str | None
    attempts: int
    session_id: int | None
    started_at: int | None
    """When the first request with its idempotency key was about to leave."""
    ended_at: int | None
    """When its outcome was known, or decided."""
    decided_by: str
    """The person who decided it; empty if it was the API's response."""


def storable(text: str | None) -> str | None:
    """Return a text that any database can store."""
    return text and text.encode(errors="replace").decode().replace("\x00", "")
