"""JSON with exact numbers: amounts keep every digit, where binary floats would lose cents."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any, NoReturn

# Stands before decimal numbers while they are text. No text that is sent can hold it: it is new in every process.
_MARK = secrets.token_hex(16)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def read(text: str | bytes) -> Any:
    """Read JSON, its decimal numbers as `Decimal`.

    Raises:
        ValueError: it is none. NaN and the infinities are none, either.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError("it is nested too deeply, or a number is too large") from error


def received(text: str | bytes) -> Any:
    """Read JSON from outside.

    Raises:
        ValueError: it is none, or holds text that is none, such as half a surrogate pair.
    """
    value = read(text)
    try:
        written(value).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return value


def written(value: Any) -> str:
    """Write `value` as JSON, decimal numbers to their last digit.

    Raises:
        ValueError: there is NaN or an infinity in it.
    """
    return _MARKED.sub(r"\1", json.dumps(value, ensure_ascii=False, allow_nan=False, default=_marked))


def _marked(number: Decimal) -> str:
    return f"{_MARK}{number}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
