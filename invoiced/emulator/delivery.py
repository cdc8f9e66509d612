"""How an answer reaches its caller, where it does not simply arrive."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Connection = Literal["reset", "close", "hang", "close_after"]
SILENT: tuple[Connection, ...] = ("reset", "close", "hang")
"""Nothing of the answer is sent."""

# How soon a wait notices that its caller has gone.
_LOOKS_UP_SECONDS = 0.05


@dataclass(frozen=True)
class Delivery:
    """What becomes of an answer on its way. The server does it to a connection, the adapter to a session."""

    connection: Connection | None = None
    """A TCP reset, or an end, or an endless silence in place of the answer; or an end after it."""
    latency: float = 0
    """Seconds before the answer."""
    drip: float = 0
    """Seconds between single bytes of the body."""
    drip_head: bool = False
    """Whether the head drips, too."""
    cut: int | None = None
    """So many bytes of the body are sent, though its Content-Length is that of the whole; then comes the end."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing of the answer is sent."""
        return self.connection in SILENT


AT_ONCE = Delivery()


class Wait:
    """The wait of one caller for its answer, which the emulator can end early."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._release: Callable[[], None] | None = None

    def pause(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Wait so long, or until the wait is ended, or until `is_over` says that nobody waits any more."""
        deadline = time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0 and not is_over():
            if self._ended.wait(min(rest, _LOOKS_UP_SECONDS)):
                return

    @property
    def is_ended(self) -> bool:
        """Whether it has been ended early."""
        return self._ended.is_set()

    def hang(self, release: Callable[[], None]) -> None:
        """Has `release` called when the wait is ended, which may be at once."""
        self._release = release
        if self._ended.is_set():
            release()

    def end(self) -> None:
        """End the wait, if it is not over."""
        self._ended.set()
        if self._release is not None:
            self._release()


class Waits:
    """The waits of all callers."""

    def __init__(self) -> None:
        self._waits: weakref.WeakSet[Wait] = weakref.WeakSet()
        self._lock = threading.Lock()

    def begin(self) -> Wait:
        """A caller waits."""
        wait = Wait()
        with self._lock:
            self._waits.add(wait)
        return wait

    def end(self) -> None:
        """End the waits that have begun."""
        with self._lock:
            begun = list(self._waits)
        for wait in begun:
            wait.end()
