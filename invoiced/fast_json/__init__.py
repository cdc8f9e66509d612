"""Parsing of JSON by msgspec, which the extra "speed" installs. It returns the same as Python.

What msgspec refuses, such as NaN, half a surrogate pair and a number of a thousand digits, is parsed by Python.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

fast: Any = None
with suppress(ImportError):
    import msgspec

    fast = msgspec

Parse = Callable[[bytes], Any]


def fast_parser(loads: Parse, parse_float: Callable[[str], Any]) -> Parse:
    """Return a faster function than `loads`, if there is one. `parse_float` parses numbers with a fraction."""
    if fast is None:
        return loads
    # Without a function, msgspec parses a number as Python does.
    decode = fast.json.Decoder(float_hook=None if parse_float is float else parse_float).decode

    def parse(content: bytes) -> Any:
        try:
            return decode(content)
        except (fast.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return loads(content)

    return parse
