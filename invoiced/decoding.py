"""Parsing of successful responses."""

import json
from collections.abc import Callable
from typing import Any

from .errors import error_for
from .messages import ExpectedType, RawResponse, Request


def decode(raw: RawResponse, request: Request, expect: ExpectedType, parse_float: Callable[[str], Any]) -> Any:
    """Return the parsed body, or None if it is empty. An expected list must be a list of objects.

    Raises:
        ApiError: the body is not of the expected type.
    """
    if not raw.succeeded:  # the 404 of a DELETE that an earlier attempt processed
        return None
    try:
        body = json.loads(raw.content, parse_float=parse_float) if raw.content else None
    except (ValueError, ArithmeticError, RecursionError):
        raise error_for(raw, request, expected="JSON") from None
    objects = body if isinstance(body, list) and expect is not object else []
    if raw.problem or not isinstance(body, expect) or not all(isinstance(item, dict) for item in objects):
        raise error_for(raw, request, expected="a list of JSON objects" if expect is list else "a JSON object")
    return body
