"""The rate limit of a client (replaced by the branch `rate`)."""

from __future__ import annotations

import math
import threading
import time


class RateLimit:
    """At most `rate` requests per second, evenly spaced, over all threads."""

    def __init__(self, rate: float) -> None:
        self._interval = 0.0 if rate == math.inf else 1 / rate
        self._lock, self._next = threading.Lock(), 0.0

    def wait(self) -> None:
        """Wait for the turn of this thread."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._interval
        time.sleep(max(0, turn - time.monotonic()))
