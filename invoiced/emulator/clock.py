"""The time of the emulator."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

END_OF_TIME = 253402300800
"""From then on, a year has five digits, which HTTP cannot write."""


class Clock:
    """Tells what `source` tells, in Unix seconds, until it is set: then it stands still."""

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self._stopped_at: float | None = None
        self._ahead: float = 0

    def __call__(self) -> float:
        """Tell the time in Unix seconds."""
        now = self._source() if self._stopped_at is None else self._stopped_at
        return now + self._ahead

    def set(self, moment: float | datetime) -> None:
        """Stop at a moment: Unix seconds, or a time that has a time zone.

        Raises:
            ValueError: it is none.
        """
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError(f"A time needs a time zone: {moment!r}.")
            moment = moment.timestamp()
        self._stopped_at, self._ahead = _checked(moment), 0

    def advance(self, seconds: float) -> None:
        """Move by so many seconds, back if they are negative. A clock that goes goes on.

        Raises:
            ValueError: they are no number, or lead out of the years 1970 to 9999.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
            raise ValueError(f"A clock moves by seconds, not {seconds!r}.")
        _checked(self() + seconds)
        self._ahead += seconds

    def reset(self) -> None:
        """Tell what its source tells again."""
        self._stopped_at, self._ahead = None, 0


def _checked(moment: float) -> float:
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < END_OF_TIME:
        raise ValueError(f"A time is a number of Unix seconds from 1970 to the year 9999, not {moment!r}.")
    return moment
