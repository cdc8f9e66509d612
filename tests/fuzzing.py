"""Fuzzing: each test has a short form with fixed inputs, and a long form with random inputs.

The long form has the marker `long` and tries two hundred times as many inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

import invoiced

URL = "http://localhost"


def fuzz(examples: int, **inputs: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Return a decorator that runs a test with half as many examples, or with a hundred times as many (long form)."""

    def decorate(test: Callable[..., None]) -> Callable[[int], None]:
        @pytest.mark.parametrize("number", [examples // 2, pytest.param(100 * examples, marks=pytest.mark.long)])
        def fuzzed(number: int) -> None:
            profile = settings(
                max_examples=number,
                derandomize=number < examples,
                database=None,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            profile(given(**inputs)(test))()

        fuzzed.__name__, fuzzed.__doc__, fuzzed.__module__ = test.__name__, test.__doc__, test.__module__
        return fuzzed

    return decorate


# JSON as text, because Python values cannot represent all of it: numbers too large for a float, an int or a Decimal.

TEXT = st.text(st.characters(codec=None), max_size=8)
NUMBERS = ["-0", "0.1", "1e999", f"1e{10**20}", "NaN", "-Infinity", "9" * 30, "9" * 5000, "0." + "1" * 40]
NAMES = ["", "id", "object", "name", "metadata", "items", "balance", "save", "_client", "_sent", "_fields", "__class__"]
NAMES += ["message", "type", "param", "\ud800", "a b", "class", "0"]
TYPES = ["customer", "card", "contact", "email", "bank_account", "none"]

json_scalars = st.one_of(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.sampled_from(TYPES)).map(json.dumps),
    st.sampled_from(NUMBERS),
)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in members) + "}"


def json_objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    typed = st.tuples(st.just("object"), st.sampled_from(TYPES).map(json.dumps))
    member = st.one_of(st.tuples(st.one_of(st.sampled_from(NAMES), TEXT), values), typed)
    return st.lists(member, max_size=5).map(_object)


def json_lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=4).map(lambda items: f"[{', '.join(items)}]")


json_texts = st.recursive(json_scalars, lambda inner: st.one_of(json_lists(inner), json_objects(inner)), max_leaves=12)


# HTTP

header_text = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20)


def http_response(status: int, headers: list[tuple[str, str]], body: bytes, reason: str = "") -> bytes:
    """Return an encoded response with its length."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


class Wire(HTTPAdapter):
    """An adapter that receives the same bytes for every request, and records what was sent.

    It uses requests, urllib3 and http.client, with a fake socket.
    """

    def __init__(self, received: bytes = http_response(200, [], b"{}")) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.poolmanager.pool_classes_by_scheme = {"http": partial(_pool, received, self.sent)}

    def client(self, **options: Any) -> invoiced.Client:
        """Return a client that uses this adapter, without retries."""
        session = requests.Session()
        session.mount(URL, self)
        return invoiced.Client("key", base_url=URL, max_retries=0, session=session, **options)

    @property
    def target(self) -> str:
        """The request target as sent: path and query."""
        return b"".join(self.sent).split(b" ", 2)[1].decode("ascii")

    @property
    def body(self) -> bytes:
        """The body that was sent."""
        return b"".join(self.sent).partition(b"\r\n\r\n")[2]


def _pool(received: bytes, sent: list[bytes], *arguments: Any, **options: Any) -> HTTPConnectionPool:
    pool = HTTPConnectionPool(*arguments, **options)
    pool.ConnectionCls = partial(_Connection, received, sent)  # type: ignore[assignment]
    return pool


class _Connection(HTTPConnection):
    def __init__(self, received: bytes, sent: list[bytes], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._socket = _Socket(received, sent)

    def connect(self) -> None:
        self.sock = self._socket


class _Socket:
    def __init__(self, received: bytes, sent: list[bytes]) -> None:
        self._received = received
        self.sendall = sent.append

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self._received)

    def settimeout(self, seconds: float | None) -> None:
        pass

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass
