"""A request as it goes out, and an answer as the program gets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Union

Timeout = Union[float, tuple[float, float]]
"""Seconds: one number, or a pair: to connect, and to wait for each part of the answer."""


class Request(NamedTuple):
    """What every attempt of a request sends."""

    method: str
    path: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    timeout: Timeout

    @property
    def idempotency_key(self) -> str | None:
        return self.headers.get("Idempotency-Key")


class Response(NamedTuple):
    """What the API answered to a request that succeeded."""

    status_code: int
    headers: Mapping[str, str]
    """By name, in any case."""
    body: Any
    """The parsed JSON; None where the answer has no body."""
