"""The emulator's clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from invoiced.emulator.values.times import END_OF_TIME


class Clock:
    """A clock that returns the time of `source`, in Unix seconds, until it is set; then it stands still.

    Whatever is due is done as soon as the clock is moved past its time, in the order of time: subscriptions are billed,
    AutoPay invoices collected, webhooks retried. It is waited for the receivers of webhooks that are due. When they
    call the API, it is still the time of the event.
    """

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self.when_moved: Callable[[float], None] = lambda until: None
        self._stopped_at: float | None = None
        self._offset: float = 0
        self._passing_at: float | None = None
        """The time that it is while the clock is being moved: that of what is due."""

    def __call__(self) -> float:
        """Return the time in Unix seconds."""
        if self._passing_at is not None:
            return self._passing_at
        now = self._source() if self._stopped_at is None else self._stopped_at
        return now + self._offset

    @property
    def now(self) -> float:
        """The time in Unix seconds."""
        return self()

    @property
    def is_moving(self) -> bool:
        """Whether the clock is being moved, and what falls due on the way is being done."""
        return self._passing_at is not None

    def set(self, moment: float | datetime) -> None:
        """Stop the clock at a time: Unix seconds, or a datetime with a time zone.

        Raises:
            ValueError: the time is invalid.
        """
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError(f"Expected a datetime with a time zone, got {moment!r}.")
            moment = moment.timestamp()
        self._move(_checked(moment), 0)

    def advance(self, seconds: float = 0, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Move the clock, backwards if negative. A running clock keeps running.

        Args:
            seconds: number of seconds.
            days: number of days of 24 hours, in addition.
            hours: number of hours, in addition.
            minutes: number of minutes, in addition.

        Raises:
            ValueError: a number is none, or the result is not between 1970 and 9999.
        """
        for number in (seconds, days, hours, minutes):
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                raise ValueError(f"Expected a number of seconds, got {number!r}.")
        seconds += ((days * 24 + hours) * 60 + minutes) * 60
        _checked(self() + seconds)
        self._move(self._stopped_at, self._offset + seconds)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let others set the clock, which has its own time again at the end."""
        before = self._stopped_at, self._offset
        try:
            yield
        finally:
            self._stopped_at, self._offset = before
        self.when_moved(self())

    def pass_to(self, moment: float) -> None:
        """Show a time on the way to the one to which the clock is being moved."""
        if self._passing_at is not None:
            self._passing_at = max(moment, self._passing_at)

    def _move(self, stopped_at: float | None, offset: float) -> None:
        """Move the clock. Until all that is due is done, it shows the time of what is due."""
        now = self()
        self._stopped_at, self._offset = stopped_at, offset
        until = self()
        self._passing_at = min(now, until)
        try:
            self.when_moved(until)
        finally:
            self._passing_at = None

    def reset(self) -> None:
        """Follow the source again."""
        self._stopped_at, self._offset = None, 0


def _checked(moment: float) -> float:
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment < END_OF_TIME:
        raise ValueError(f"Expected a Unix timestamp between 1970 and 9999, got {moment!r}.")
    return moment
