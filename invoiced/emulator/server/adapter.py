"""The API without sockets, for sessions of `requests`."""

from __future__ import annotations

import errno
import http.client
import os
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError
from werkzeug import Request
from werkzeug.test import create_environ, run_wsgi_app

from invoiced.emulator.protocol.delivery import Delivery
from invoiced.emulator.server.gateway import Gateway


class EmulatorAdapter(HTTPAdapter):
    """Adapter that passes a session's requests to the gateway, in the thread that sends them.

    Mounted for a host, it replaces that host: `session.mount("https://api.invoiced.com", emulator.adapter())`.
    Connection faults raise the same errors as `requests` over a real connection. A latency beyond
    the timeout raises at once; a shorter latency is a real wait. A response arrives in one piece: `drip` has no effect.
    No connection stays open.
    """

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the gateway's response. Only the read timeout of the options has an effect.

        Raises:
            requests.ConnectionError: a fault ends the connection.
            requests.ReadTimeout: the response arrives too late, or never.
        """
        address = urlsplit(str(request.url))
        environ = create_environ(
            method=request.method or "GET",
            path=address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            query_string=address.query,
            headers=dict(request.headers),
            input_stream=BytesIO(_body_bytes(request.body)),
            environ_overrides={"REQUEST_URI": request.path_url, "wsgi.input_terminated": True},
        )
        wait = self._gateway.components.waits.begin()
        response, delivery = self._gateway.respond(Request(environ))
        try:
            self._check_timeout(request, delivery, _read_timeout(timeout))
            wait.pause(delivery.latency)
            delivery.end(True)
        finally:
            delivery.end(False)
        _raise_connection_fault(request, delivery)
        body, status, headers = run_wsgi_app(response, environ, buffered=True)
        code, _, reason = status.partition(" ")
        raw = HTTPResponse(
            body=BytesIO(b"".join(body)[: delivery.cut]),
            headers=dict(headers.to_wsgi_list()),
            status=int(code),
            reason=reason,
            request_method=request.method,
            preload_content=False,
            decode_content=False,
        )
        return self.build_response(request, raw)

    def _check_timeout(self, request: PreparedRequest, delivery: Delivery, read_timeout: float | None) -> None:
        """Raise a timeout if the response takes longer than the read timeout.

        Raises:
            requests.ReadTimeout: the response arrives too late, or never.
        """
        if delivery.connection == "hang" or (read_timeout is not None and delivery.latency > read_timeout):
            pool: Any = self.poolmanager.connection_from_url(str(request.url))
            reason = f"Read timed out. (read timeout={read_timeout})"
            raise requests.ReadTimeout(ReadTimeoutError(pool, request.path_url, reason), request=request)


def _raise_connection_fault(request: PreparedRequest, delivery: Delivery) -> None:
    """Raise the error of a connection fault.

    Raises:
        requests.ConnectionError: the fault sends no response.
    """
    if delivery.connection == "reset":
        cause: Exception = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    elif delivery.connection == "close":
        cause = http.client.RemoteDisconnected("Remote end closed connection without response")
    else:
        return
    raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)


def _read_timeout(timeout: Any) -> float | None:
    """Return the read timeout in seconds, from any form of timeout that `requests` accepts."""
    if isinstance(timeout, urllib3.Timeout):
        timeout = timeout.read_timeout
    elif isinstance(timeout, tuple):
        _, timeout = timeout
    return timeout if isinstance(timeout, int | float) else None


def _body_bytes(body: Any) -> bytes:
    """Return the bytes of a body, from any form that `requests` accepts."""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes) or body is None:
        return body or b""
    return b"".join(body)
