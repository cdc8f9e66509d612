"""What goes into a request besides its parameters, and what comes out of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Timeout = float | tuple[float, float]
"""Seconds: one number, or a pair: to connect, and to wait for each part of the answer."""


class Request(NamedTuple):
    """A request as it goes on the wire, but for its credentials."""

    method: str
    path: str
    """What names it in logs and errors: its path below the API's, without its query."""
    url: str
    headers: dict[str, str]
    content: bytes | None


class Answer(NamedTuple):
    """What came back for one attempt, whatever its status."""

    status_code: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    flaw: str
    """Why the content is not whole; empty if it is."""

    @property
    def succeeded(self) -> bool:
        """Whether its status is 2xx."""
        return 200 <= self.status_code < 300


class Response(NamedTuple):
    """What the API answered to a request that succeeded."""

    status_code: int
    """HTTP status, from 200 to 299."""
    headers: Mapping[str, str]
    """Headers by name, in any case."""
    body: Any
    """The parsed JSON; None where the answer has no body."""


def unix_time(date: str) -> float | None:
    """The time that a header says as an HTTP date, in Unix seconds; None if it is none."""
    from email.utils import mktime_tz, parsedate_tz  # of the many modules of e-mail, which only answers need

    try:
        parsed = parsedate_tz(date)
        return None if parsed is None else float(mktime_tz(parsed))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
