"""The emulator's clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

END_OF_TIME = 253402300800
"""First second with a five-digit year, which HTTP dates cannot express."""


class Clock:
    """A clock that returns the time of `source`, in Unix seconds, until it is set; then it stands still."""

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self._stopped_at: float | None = None
        self._offset: float = 0

    def __call__(self) -> float:
        """Return the time in Unix seconds."""
        now = self._source() if self._stopped_at is None else self._stopped_at
        return now + self._offset

    def set(self, moment: float | datetime) -> None:
        """Stop the clock at a time: Unix seconds, or a datetime with a time zone.

        Raises:
            ValueError: the time is invalid.
        """
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError(f"Expected a datetime with a time zone, got {moment!r}.")
            moment = moment.timestamp()
        self._stopped_at, self._offset = _checked(moment), 0

    def advance(self, seconds: float) -> None:
        """Move the clock by a number of seconds, backwards if negative. A running clock keeps running.

        Raises:
            ValueError: `seconds` is not a number, or the result is not between 1970 and 9999.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
            raise ValueError(f"Expected a number of seconds, got {seconds!r}.")
        _checked(self() + seconds)
        self._offset += seconds

    def reset(self) -> None:
        """Follow the source again."""
        self._stopped_at, self._offset = None, 0


def _checked(moment: float) -> float:
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < END_OF_TIME:
        raise ValueError(f"Expected a Unix timestamp between 1970 and 9999, got {moment!r}.")
    return moment
