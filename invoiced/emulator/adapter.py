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

from invoiced.emulator.delivery import Delivery
from invoiced.emulator.gateway import Gateway


class EmulatorAdapter(HTTPAdapter):
    """Answers what a session sends by asking the gateway, in the thread that sends it.

    Mounted for a host, it stands in for it: `session.mount("https://api.invoiced.com", emulator.adapter())`.
    Faults of the connection raise what `requests` raises over a real one. A time that would run out does so at
    once; a shorter latency is waited for. An answer arrives in one piece: it does not drip, and no connection
    stays behind it that could be closed.
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
        """Return the gateway's answer. Of the options, only the read timeout counts: there is nothing to verify.

        Raises:
            requests.ConnectionError: a fault ends the connection.
            requests.ReadTimeout: the answer comes too late, or never.
        """
        address = urlsplit(str(request.url))
        environ = create_environ(
            method=request.method or "GET",
            path=address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            query_string=address.query,
            headers=dict(request.headers),
            input_stream=BytesIO(_sent(request.body)),
            environ_overrides={"REQUEST_URI": request.path_url, "wsgi.input_terminated": True},
        )
        wait = self._gateway.waits.begin()
        response, delivery = self._gateway.answer(Request(environ))
        self._check_patience(request, delivery, _read_timeout(timeout))
        wait.pause(delivery.latency)
        _lose_connection(request, delivery)
        body, status, headers = run_wsgi_app(response, environ, buffered=True)
        code, _, reason = status.partition(" ")
        answer = HTTPResponse(
            body=BytesIO(b"".join(body)[: delivery.cut]),
            headers=dict(headers.to_wsgi_list()),
            status=int(code),
            reason=reason,
            request_method=request.method,
            preload_content=False,
            decode_content=False,
        )
        return self.build_response(request, answer)

    def _check_patience(self, request: PreparedRequest, delivery: Delivery, patience: float | None) -> None:
        """Wait no longer than the caller does.

        Raises:
            requests.ReadTimeout: the answer comes too late, or never.
        """
        if delivery.connection == "hang" or (patience is not None and delivery.latency > patience):
            pool: Any = self.poolmanager.connection_from_url(str(request.url))
            reason = f"Read timed out. (read timeout={patience})"
            raise requests.ReadTimeout(ReadTimeoutError(pool, request.path_url, reason), request=request)


def _lose_connection(request: PreparedRequest, delivery: Delivery) -> None:
    """End the connection as a fault has it.

    Raises:
        requests.ConnectionError: there is no answer.
    """
    if delivery.connection == "reset":
        cause: Exception = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    elif delivery.connection == "close":
        cause = http.client.RemoteDisconnected("Remote end closed connection without response")
    else:
        return
    raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)


def _read_timeout(timeout: Any) -> float | None:
    """Seconds, of any form of timeout that `requests` takes."""
    if isinstance(timeout, urllib3.Timeout):
        timeout = timeout.read_timeout
    elif isinstance(timeout, tuple):
        _, timeout = timeout
    return timeout if isinstance(timeout, int | float) else None


def _sent(body: Any) -> bytes:
    """The bytes of a body in any form that `requests` takes."""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes) or body is None:
        return body or b""
    return b"".join(body)
