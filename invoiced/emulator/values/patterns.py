"""Patterns of requests, such as `POST /customers/*/emails`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_SYNTAX = re.compile(r"(\*|[A-Za-z]+) +/(\S*)")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ANY = "*"
_ANY_REST = "**"


@dataclass(frozen=True)
class Pattern:
    """A method and a path with wildcards.

    The method `*` is any method. In the path, `*` is any single, non-empty segment, and `**` at the end is any number
    of segments, including none.
    """

    text: str
    method: str
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Parse a pattern.

        Raises:
            ValueError: the text is not a pattern, or no request to the API can match it.
        """
        match = _SYNTAX.fullmatch(text)
        if match is None:
            raise ValueError(f"Expected a method, a space and a path, such as 'GET /customers/*', got {text!r}.")
        method, path = match[1].upper(), match[2]
        if method not in (_ANY, *_METHODS):
            raise ValueError(f"Unknown HTTP method {method}.")
        if "?" in path or "#" in path:
            raise ValueError(f"Expected a method and a path without a query, got {text!r}.")
        segments = path.split("/")
        if segments[0] == "_emulator":
            raise ValueError(f"Patterns cannot match requests to the emulator itself: {text!r}.")
        if _ANY_REST in segments[:-1] or any(
            _ANY in segment and segment not in (_ANY, _ANY_REST) for segment in segments
        ):
            raise ValueError(f"Expected each segment to be text, *, or ** at the end of the path, got {text!r}.")
        return cls(text, method, tuple(_quoted(segment) for segment in segments))

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request matches; `path` is percent-encoded as by `routes.sent_path`."""
        if self.method not in (_ANY, method):
            return False
        expected, actual = list(self.segments), path.split("/")[1:]
        if expected[-1] == _ANY_REST:
            expected.pop()
            actual = actual[: len(expected)]
        return len(expected) == len(actual) and all(map(_segment_matches, expected, actual))


def _segment_matches(expected: str, actual: str) -> bool:
    return actual != "" if expected == _ANY else actual == expected


def _quoted(segment: str) -> str:
    return segment if segment in (_ANY, _ANY_REST) else quote(unquote(segment), safe="")
