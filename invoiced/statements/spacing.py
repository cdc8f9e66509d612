"""The wait before statements to customers who have just been sent others.

The API drops a second statement to the same customer, address and template within 5 minutes, without an error.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable

from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import PARTLY_SENT, SENT, STARTED, UNKNOWN
from invoiced.runs.plan import Plan

logger = logging.getLogger("invoiced")

_SPACING = 330
"""Seconds between two statements: 5 minutes from when the first is sent, which is some time after the response."""

_MAYBE_SENT = (SENT, PARTLY_SENT, UNKNOWN, STARTED)


def seconds_to_wait(runs: Iterable[RunEntries], plan: Plan) -> float:
    """Return the seconds until no customer of a plan gets a statement that would be dropped because of these runs."""
    template, sent = plan.content.get("template"), dict[str, int]()
    for run in runs:
        if json.loads(run.content).get("template") == template:
            for key, at in run.recent(_MAYBE_SENT, _SPACING):
                sent[key] = max(at, sent.get(key, 0))
    planned = plan.rows_to_send() if sent else ()
    last = max((sent.get(row.key or "", 0) for row in planned), default=0)
    seconds = max(0.0, last + _SPACING - time.time())
    if seconds:
        logger.warning(
            "Statements were just sent to the same customers. This run waits for %.0f s, because the API would drop "
            "its statements without an error.",
            seconds,
        )
    return seconds
