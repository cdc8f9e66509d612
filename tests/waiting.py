"""Waiting for what will happen, and no longer."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60
"""Seconds that nothing in the tests needs: what takes longer will never happen."""


def wait_until(happened: Callable[[], object], process: subprocess.Popen[Any] | None = None) -> None:
    """Wait for it to happen.

    Raises:
        AssertionError: it never does, or the process that should do it has ended.
    """
    end, moment = time.monotonic() + PATIENCE, threading.Event()
    while not happened():
        assert time.monotonic() < end, "It never happened."
        assert process is None or process.poll() is None, "The program has ended."
        moment.wait(0.002)  # and not time.sleep, which some tests record
