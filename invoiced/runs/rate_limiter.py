"""Rate limiting across all threads of a run.

Rate limiter libraries count requests per window and allow bursts. A run spaces its requests evenly, pauses as a whole
when the API asks to wait, and can be stopped while threads wait. All three need only one value: the earliest time of
the next request. It has come when the clock says so, or when threads have waited for it, whichever is first: the clock
does not run while a test has frozen it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RateLimiter:
    """A limit of `rate` requests per second, shared by all threads of a run. None means no limit."""

    def __init__(self, rate: float | None) -> None:
        if rate is not None and (isinstance(rate, bool) or not 0 < rate < 1e6):
            raise ValueError(f"rate must be requests per second above 0, or None, not {rate!r}")
        self._interval = 1 / rate if rate else 0.0
        self._next = self._left = 0.0
        self._stopped = False
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Wait for permission to send a request. The interval to the next request starts when the block ends.

        Yields:
            Whether the request may be sent; False if the run was stopped.
        """
        with self._turn:
            yield self._wait(self._is_running)
            self.pause(self._interval)

    def wait(self) -> None:
        """Wait for permission to send a request that changes nothing, even if the run was stopped."""
        with self._turn:
            self._wait(lambda: True)
            self.pause(self._interval)

    def pause(self, seconds: float) -> None:
        """Pause the requests of all threads for some seconds."""
        with self._changed:
            self._next = max(self._next, time.monotonic() + seconds)
            self._left = max(self._left, seconds)

    def stop(self) -> None:
        """Prevent all threads from sending further requests."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wait(self, goes_on: Callable[[], bool]) -> bool:
        with self._changed:
            while goes_on() and (remaining := min(self._next - time.monotonic(), self._left)) > 0:
                step = min(remaining, 0.5)
                if not self._changed.wait(step):
                    self._left -= step  # a test may have frozen the clock
            self._left = 0.0
            return goes_on()

    def _is_running(self) -> bool:
        # Once the main thread has ended, Python starts no more threads.
        return not self._stopped and threading.main_thread().is_alive()
