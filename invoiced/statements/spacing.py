"""The wait before a run, if other runs have just sent statements to the same customers.

The API drops a second statement to the same customer, address and template within 5 minutes, without an error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from invoiced.runs.journal import Journal
from invoiced.runs.other_journals import recent_events
from invoiced.runs.rows import STARTED

logger = logging.getLogger("invoiced")

_SPACING = 330
"""Seconds between two statements: 5 minutes from when the first is sent, which is some time after the response."""

_MAYBE_SENT = ("sent", "unknown", STARTED)


def seconds_to_wait(journal: Journal, states: Collection[str]) -> float:
    """Return the seconds until no customer of the rows in these states gets a statement that would be dropped."""
    template, sent = journal.description["content"].get("template"), dict[str, int]()
    for other in recent_events(journal.path, _SPACING):
        is_same = all(other.run[name] == journal.description[name] for name in ("kind", "account"))
        if is_same and other.event.state in _MAYBE_SENT and other.run["content"].get("template") == template:
            sent[other.target] = max(other.event.at, sent.get(other.target, 0))
    targets = {journal.row(number).target for number in journal.numbers_in(*states)} if sent else set()
    last = max((at for target, at in sent.items() if target in targets), default=0)
    seconds = max(0, last + _SPACING - time.time())
    if seconds:
        logger.warning(
            "Another run has just sent statements to the same customers. This run waits for %.0f s, because the API "
            "would drop its statements without an error.",
            seconds,
        )
    return seconds
