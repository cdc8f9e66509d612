"""How an answer of success is read: as the JSON that the caller counts on, or not at all."""

import json
from collections.abc import Callable
from typing import Any

from .errors import error_for
from .messages import Answer, Request


def decode(answer: Answer, request: Request, expect: type | tuple[type, ...], parse_float: Callable[[str], Any]) -> Any:
    """Parse the body; None where there is none. Lists are lists of objects.

    Raises:
        ApiError: the answer is anything else than what is expected.
    """
    if not answer.succeeded:  # the 404 of a DELETE that was carried out before
        return None
    try:
        body = json.loads(answer.content, parse_float=parse_float) if answer.content else None
    except (ValueError, ArithmeticError, RecursionError):
        raise error_for(answer, request, due="JSON") from None
    objects = body if isinstance(body, list) and expect is not object else []
    if answer.flaw or not isinstance(body, expect) or not all(isinstance(one, dict) for one in objects):
        raise error_for(answer, request, due="A list of JSON objects" if expect is list else "A JSON object")
    return body
