"""The requests of a program and their answers, to compare with what a page of the documentation shows of them."""

from __future__ import annotations

import doctest
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests


class Exchanges:
    """What goes over the sessions of requests from now on, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._exchanges: list[tuple[requests.PreparedRequest, requests.Response, list[bytes]]] = []
        self._compared = False
        send = requests.Session.send

        def recorded(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            response = send(session, request, **options)
            read, parts = response.iter_content, list[bytes]()

            def kept(*size: Any, **more: Any) -> Iterator[bytes]:
                for part in read(*size, **more):
                    parts.append(part)
                    yield part

            # Not read here, but as the client reads it: an answer that breaks off must break off there.
            vars(response)["iter_content"] = kept
            self._exchanges.append((request, response, parts))
            return response

        monkeypatch.setattr(requests.Session, "send", recorded)

    def compare(self, shown: str, where: str) -> None:
        """Compare the next message with `shown`: a request, of which the body is whole, or fields of its answer."""
        assert self._exchanges, f"{where}: nothing was sent"
        self._compared = True
        head, _, body = shown.partition("\n\n")
        line, *headers = head.splitlines()
        request, response, parts = self._exchanges[0]
        if answered := line.startswith("HTTP/"):
            self._exchanges.pop(0)
            written, content = f"HTTP/1.1 {response.status_code} {response.reason}", b"".join(parts)
        else:
            url = urlsplit(str(request.url))
            written = f"{request.method} {url.path}{f'?{url.query}' if url.query else ''} HTTP/1.1"
            content = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        assert line == written, f"{where}: {written}"
        for name, value in (header.split(": ", 1) for header in headers):
            had = str((response if answered else request).headers[name])
            assert doctest.OutputChecker().check_output(value, had, doctest.ELLIPSIS), f"{where}: {name}: {had}"
        if not body.strip():
            assert not content, f"{where}: {content!r}"
        elif answered:
            assert _holds(json.loads(content), json.loads(body)), f"{where}: {content.decode()}"
        else:
            assert json.loads(content) == json.loads(body), f"{where}: {content.decode()}"

    def end(self, where: str) -> None:
        """A page that shows exchanges shows all of them."""
        assert not (self._compared and self._exchanges), f"{where} shows no more of what was sent: {self._exchanges}"


def _holds(value: Any, shown: Any) -> bool:
    """Whether `value` has at least the fields that are shown."""
    if isinstance(shown, dict):
        return isinstance(value, dict) and all(name in value and _holds(value[name], shown[name]) for name in shown)
    if isinstance(shown, list) and len(value) == len(shown):
        return all(map(_holds, value, shown))
    return bool(value == shown)
