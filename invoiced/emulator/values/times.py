"""Times in Unix seconds. Days are those of UTC."""

from __future__ import annotations

HOUR = 60 * 60
DAY = 24 * HOUR

END_OF_TIME = 253402300800
"""First second with a five-digit year, which HTTP dates cannot express."""


def midnight(moment: int) -> int:
    """Return 00:00 of the day of a time."""
    return moment - moment % DAY
