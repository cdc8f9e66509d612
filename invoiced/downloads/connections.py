"""Connections that only lead to addresses that are permitted, and that another thread can shut down.

A timeout restarts with each byte that arrives, and a name can have another address each time it is resolved. So the
address is checked where the connection is opened, and a second handle of the connection is kept: shutting it down ends
whatever waits for the server, be it for TLS, for headers or for the body.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .links import addresses_of


class StoppableAdapter(HTTPAdapter):
    """Transport adapter for requests whose connections can be shut down.

    A proxy is connected to wherever it is, and it resolves the names. The connections through a SOCKS proxy cannot be
    shut down.

    Args:
        check_address: raises an error if an address is not permitted.
    """

    def __init__(self, check_address: Callable[[str], None]) -> None:
        self.check_address, self.stopped = check_address, threading.Event()
        self._handles, self._unused, self._changing = set[socket.socket](), set[socket.socket](), threading.Lock()
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Create the connection pools."""
        super().init_poolmanager(*args, **options)
        self._own(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> ProxyManager:
        """Create the connection pools of a proxy."""
        manager: ProxyManager = super().proxy_manager_for(*args, **options)
        if type(manager) is ProxyManager:  # a SOCKS proxy has pool classes of its own
            self._own(manager)
        return manager

    def stop(self) -> None:
        """Shut down all connections, and open no more."""
        with self._changing:
            self.stopped.set()
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Shut down and close all connections, and open no more."""
        self.stop()
        super().close()
        with self._changing:  # something may still refer to a response, and so to its connection
            self._unused |= self._handles
        self.release()

    def add(self, connected: socket.socket) -> socket.socket:
        """Return a second handle of a connection that was opened.

        Raises:
            ConnectionAbortedError: the adapter was stopped.
        """
        with self._changing:
            if self.stopped.is_set():
                raise ConnectionAbortedError("stopped")
            handle = connected.dup()
            self._handles.add(handle)
            return handle

    def remove(self, handle: socket.socket) -> None:
        """Remove the second handle of a connection when its last response has been read."""
        with self._changing:
            self._unused.add(handle)

    def release(self) -> None:
        """Release the connections that were closed: no response is being read any more."""
        with self._changing:
            for handle in self._unused:
                handle.close()
            self._handles -= self._unused
            self._unused.clear()

    def _own(self, manager: Any) -> None:
        pools = {"http": partial(_HTTPPool, adapter=self), "https": partial(_HTTPSPool, adapter=self)}
        manager.pool_classes_by_scheme = pools


class _StoppableConnection(HTTPConnection):
    adapter: StoppableAdapter
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn() if self.proxy is not None else self._connect_to_permitted_address()
        try:
            self._handle = self.adapter.add(connected)
        except BaseException:
            connected.close()
            raise
        return connected

    def _connect_to_permitted_address(self) -> socket.socket:
        """Connect to the first address that accepts. All attempts together take no longer than one connection may."""
        name, timeout, addresses = self._dns_host, self.timeout, addresses_of(self._dns_host, self.port)
        for address in addresses:
            self.adapter.check_address(address)
        end = time.monotonic() + float(timeout or 0)
        try:
            for left in range(len(addresses), 0, -1):
                # An address, because the name may be resolved differently the next time.
                self._dns_host, self.timeout = addresses[-left], max((end - time.monotonic()) / left, 0.001)
                try:
                    return super()._new_conn()
                except HTTPError:
                    if left == 1 or self.adapter.stopped.is_set():
                        raise
        finally:
            self._dns_host, self.timeout = name, timeout
        raise ConnectionAbortedError("no address")

    def close(self) -> None:
        super().close()  # but a response that ends with the connection can still be read
        if self._handle is not None:
            self.adapter.remove(self._handle)
            self._handle = None


class _StoppableHTTPSConnection(_StoppableConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls: Any = _StoppableConnection

    def __init__(self, *args: Any, adapter: StoppableAdapter, **options: Any) -> None:
        super().__init__(*args, **options)
        self._adapter = adapter

    def _new_conn(self) -> Any:
        connection: Any = super()._new_conn()
        connection.adapter = self._adapter
        return connection


class _HTTPSPool(_HTTPPool, HTTPSConnectionPool):
    ConnectionCls: Any = _StoppableHTTPSConnection
