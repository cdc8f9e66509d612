"""One HTTP request to the receiver of a webhook (core.md, H5)."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from urllib.parse import quote, urlsplit

from invoiced.emulator.events.webhooks import Outcome, Posting

CONNECT_SECONDS, ALL_SECONDS = 10.0, 30.0
"""How long a receiver may take to accept the connection, and to respond in all."""

_IN_TARGETS = "!#$%&'()*+,/:;=?@[]~"


def post(posting: Posting, signature: str) -> Outcome:
    """Post an event, and return the status, or why there is none.

    Neither proxies nor other settings of the environment are used, and redirects are not followed.
    """
    started = monotonic()
    try:
        connection, target = _connection(posting.url)
        with closing(connection):
            connection.connect()
            left = max(ALL_SECONDS - (monotonic() - started), 0.001)
            end_of_time = threading.Timer(left, _shut, [connection.sock])
            end_of_time.start()
            try:
                connection.sock.settimeout(left)
                connection.request("POST", target, posting.body, _headers(signature))
                return Outcome(connection.getresponse().status)
            finally:
                end_of_time.cancel()
    except (OSError, HTTPException, ValueError) as error:
        if monotonic() - started >= ALL_SECONDS:
            return Outcome(None, f"The receiver did not respond within {ALL_SECONDS:g} seconds.")
        return Outcome(None, str(error) or type(error).__name__)


def _connection(url: str) -> tuple[HTTPConnection, str]:
    """Return a connection to the host of a URL, not opened yet, and the target of the request."""
    parts = urlsplit(url)
    target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", _IN_TARGETS)
    if not parts.hostname:
        raise ValueError(f"The URL {url} has no host.")
    if parts.scheme.lower() == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(parts.hostname, parts.port, timeout=CONNECT_SECONDS, context=context), target
    return HTTPConnection(parts.hostname, parts.port, timeout=CONNECT_SECONDS), target


def _headers(signature: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "Invoiced/1.0", "X-Invoiced-Signature": signature}


def _shut(connected: socket.socket) -> None:
    """End a connection in the middle, because its time is over: a receiver may send a byte every second."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
