"""Which requests without a response can be sent again with their idempotency key, where the API is known to honor it.

The API keeps its response to a key for 24 hours since the first request, and repeats it only once that has ended. An
error that it responds with is kept, too.
"""

from __future__ import annotations

import json
import time

from invoiced.ledger.entries import Entry
from invoiced.ledger.states import UNKNOWN

MIN_AGE = 330
"""Seconds after which a request has certainly ended, counted from when nobody waited for its response any more."""
MAX_AGE = 23 * 60 * 60
"""Seconds in which the response is certainly kept, counted from when the key was first sent."""


def is_repeatable(entry: Entry) -> bool:
    """Return whether a request may be sent again with its key: no response came, and the API still knows the key."""
    if entry.state != UNKNOWN or not entry.idempotency_key or entry.started_at is None or entry.ended_at is None:
        return False
    now = time.time()
    has_ended, is_kept = now - entry.ended_at >= MIN_AGE, 0 <= now - entry.started_at <= MAX_AGE
    return has_ended and is_kept and not json.loads(entry.details)
