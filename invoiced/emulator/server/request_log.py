"""Log of the requests to the API, for tests."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from requests.structures import CaseInsensitiveDict
from werkzeug import Request

from invoiced.emulator.values import exact_json
from invoiced.emulator.values.patterns import Pattern

_MAX_LENGTH, _MAX_SIZE = 10_000, 64 * 2**20  # requests, and bytes of their bodies
_MAX_RESPONSES_SIZE = 16 * 2**20
_SCHEMES = ("basic", "bearer", "digest")
_CREDENTIALS = ("Authorization", "Proxy-Authorization")


@dataclass
class ReceivedRequest:
    """A request that the emulator received, with its result."""

    method: str
    """HTTP method."""
    path: str
    """Path with percent-encoded segments, as patterns match it."""
    query: Mapping[str, str]
    """Query parameters; the last value of a repeated name."""
    headers: Mapping[str, str]
    """Headers by case-insensitive name. Only the scheme of credentials is kept."""
    content: bytes
    """Body as it was received."""
    status: int | None = None
    """HTTP status of the response; None if no response was sent, or not yet."""
    processed: bool = False
    """Whether the API itself processed the request successfully. False for a replayed response."""
    number: int = field(default=0, repr=False)
    """Number of the request since the emulator was made."""
    fault: str = field(default="", repr=False)
    """The fault rule that was applied to the request; an empty text if there was none."""
    response_content: bytes | None = field(default=None, repr=False)
    """Body of the response, before a fault cut it; None if it is not kept. The last 16 MiB are kept."""

    @property
    def body(self) -> Any:
        """Parsed JSON with exact numbers (`Decimal`), or the text of another body; None without a body."""
        if self.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json":
            with suppress(ValueError):  # Other bodies are returned as text.
                return exact_json.loads_received(self.content)
        return self.content.decode("utf-8", "replace") or None

    def to_json(self) -> dict[str, Any]:
        """Return a dict with the same names."""
        values = {name: getattr(self, name) for name in ("method", "path", "status", "processed", "body")}
        return {**values, "query": dict(self.query), "headers": dict(self.headers)}

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status or 'no response'}"


class RequestLog(list[ReceivedRequest]):
    """The last 10,000 requests, or those with 64 MiB of bodies, in the order of arrival. It grows with new requests."""

    is_cut: bool = False
    """Whether older requests were dropped."""
    received: int
    """Number of requests received, also of those that are not in the log any more."""

    def __init__(self, requests: Iterable[ReceivedRequest] = ()) -> None:
        super().__init__(requests)
        self.received = 0
        self._size, self._adding = 0, threading.Lock()
        self._with_responses: deque[ReceivedRequest] = deque()
        self._responses_size = 0

    def add(self, request: Request, path: str) -> ReceivedRequest:
        """Add a received request."""
        received = ReceivedRequest(
            method=request.method,
            path=path,
            query=dict(parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)),
            headers=CaseInsensitiveDict(
                (name, _without_secret(name, value)) for name, value in request.headers.items()
            ),
            content=request.get_data(),
        )
        with self._adding:
            self.received += 1
            received.number = self.received
            self.append(received)
            self._size += len(received.content)
            while len(self) > _MAX_LENGTH or (self and self._size > _MAX_SIZE):
                self.is_cut = True
                self._size -= len(self.pop(0).content)
        return received

    def keep_response(self, received: ReceivedRequest, content: bytes) -> None:
        """Keep the response to a request, and drop the oldest ones if they are too many bytes."""
        with self._adding:
            received.response_content = content
            self._with_responses.append(received)
            self._responses_size += len(content)
            while self._responses_size > _MAX_RESPONSES_SIZE or len(self._with_responses) > _MAX_LENGTH:
                oldest = self._with_responses.popleft()
                self._responses_size -= len(oldest.response_content or b"")
                oldest.response_content = None

    def clear(self) -> None:
        """Clear the log."""
        with self._adding:
            super().clear()
            self._with_responses.clear()
            self.is_cut, self._size, self._responses_size = False, 0, 0

    def to_json(self) -> list[dict[str, Any]]:
        """Return all requests as dicts."""
        return [received.to_json() for received in self]

    def to(self, request: str) -> RequestLog:
        """Return the requests that match a pattern such as `POST /customers/*/emails`.

        Raises:
            ValueError: the pattern is invalid.
        """
        pattern = Pattern.parse(request)
        return RequestLog(received for received in self if pattern.matches(received.method, received.path))

    def assert_sent(self, request: str, *, times: int | None = None) -> None:
        """Assert that matching requests were received.

        Args:
            request: the pattern, such as `POST /customers/*/emails`.
            times: expected number of requests; None means at least one.

        Raises:
            AssertionError: the number differs, or is unknown because the log dropped requests.
            ValueError: the pattern is invalid.
        """
        found = len(self.to(request))
        if self.is_cut and (times is not None or not found):
            raise AssertionError(f"The number of {request} is unknown: the log keeps only the latest requests.")
        if found == times or (times is None and found):
            return
        expected = "at least one" if times is None else times
        latest = "".join(f"\n  {received}" for received in self[-20:]) or " nothing."
        raise AssertionError(f"Expected {expected} {request}, received {found}. Latest requests:{latest}")


def _without_secret(name: str, value: str) -> str:
    if name not in _CREDENTIALS:
        return value
    scheme, blank, _ = value.partition(" ")
    return scheme if blank and scheme.lower() in _SCHEMES else ""  # Without a scheme, the whole value is the secret.
