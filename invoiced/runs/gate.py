"""What all threads of a run pass before they send: it can pause them together, and stop them.

A pause ends when the clock says so, or when threads have waited for it, whichever is first: the clock does not run
while a test has frozen it.
"""

from __future__ import annotations

import threading
import time

from invoiced.rate_limit import RateLimit


class Gate:
    """Lets threads pass, unless they have to pause or to stop."""

    def __init__(self) -> None:
        self._until = self._left = 0.0
        self._stopped = False
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    def passes(self) -> bool:
        """Wait until no pause is left. Return False if the run was stopped."""
        # One thread at a time waits, because each wait makes the pause shorter.
        with self._turn, self._changed:
            while self._is_running() and (remaining := min(self._until - time.monotonic(), self._left)) > 0:
                step = min(remaining, 0.5)
                if not self._changed.wait(step):
                    self._left -= step
            self._left = 0.0
            return self._is_running()

    def turn(self, limit: RateLimit) -> bool:
        """Wait for the turn of this thread at a rate limit. Return False if the run was stopped."""
        return self.passes() and limit.wait() and self.passes()

    def pause(self, seconds: float) -> None:
        """Let nobody pass for some seconds."""
        with self._changed:
            self._until = max(self._until, time.monotonic() + seconds)
            self._left = max(self._left, seconds)

    def stop(self) -> None:
        """Let nobody pass any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _is_running(self) -> bool:
        # Once the main thread has ended, Python starts no more threads.
        return not self._stopped and threading.main_thread().is_alive()
