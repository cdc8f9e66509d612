"""Times in Unix seconds. Days are those of UTC."""

from __future__ import annotations

from datetime import datetime, timezone

HOUR = 60 * 60
DAY = 24 * HOUR

END_OF_TIME = 253402300800
"""First second with a five-digit year, which HTTP dates cannot express."""


def midnight(moment: int) -> int:
    """Return 00:00 of the day of a time."""
    return moment - moment % DAY


def time_of(text: str) -> datetime:
    """Return an ISO 8601 date or time; without an offset it is in UTC. `ValueError` for other text."""
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
