"""Log of the requests to the API, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from requests.structures import CaseInsensitiveDict
from werkzeug import Request

from invoiced.emulator import exact_json
from invoiced.emulator.patterns import Pattern

_MAX_LENGTH = 10_000
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
    body: Any
    """Parsed JSON with exact numbers (`Decimal`), or the text of another body; None without a body."""
    status: int | None = None
    """HTTP status of the response; None if no response was sent, or not yet."""
    processed: bool = False
    """Whether the API itself processed the request successfully. False for a replayed response."""

    def to_json(self) -> dict[str, Any]:
        """Return a dict with the same names."""
        return {**vars(self), "query": dict(self.query), "headers": dict(self.headers)}

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status or 'no response'}"


class RequestLog(list[ReceivedRequest]):
    """The last 10,000 requests, in the order of arrival. It grows with new requests."""

    is_cut: bool = False
    """Whether older requests were dropped."""

    def add(self, request: Request, path: str) -> ReceivedRequest:
        """Add a received request."""
        received = ReceivedRequest(
            method=request.method,
            path=path,
            query=dict(parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)),
            headers=CaseInsensitiveDict(
                (name, _without_secret(name, value)) for name, value in request.headers.items()
            ),
            body=_body(request),
        )
        self.append(received)
        if len(self) > _MAX_LENGTH:
            self.is_cut = True
            del self[:-_MAX_LENGTH]
        return received

    def clear(self) -> None:
        """Clear the log."""
        super().clear()
        self.is_cut = False

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
            raise AssertionError(
                f"The number of {request} is unknown: the log keeps only the last {_MAX_LENGTH} requests."
            )
        if found == times or (times is None and found):
            return
        expected = "at least one" if times is None else times
        latest = "".join(f"\n  {received}" for received in self[-20:]) or " nothing."
        raise AssertionError(f"Expected {expected} {request}, received {found}. Latest requests:{latest}")


def _without_secret(name: str, value: str) -> str:
    if name not in _CREDENTIALS:
        return value
    scheme, blank, _ = value.partition(" ")
    return scheme if blank else ""  # Without a scheme, the whole value is the secret.


def _body(request: Request) -> Any:
    body = request.get_data()
    if request.mimetype == "application/json":
        with suppress(ValueError):  # Other bodies are returned as text.
            return exact_json.loads_received(body)
    return body.decode("utf-8", "replace") or None
