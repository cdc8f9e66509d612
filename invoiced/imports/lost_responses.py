"""Requests without a response: before looking whether they were processed, they must have ended."""

from __future__ import annotations

import logging
import time

from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import UNKNOWN

logger = logging.getLogger("invoiced")

LONGEST_REQUEST = 60
"""Seconds after which the API has certainly ended a request."""


def wait_until_ended(entries: RunEntries) -> None:
    """Wait until the API has ended the requests of a run whose outcome is unknown: before, it may still process them.

    What was in flight when its session ended is unknown, too.
    """
    entries.recover()
    now = time.time()
    # A time in the future was recorded before the clock was set back.
    latest = max((min(entry.started_at or 0, now) for entry in entries.read(UNKNOWN)), default=0)
    seconds = latest + LONGEST_REQUEST - now
    if seconds > 0:
        logger.warning(
            "A request that got no response may still be processed. The import waits for %.0f s, and then looks "
            "whether it was.",
            seconds,
        )
        time.sleep(seconds)
