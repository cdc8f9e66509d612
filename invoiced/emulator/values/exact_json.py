"""JSON with exact numbers: amounts keep every digit, where binary floats could lose cents."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from operator import itemgetter
from typing import Any, NoReturn

# Prefix of decimal numbers while they are text. It is random per process, so that no received text contains it.
_MARK = secrets.token_hex(16)
_MARKED_NUMBER = re.compile(f'"{_MARK}([^"]*)"')
_digits = itemgetter(1)
# Larger and smaller numbers are written with an exponent.
_MAX_ZEROS = 30


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


def dumps(value: Any, **layout: Any) -> str:
    """Return `value` as JSON, with all digits of decimal numbers, but no zeros at the end of a fraction.

    `layout` are the arguments of `json.dumps` for blanks, lines and the order of names.

    Raises:
        ValueError: `value` contains NaN or infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_mark, **layout)
    return _MARKED_NUMBER.sub(_digits, text)


def decimal_text(number: Decimal) -> str:
    """Return a number as text, with a fraction only if it is not whole: `10`, not `10.0`."""
    if abs(number.adjusted()) > _MAX_ZEROS:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _mark(number: Any) -> str:
    if not isinstance(number, Decimal):
        raise TypeError(f"{type(number).__name__} is not a JSON value")
    return f"{_MARK}{decimal_text(number)}"


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a valid JSON number")
