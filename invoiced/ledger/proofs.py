"""What checks of an account have shown: whether it repeats its response to an idempotency key."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

from sqlalchemy import insert, select

from .ledger import Ledger, user_name
from .schema import proofs

Verdict = Literal["proven", "disproven", "unproven"]
"""The second response was that of the first request; it was another; or nothing tells responses apart."""


class Proof(NamedTuple):
    """The verdict of a check."""

    verdict: str
    at: int
    """Unix seconds."""
    found_by: str
    """The person who checked it."""


def add_proof(ledger: Ledger, account_id: int, verdict: Verdict) -> None:
    """Record the verdict of a check of an account."""
    values = {"account_id": account_id, "at": int(time.time()), "found_by": user_name(), "verdict": verdict}
    with ledger.database.begin() as connection:
        connection.execute(insert(proofs).values(values))


def last_proof(ledger: Ledger, account_id: int) -> Proof | None:
    """Return the verdict of the latest check of an account, or None if there was none."""
    query = select(proofs.c.verdict, proofs.c.at, proofs.c.found_by).where(proofs.c.account_id == account_id)
    with ledger.database.begin() as connection:
        row = connection.execute(query.order_by(proofs.c.id.desc()).limit(1)).first()
    return Proof(*row) if row else None
