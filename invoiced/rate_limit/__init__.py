"""The rate limit of a client.

Rate limiter libraries count requests per window and allow bursts. Here, requests are evenly spaced: each thread takes
the next turn, and the interval to the turn after it starts when its request may leave, however late that is. So no
burst follows when a program was suspended.

The limit has its own time. It never goes back, and where threads have waited, it has passed: the clock of a test may
stand still or jump.
"""

import math
import os
import threading
import time
from numbers import Real

# Held for microseconds, never during a wait. Reentrant, because a signal handler may send a request.
_LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):  # not on Windows
    # Otherwise, a fork could have a lock that is held by a thread which only its parent has.
    os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)


class RateLimit:
    """A maximum number of requests per second, shared by all threads and clients that use it.

    Requests are evenly spaced, without bursts. Pass it to `Client.with_options(rate=...)`. A forked process goes on
    with a limit of its own.

    Args:
        rate: requests per second, such as 5, or 0.5 for one every two seconds. `math.inf` means no limit.

    Raises:
        ValueError: `rate` is not a number from 0.000001 to 1000000, nor `math.inf`.
    """

    def __init__(self, rate: float) -> None:
        if not _is_number(rate) or not (1e-6 <= rate <= 1e6 or rate == math.inf):
            raise ValueError(f"rate must be requests per second from 0.000001 to 1000000, or math.inf, not {rate!r}")
        self._rate = float(rate)
        self._interval = 1 / self._rate
        self._process = os.getpid()
        self._clock, self._time = time.monotonic(), 0.0
        self._next_turn = 0  # the number of the turn that nobody waits for yet
        self._open_turn, self._open_at = 0, 0.0  # the turn after the last one that was taken, and when it comes

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self._rate

    def wait(self, deadline: float = math.inf) -> bool:
        """Wait until this thread may send a request. The threads take turns in the order of their calls.

        Args:
            deadline: a time of `time.monotonic()`. A turn that would come later is not waited for, and stays free.

        Returns:
            Whether the request may be sent; False if its turn would come after the deadline.
        """
        if not self._interval:
            return True
        with _LOCK:
            if self._process != os.getpid():  # a fork: the threads that wait are those of the parent process
                self._process, self._next_turn = os.getpid(), self._open_turn
            turn = self._next_turn
            if self._comes_at(turn) - self._now() >= deadline - time.monotonic():
                return False
            self._next_turn += 1
        try:
            return self._take(turn, deadline)
        finally:
            with _LOCK:
                if turn >= self._open_turn and turn == self._next_turn - 1:  # not taken, and nobody is behind
                    self._next_turn = turn

    def _take(self, turn: int, deadline: float) -> bool:
        """Wait for a turn and take it, unless the threads before it are so late that the deadline passes."""
        comes_at = 0.0
        while True:
            with _LOCK:
                now = self._now(comes_at)  # the thread has waited, whatever the clock says
                comes_at = max(now, self._comes_at(turn))
                if comes_at - now >= deadline - time.monotonic():
                    return False
                if comes_at == now:
                    self._open_turn, self._open_at = max(self._open_turn, turn + 1), now + self._interval
                    return True
            time.sleep(comes_at - now)

    def _comes_at(self, turn: int) -> float:
        """Return when a turn comes, if no thread is late. A turn whose thread was late comes next."""
        return self._open_at + max(0, turn - self._open_turn) * self._interval

    def _now(self, at_least: float = 0.0) -> float:
        """Return the time of this limit, which is not before `at_least`."""
        clock = time.monotonic()
        self._time = max(self._time + max(0.0, clock - self._clock), at_least)
        self._clock = clock
        return self._time

    def __str__(self) -> str:
        return f"rate limit of {self._rate:g} per second"

    def __repr__(self) -> str:
        return f"RateLimit({self._rate:g})"


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
