"""What was asked of the API, for tests to read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from requests.structures import CaseInsensitiveDict
from werkzeug import Request

from invoiced.emulator import exact
from invoiced.emulator.patterns import Pattern

_LONGEST = 10_000
_SECRET = ("Authorization", "Proxy-Authorization")


@dataclass
class ReceivedRequest:
    """One request, and what became of it."""

    method: str
    """HTTP method."""
    path: str
    """Path, each segment percent-encoded: what patterns match."""
    query: Mapping[str, str]
    """Parameters of the query. A name that was given twice has its last value."""
    headers: Mapping[str, str]
    """Headers by name, in any case. Of credentials, only the scheme is kept."""
    body: Any
    """What JSON says, with exact numbers (`Decimal`); other bodies as text; None for none."""
    status: int | None = None
    """HTTP status of the answer sent; None when there was none, or is none yet."""
    carried_out: bool = False
    """Whether the API itself answered with success. False for a replay of an earlier answer."""

    def to_json(self) -> dict[str, Any]:
        """Return all of it under the same names."""
        return {**vars(self), "query": dict(self.query), "headers": dict(self.headers)}

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status or 'no answer'}"


class RequestLog(list[ReceivedRequest]):
    """The last 10,000 requests in the order in which they came. It grows while requests come."""

    is_cut: bool = False
    """Whether there were more, which are forgotten."""

    def note(self, request: Request, path: str) -> ReceivedRequest:
        """Add a request that has come."""
        received = ReceivedRequest(
            method=request.method,
            path=path,
            query=dict(parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)),
            headers=CaseInsensitiveDict((name, _shown(name, value)) for name, value in request.headers.items()),
            body=_body(request),
        )
        self.append(received)
        if len(self) > _LONGEST:
            self.is_cut = True
            del self[:-_LONGEST]
        return received

    def clear(self) -> None:
        """Forget them."""
        super().clear()
        self.is_cut = False

    def to_json(self) -> list[dict[str, Any]]:
        """Return all of them, each as a dict."""
        return [received.to_json() for received in self]

    def to(self, request: str) -> RequestLog:
        """Pick those that match a pattern such as `POST /customers/*/emails`.

        Raises:
            ValueError: it is no pattern.
        """
        pattern = Pattern.read(request)
        return RequestLog(received for received in self if pattern.matches(received.method, received.path))

    def assert_sent(self, request: str, *, times: int | None = None) -> None:
        """Check that requests that match a pattern came.

        Args:
            request: the pattern, such as `POST /customers/*/emails`.
            times: how often; None is at least once.

        Raises:
            AssertionError: they did not, or nobody can tell, because more came than the log holds.
            ValueError: it is no pattern.
        """
        found = len(self.to(request))
        if self.is_cut and (times is not None or not found):
            raise AssertionError(f"How often {request} was sent is not known: only the last {_LONGEST} requests are.")
        if found == times or (times is None and found):
            return
        wanted = "never" if times is None else f"{found} times, not {times}"
        came = "".join(f"\n  {received}" for received in self[-20:]) or " nothing."
        raise AssertionError(f"{request} was sent {wanted}. What came last:{came}")


def _shown(name: str, value: str) -> str:
    if name not in _SECRET:
        return value
    scheme, blank, _ = value.partition(" ")
    return scheme if blank else ""  # Without a scheme, all of it is the secret.


def _body(request: Request) -> Any:
    body = request.get_data()
    if request.mimetype == "application/json":
        with suppress(ValueError):  # What is not JSON is shown as the text it is.
            return exact.received(body)
    return body.decode("utf-8", "replace") or None
