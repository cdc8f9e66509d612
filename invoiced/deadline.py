"""When a call must have ended, whatever the server does.

The timeout of a socket begins anew with each byte that arrives, so that a server could hold a call for ever by
dripping. These connections give each read what is left until the deadline, and no more.
"""

import io
import math
import socket
import time
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any
from weakref import ref

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager

DEADLINE = ContextVar("invoiced_deadline", default=math.inf)
"""When the call under way must have ended, in seconds of time.monotonic()."""


class _Reader(io.RawIOBase):
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
    def __init__(self, connection: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(connection, *args, **options)
        if (deadline := DEADLINE.get()) < math.inf:
            self.fp: Any = io.BufferedReader(_Reader(connection, self.fp.detach(), deadline))


def _with_deadline(connection: Any) -> Any:
    connection.response_class = _Response
    return connection


class _HTTPPool(HTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _with_deadline(super()._new_conn())


class _HTTPSPool(HTTPSConnectionPool):
    def _new_conn(self) -> Any:
        return _with_deadline(super()._new_conn())


class DeadlineAdapter(HTTPAdapter):
    """An adapter of requests whose connections keep to the deadline of the call that they carry.

    A client's own session has it. It takes what `requests.adapters.HTTPAdapter` takes. It cannot end an answer that
    drips through a SOCKS or HTTPS proxy, nor the wait for a free connection of `pool_block=True`, and each address of a
    host may take what is left.

    Example:
        Mount it on a session of yours.

        .. code-block:: python

            import requests

            session = requests.Session()
            session.mount("https://", invoiced.DeadlineAdapter())
    """

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools, whose connections keep to the deadline."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS
        self._latest: Any = _NONE

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Choose the pool of the request.

        That of the latest is remembered: to look it up takes a tenth of a call by hand.
        """
        latest, remembered = self._latest
        pool = remembered() if not proxies and latest == _key(request.url, verify, cert) else None
        if pool is not None:
            return pool
        return super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Tell a pool which certificates count, once, and remember it."""
        latest, remembered = self._latest
        if remembered() is conn and latest == _key(url, verify, cert):
            return
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if (
            conn.proxy is None and _POOLS_DIFFER_BY_CERTIFICATES
        ):  # no more than a reference, so that it ends when its manager closes it
            self._latest = _key(url, verify, cert), ref(conn)

    def close(self) -> None:
        """Close the connections. A request after that opens new ones."""
        # Or a fork, where nothing ends what its lost threads had, would go on with it.
        self._latest = _NONE
        super().close()

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:
        """Make the pools of a proxy, whose connections keep to the deadline."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        if type(manager) is ProxyManager:  # and not one of a SOCKS proxy, which has pools of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager


def _key(url: str, verify: Any, cert: Any) -> tuple[Any, ...]:
    """What a pool belongs to: scheme, host and port, and certificates."""
    return (*url.split("/", 3)[:3], verify, cert)


_POOLS_DIFFER_BY_CERTIFICATES = hasattr(HTTPAdapter, "get_connection_with_tls_context")  # since requests 2.32
_NONE = None, lambda: None
_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}
