"""A server that uses raw sockets, for faults that an HTTP server would not produce."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable

Reply = bytes | Callable[[socket.socket], None]


def http_response(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a complete response, after which the connection is closed."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def json_response(status: str, body: str, **headers: str) -> bytes:
    return http_response(status, body.encode(), Content_Type="application/json", **headers)


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(connection: socket.socket) -> None:
    """Send nothing until the client closes the connection."""
    connection.recv(1)


class RawServer:
    """A server that accepts one connection per reply: it reads a request, and sends the bytes or calls the function.

    If `before_reading` is set, nothing is read or sent: the function receives the accepted connection.
    """

    def __init__(
        self,
        *replies: Reply,
        before_reading: Callable[[socket.socket], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[bytes] = []
        self._replies = replies
        self._before_reading = before_reading
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stops_listening = False
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls or self._before_reading else 'http'}://localhost:{self.port}"

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.requests]

    def header(self, name: str) -> list[str | None]:
        """Return the value of a header in each request."""
        return [_header(request, name) for request in self.requests]

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        # A client may keep its connection open until an error that refers to it is garbage-collected.
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def close_after_first_connection(self) -> None:
        """Stop listening after the next connection, so that later connections are refused."""
        self._stops_listening = True

    def _serve(self) -> None:
        for reply in self._replies:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connection = connection
            if self._stops_listening:
                self._listener.close()
            with connection, contextlib.suppress(ConnectionError, ssl.SSLError):
                if self._before_reading is not None:
                    self._before_reading(connection)
                    continue
                if self._tls is not None:
                    connection = self._connection = self._tls.wrap_socket(connection, server_side=True)
                with connection:
                    self.requests.append(_read(connection))
                    if callable(reply):
                        reply(connection)
                    else:
                        connection.sendall(reply)


def _read(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed while sending its request")
        received += part
    length = int(_header(received, "Content-Length") or 0)
    while len(received.partition(b"\r\n\r\n")[2]) < length:
        received += connection.recv(65536)
    return received


def _header(request: bytes, name: str) -> str | None:
    for line in request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None
