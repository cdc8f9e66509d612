"""The open connections of this process, according to the kernel."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import invoiced

needs_proc = pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="requires /proc")


def idle_connection(client: invoiced.Client, url: str) -> Any:
    """Return the only connection that a client keeps open."""
    pools: Any = client._session._session.get_adapter(url).poolmanager.pools  # type: ignore[attr-defined]
    (pool,) = [pools[key] for key in pools.keys()]  # noqa: SIM118  cannot be iterated
    (connection,) = filter(None, pool.pool.queue)
    return connection


def connections_to(url: str) -> int:
    """Return the number of sockets of this process that are connected to the server."""
    own, port = set(), urlsplit(url).port
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is already closed
            own.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    rows = (line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return sum(int(row[2].partition(":")[2], 16) == port and f"socket:[{row[9]}]" in own for row in rows)
