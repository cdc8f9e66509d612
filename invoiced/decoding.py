"""Parsing of successful responses."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Any

from .errors import error_for
from .messages import ExpectedType, RawResponse, Request

Parse = Callable[[bytes], Any]
"""A function that parses JSON."""


def parser(parse_float: Callable[[str], Any]) -> Parse:
    """Return the function that parses bodies: that of msgspec, if it is installed, or else that of Python.

    Both return the same. What msgspec refuses, such as NaN, half a surrogate pair and a number of a thousand digits, is
    parsed by Python.
    """
    loads: Parse = json.loads if parse_float is float else partial(json.loads, parse_float=parse_float)
    if not (msgspec := _msgspec()):
        return loads
    # Without a function, msgspec parses a number as Python does.
    fast = msgspec.json.Decoder(float_hook=None if parse_float is float else parse_float).decode

    def parse(content: bytes) -> Any:
        try:
            return fast(content)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return loads(content)

    return parse


@cache
def _msgspec() -> Any:
    """Return msgspec, or None if the extra "speed" is not installed."""
    with suppress(ImportError):
        import msgspec.json

        return msgspec


def decode(raw: RawResponse, request: Request, expect: ExpectedType, parse: Parse) -> Any:
    """Return the parsed body, or None if it is empty. An expected list must be a list of objects.

    Raises:
        ApiError: the body is not of the expected type.
    """
    if not raw.succeeded:  # the 404 of a DELETE that an earlier attempt processed
        return None
    try:
        body = parse(raw.content) if raw.content else None
    except (ValueError, ArithmeticError, RecursionError):
        raise error_for(raw, request, expected="JSON") from None
    kinds = {*map(type, body)} if isinstance(body, list) and expect is not object else ()
    if raw.problem or not isinstance(body, expect) or not all(issubclass(kind, dict) for kind in kinds):
        raise error_for(raw, request, expected="a list of JSON objects" if expect is list else "a JSON object")
    return body
