"""Delivery of responses with connection faults and delays."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Connection = Literal["reset", "close", "hang", "close_after"]
SILENT: tuple[Connection, ...] = ("reset", "close", "hang")
"""Connection faults that send no part of the response."""

# Seconds until a wait notices that the caller has disconnected.
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Delivery:
    """Delivery of a response, which the server applies to a connection, and the adapter to a session."""

    connection: Connection | None = None
    """A TCP reset, a close or an endless silence in place of the response; or a close after the response."""
    latency: float = 0
    """Seconds before the response."""
    drip: float = 0
    """Seconds between the bytes of the body."""
    drip_head: bool = False
    """Whether the head is sent byte by byte, too."""
    cut: int | None = None
    """Number of bytes of the body to send before closing, although the Content-Length is that of the whole body."""
    end: Callable[[bool], None] = lambda is_sent: None
    """Function to call when the response is about to be sent (True), or when it turns out that it never will (False).
    Calls after the first have no effect."""

    @property
    def is_silent(self) -> bool:
        """Return whether no part of the response is sent."""
        return self.connection in SILENT


NORMAL_DELIVERY = Delivery()


class Wait:
    """A caller's wait for its response, which the emulator can end early."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._release: Callable[[], None] | None = None

    def pause(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Wait for a number of seconds, until the wait is ended, or until `is_over` returns True."""
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0 and not is_over():
            if self._ended.wait(min(remaining, _POLL_SECONDS)):
                return

    @property
    def is_ended(self) -> bool:
        """Return whether the wait was ended early."""
        return self._ended.is_set()

    def hang(self, release: Callable[[], None]) -> None:
        """Call `release` when the wait is ended, which may be at once."""
        self._release = release
        if self._ended.is_set():
            release()

    def end(self) -> None:
        """End the wait, unless it is over."""
        self._ended.set()
        if self._release is not None:
            self._release()


class Waits:
    """The waits of all callers, which can be ended together."""

    def __init__(self) -> None:
        self._waits: weakref.WeakSet[Wait] = weakref.WeakSet()
        self._lock = threading.Lock()

    def begin(self) -> Wait:
        """Return a new wait of a caller."""
        wait = Wait()
        with self._lock:
            self._waits.add(wait)
        return wait

    def end(self) -> None:
        """End all current waits."""
        with self._lock:
            waits = list(self._waits)
        for wait in waits:
            wait.end()
