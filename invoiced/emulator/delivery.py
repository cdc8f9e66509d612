"""How an answer reaches its caller, where it does not simply arrive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Connection = Literal["reset", "close", "hang", "close_after"]

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
        return self.connection in ("reset", "close", "hang")


AT_ONCE = Delivery()


class Waits:
    """Waits that can be ended early, all at once."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._hanging: set[Callable[[], None]] = set()

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Waits so long, or until `end`, or until `is_over` says that nobody waits any more."""
        ended, deadline = self._ended, time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0:
            if ended.wait(min(rest, _LOOKS_UP_SECONDS)) or is_over():
                return

    def hang(self, release: Callable[[], None]) -> None:
        """Has `release` called by `end`."""
        self._hanging.add(release)

    def forget(self, release: Callable[[], None]) -> None:
        """What hangs is over."""
        self._hanging.discard(release)

    def end(self) -> None:
        """Ends all that is under way. What begins later waits again."""
        ended, self._ended = self._ended, threading.Event()
        hanging, self._hanging = self._hanging, set()
        ended.set()
        for release in hanging:
            release()
