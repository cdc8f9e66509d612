"""A limit of the time that reading a hostile file may take, of which the reader itself does not know."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LimitReached(BaseException):
    """Reading a file takes too much. It is not an Exception, which a reader of damaged files would handle."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End the block with `LimitReached` when it takes too long, at the next call of any function in this thread.

    A single call of a function in C, such as the decompression of a stream, is not interrupted.
    """
    running, end = True, time.monotonic() + seconds

    def check(*_: object) -> None:
        if running and time.monotonic() > end:
            raise LimitReached(f"reading it takes longer than {seconds:g} seconds")

    previous = sys.getprofile()
    sys.setprofile(check)
    try:
        yield
    finally:
        running = False  # restoring the previous function is a call, too
        sys.setprofile(previous)
