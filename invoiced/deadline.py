"""Connections that enforce the deadline of a call, and that are closed when they were idle for a minute.

The timeout of a socket restarts with each byte that arrives, so that a server that sends a byte now and then could
block a call forever. These connections limit each read to the time that is left until the deadline.

A firewall or a NAT forgets an idle connection without closing it. A request on it would never arrive, but its outcome
would be unknown when the timeout expires.
"""

import io
import math
import socket
import time
from contextvars import ContextVar
from http.client import SWITCHING_PROTOCOLS, HTTPException, HTTPResponse, parse_headers
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager

from .headers import begin_response

MAX_IDLE_SECONDS = 60
"""Seconds after which an idle connection is not used again."""

_MAX_INTERIM_RESPONSES = 100

# Probes keep a connection alive while it waits for a slow response. TCP_NODELAY is the default of urllib3.
_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
if hasattr(socket, "TCP_KEEPIDLE"):  # not on every system
    _SOCKET_OPTIONS.append((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30))

DEADLINE = ContextVar("invoiced_deadline", default=math.inf)
"""Deadline of the current call, as a time of time.monotonic()."""


class _DeadlineReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, raw: io.RawIOBase, deadline: float) -> None:
        self._connection, self._raw, self._deadline = connection, raw, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining, timeout = self._deadline - time.monotonic(), self._connection.gettimeout()
        if remaining <= 0:
            raise TimeoutError("the deadline has passed")
        self._connection.settimeout(remaining if timeout is None else min(remaining, timeout))
        try:
            return self._raw.readinto(buffer)
        finally:
            self._connection.settimeout(timeout)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def begin(self, **options: Any) -> None:
        begin_response(self, **options)

    def __init__(self, connection: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(connection, *args, **options)
        if (deadline := DEADLINE.get()) < math.inf:
            self.fp: Any = io.BufferedReader(_DeadlineReader(connection, self.fp.detach(), deadline))

    def _read_status(self) -> tuple[str, int, str]:
        """Read the status line of the final response, after interim responses such as 103 (RFC 9110, 15.2)."""
        for _ in range(_MAX_INTERIM_RESPONSES):
            version, status, reason = super()._read_status()  # type: ignore[misc]  # unknown to typeshed
            if not 100 <= status < 200 or status == SWITCHING_PROTOCOLS:
                return version, status, reason
            parse_headers(self.fp)
        raise HTTPException(f"more than {_MAX_INTERIM_RESPONSES} interim responses")


def _clocks() -> tuple[float, float]:
    """Return two times: the first clock may stand still while the machine is suspended, the second can be set."""
    return time.monotonic(), time.time()


class _HTTPPool(HTTPConnectionPool):
    def _new_conn(self) -> Any:
        connection: Any = super()._new_conn()
        connection.response_class, connection.idle_since = _Response, _clocks()
        return connection

    def _get_conn(self, timeout: Any = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        (now, time_now), (since, time_since) = _clocks(), connection.idle_since
        if not (0 <= now - since <= MAX_IDLE_SECONDS and 0 <= time_now - time_since <= MAX_IDLE_SECONDS):
            connection.close()  # it opens again with the next request
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = _clocks()
        super()._put_conn(conn)


class _HTTPSPool(_HTTPPool, HTTPSConnectionPool):
    """The same for https."""


class DeadlineAdapter(HTTPAdapter):
    """Transport adapter for requests whose connections enforce the deadline of each call.

    The client uses it by default; mount it on your own session. It takes the arguments of
    `requests.adapters.HTTPAdapter`. The deadline is not enforced on responses through a SOCKS or HTTPS proxy, nor while
    waiting for a free connection with `pool_block=True`. If a host has several addresses, connecting to each may take
    the time that is left.

    Example:
        Mount it on your own session.

        .. code-block:: python

            import requests

            session = requests.Session()
            session.mount("https://", invoiced.DeadlineAdapter())
    """

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Create the connection pools, whose connections enforce the deadline."""
        super().init_poolmanager(*args, **{"socket_options": _SOCKET_OPTIONS, **options})
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:
        """Create the connection pools of a proxy, whose connections enforce the deadline."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        if type(manager) is ProxyManager:  # a SOCKS proxy has pool classes of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}
