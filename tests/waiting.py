"""Waiting for a condition."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60
"""Maximum seconds to wait for a condition."""


def wait_until(condition: Callable[[], object], process: subprocess.Popen[Any] | None = None) -> None:
    """Wait until the condition is true.

    Raises:
        AssertionError: the condition did not become true in time, or the process has ended.
    """
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < end, "The condition did not become true in time."
        assert process is None or process.poll() is None, "The process has ended."
        pause.wait(0.002)  # not time.sleep, which some tests patch
