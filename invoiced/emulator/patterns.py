"""Which requests are meant: `POST /customers/*/emails`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_WRITTEN = re.compile(r"(\*|[A-Za-z]+) +/(\S*)")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ANY = "*"
_ANY_REST = "**"


@dataclass(frozen=True)
class Pattern:
    """A method and a path, both of which may be open.

    The method `*` is any. In the path, the segment `*` is any one that is not empty, and `**` at the end is any
    rest, none at all included.
    """

    text: str
    method: str
    segments: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Pattern:
        """Read a pattern.

        Raises:
            ValueError: the text is none, or one that no request to the API can match.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"A request is a method, a blank and a path, such as 'GET /customers/*', not {text!r}.")
        method, path = written[1].upper(), written[2]
        if method not in (_ANY, *_METHODS):
            raise ValueError(f"{method} is not a method of HTTP that an API has.")
        if "?" in path or "#" in path:
            raise ValueError(f"A request is a method and a path without a query, not {text!r}.")
        segments = path.split("/")
        if segments[0] == "_emulator":
            raise ValueError(f"Requests to the emulator itself match no pattern: {text!r}.")
        if _ANY_REST in segments[:-1] or any(_ANY in each and each not in (_ANY, _ANY_REST) for each in segments):
            raise ValueError(f"A segment is text, or *, or ** at the end of the path, not as in {text!r}.")
        return cls(text, method, tuple(_quoted(segment) for segment in segments))

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant; `path` is percent-encoded as `routes.sent_path` does."""
        if self.method not in (_ANY, method):
            return False
        wanted, given = list(self.segments), path.split("/")[1:]
        if wanted[-1] == _ANY_REST:
            wanted.pop()
            given = given[: len(wanted)]
        return len(wanted) == len(given) and all(map(_fits, wanted, given))


def _fits(wanted: str, given: str) -> bool:
    return given != "" if wanted == _ANY else given == wanted


def _quoted(segment: str) -> str:
    return segment if segment in (_ANY, _ANY_REST) else quote(unquote(segment), safe="")
