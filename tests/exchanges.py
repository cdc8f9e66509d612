"""Recording of requests and responses, for comparison with the HTTP messages on pages of the documentation."""

from __future__ import annotations

import doctest
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests


class Exchanges:
    """The requests and responses of all sessions, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._exchanges: list[tuple[requests.PreparedRequest, requests.Response, list[bytes]]] = []
        self._compared = False
        send = requests.Session.send

        def send_and_record(
            session: requests.Session, request: requests.PreparedRequest, **options: Any
        ) -> requests.Response:
            response = send(session, request, **options)
            iter_content, parts = response.iter_content, list[bytes]()

            def iter_and_record(*args: Any, **options: Any) -> Iterator[bytes]:
                for part in iter_content(*args, **options):
                    parts.append(part)
                    yield part

            # The body must be read by the client, so that a truncated response raises its error there.
            vars(response)["iter_content"] = iter_and_record
            self._exchanges.append((request, response, parts))
            return response

        monkeypatch.setattr(requests.Session, "send", send_and_record)

    def compare(self, expected: str, location: str) -> None:
        """Compare the next message: a request with its whole body, or a response with some fields of its body."""
        assert self._exchanges, f"{location}: nothing was sent"
        self._compared = True
        head, _, body = expected.partition("\n\n")
        line, *headers = head.splitlines()
        request, response, parts = self._exchanges[0]
        if is_response := line.startswith("HTTP/"):
            self._exchanges.pop(0)
            start_line, content = f"HTTP/1.1 {response.status_code} {response.reason}", b"".join(parts)
        else:
            url = urlsplit(str(request.url))
            start_line = f"{request.method} {url.path}{f'?{url.query}' if url.query else ''} HTTP/1.1"
            content = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        assert line == start_line, f"{location}: {start_line}"
        for name, value in (header.split(": ", 1) for header in headers):
            actual = str((response if is_response else request).headers[name])
            assert doctest.OutputChecker().check_output(value, actual, doctest.ELLIPSIS), (
                f"{location}: {name}: {actual}"
            )
        if not body.strip():
            assert not content, f"{location}: {content!r}"
        elif is_response:
            assert _includes(json.loads(content), json.loads(body)), f"{location}: {content.decode()}"
        else:
            assert json.loads(content) == json.loads(body), f"{location}: {content.decode()}"

    def end(self, location: str) -> None:
        """Check that a page that shows HTTP messages shows all of them."""
        assert not (self._compared and self._exchanges), f"{location} does not show all messages: {self._exchanges}"


def _includes(value: Any, expected: Any) -> bool:
    """Return whether the value has at least the expected fields."""
    if isinstance(expected, dict):
        return isinstance(value, dict) and all(
            name in value and _includes(value[name], expected[name]) for name in expected
        )
    if isinstance(expected, list) and len(value) == len(expected):
        return all(map(_includes, value, expected))
    return bool(value == expected)
