"""JSON with exact numbers: amounts keep every digit, where binary floats could lose cents."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any, NoReturn

# Prefix of decimal numbers while they are text. It is random per process, so that no received text contains it.
_MARK = secrets.token_hex(16)
_MARKED_NUMBER = re.compile(f'"{_MARK}([^"]*)"')


def loads(text: str | bytes) -> Any:
    """Parse JSON, with decimal numbers as `Decimal`.

    Raises:
        ValueError: the text is not valid JSON; NaN and infinity are invalid, too.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_reject_constant)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError("it is nested too deeply, or a number is too large") from error


def loads_received(text: str | bytes) -> Any:
    """Parse JSON from a request or a file.

    Raises:
        ValueError: the text is not valid JSON, or contains invalid text, such as half a surrogate pair.
    """
    value = loads(text)
    try:
        dumps(value).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def dumps(value: Any) -> str:
    """Return `value` as JSON, with all digits of decimal numbers.

    Raises:
        ValueError: `value` contains NaN or infinity.
    """
    return _MARKED_NUMBER.sub(r"\1", json.dumps(value, ensure_ascii=False, allow_nan=False, default=_mark))


def _mark(number: Decimal) -> str:
    return f"{_MARK}{number}"


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a valid JSON number")
