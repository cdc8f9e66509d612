"""How fast requests may follow each other, over all threads of a run.

A limiter library counts requests in a window and lets bursts through. A run rather spaces its requests evenly, can be
held up as a whole when the API asks to wait, and can be stopped amid a wait; all three are one moment: when the next
request may go.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class RateLimiter:
    """Gives turns to the threads of a run, at most `rate` in a second; None is no limit."""

    def __init__(self, rate: float | None) -> None:
        if rate is not None and (isinstance(rate, bool) or not 0 < rate < 1e6):
            raise ValueError(f"rate must be requests per second above 0, or None, not {rate!r}")
        self._interval = 1 / rate if rate else 0.0
        self._next = 0.0
        self._stopped = False
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Wait for a turn. The next turn is counted from the end of the block.

        Yields:
            Whether it came; False when the run was stopped.
        """
        with self._turn:
            yield self._wait()
            self.pause(self._interval)

    def wait(self) -> None:
        """Wait for a turn to look something up."""
        with self.turn():
            pass

    def pause(self, seconds: float) -> None:
        """Let nobody have a turn for so long."""
        with self._changed:
            self._next = max(self._next, time.monotonic() + seconds)

    def stop(self) -> None:
        """Let nobody have a turn any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wait(self) -> bool:
        with self._changed:
            # Where the program has ended, there is nobody whom the results would reach.
            while self._is_going() and (rest := self._next - time.monotonic()) > 0:
                self._changed.wait(min(rest, 0.5))
            return self._is_going()

    def _is_going(self) -> bool:
        return not self._stopped and threading.main_thread().is_alive()
