"""Parsing of successful responses."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from .errors import error_for
from .messages import ExpectedType, RawResponse, Request

Parse = Callable[[bytes], Any]
"""A function that parses JSON."""


def parser(parse_float: Callable[[str], Any]) -> Parse:
    """Return the function that parses bodies: that of msgspec, if it is installed, or else that of Python."""
    from .fast_json import fast_parser  # imports msgspec

    loads: Parse = json.loads if parse_float is float else partial(json.loads, parse_float=parse_float)
    return fast_parser(loads, parse_float)


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
