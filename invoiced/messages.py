"""Requests and responses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .uploads import MultipartBody

Timeout = float | tuple[float, float]
"""Timeout in seconds: a number, or a pair of the time to connect and the time to wait for each part of the response."""

JSON = "application/json"

ExpectedType = type | tuple[type, ...]
"""Expected type of a parsed body, as for `isinstance`."""


class Request(NamedTuple):
    """An encoded request, without the credentials."""

    method: str
    path: str
    """Path for logs and errors, relative to the API's URL and without the query."""
    url: str
    headers: dict[str, str]
    content: "bytes | MultipartBody | None"


class RawResponse(NamedTuple):
    """The response to an attempt, with any status."""

    status_code: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    problem: str
    """Why the content is incomplete, such as "a truncated response"; empty if it is complete."""

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300


class Response(NamedTuple):
    """The response to a successful request."""

    status_code: int
    """HTTP status, from 200 to 299."""
    headers: Mapping[str, str]
    """Headers; their names are case-insensitive."""
    body: Any
    """Parsed JSON body; None if the body is empty."""


def unix_time(date: str) -> float | None:
    """Return an HTTP date as a Unix timestamp, or None if it is invalid."""
    from email.utils import mktime_tz, parsedate_tz  # slow to import, and rarely needed

    try:
        return float(mktime_tz(parsedate_tz(date)))  # type: ignore[arg-type]  # None raises TypeError
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
