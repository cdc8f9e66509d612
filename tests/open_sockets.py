"""The open connections of this process, according to the kernel."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="requires /proc")


def connections_to(url: str) -> int:
    """Return the number of sockets of this process that are connected to the server."""
    own, port = set(), urlsplit(url).port
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is already closed
            own.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return sum(int(row[2].partition(":")[2], 16) == port and f"socket:[{row[9]}]" in own for row in rows)
