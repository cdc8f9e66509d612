"""Which connections this process holds open, as the kernel tells."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the kernel tells in /proc, on Linux")


def connections_to(url: str) -> int:
    """How many sockets of this process are connected to the server there."""
    mine, port = set(), urlsplit(url).port
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # that of the listing itself is closed already
            mine.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return sum(int(row[2].partition(":")[2], 16) == port and f"socket:[{row[9]}]" in mine for row in rows)
