"""Connections that count the requests of a contract, refuse those that it must not send, and change them on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from invoiced import DeadlineAdapter
from invoiced.contract.hosts import is_live

MAX_REQUESTS = 80


class RequestRefusedError(RuntimeError):
    """A request that a contract must not send: nothing was sent."""


class Wire(DeadlineAdapter):
    """The connections of a contract's client. All limits hold for each single request, retries included.

    Args:
        max_requests: maximum number of requests.
        read_only: whether only GET requests are sent.
    """

    def __init__(self, max_requests: int = MAX_REQUESTS, *, read_only: bool = False) -> None:
        super().__init__()
        self.max_requests, self.read_only, self.sent = max_requests, read_only, 0
        self._headers: Mapping[str, str | None] = {}
        self._content: bytes | None = None

    @property
    def remaining(self) -> int:
        """Number of requests that may still be sent."""
        return self.max_requests - self.sent

    def session(self) -> requests.Session:
        """Return a session that sends all its requests over this wire."""
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, self)
        return session

    @contextmanager
    def changing(self, headers: Mapping[str, str | None], content: bytes | None) -> Iterator[None]:
        """Change the requests in the block, after the client prepared them. A header of None is removed."""
        self._headers, self._content = headers, content
        try:
            yield
        finally:
            self._headers, self._content = {}, None

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request.

        Raises:
            RequestRefusedError: the account is live, the contract is read-only, or the limit is reached.
        """
        if is_live(request.url or ""):
            raise RequestRefusedError("A contract never sends a request to a live account.")
        if self.read_only and request.method != "GET":
            raise RequestRefusedError(f"A read-only contract never sends a {request.method} request.")
        if self.remaining < 1:
            raise RequestRefusedError(f"A contract never sends more than {self.max_requests} requests.")
        self.sent += 1
        for name, value in self._headers.items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value
        if self._content is not None:
            request.body = self._content
            request.headers["Content-Length"] = str(len(self._content))
        return super().send(request, *arguments, **options)
