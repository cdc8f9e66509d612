"""Whole numbers as spreadsheets show them: with leading zeros, and with text around or between their digits."""

from __future__ import annotations

import re

from .cells import MAX_EXACT

Number = int | float

_TOKEN = re.compile(
    r"""(?P<digit>[0#?])"""
    r"""|"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<literal>[ ()+:/$-])"""
    r"""|\[\$(?P<currency>[^]-]*)[^]]*]"""  # also a language, as in [$CHF-807]
    r"""|_.|\*.|\[[^]<>=*$]*]"""  # blank space, repeated characters, a color
)
_SEPARATORS = r"[\d.,'\u2019 \xa0\u2009\u202f]*(E[+-]\d+)?"
_PLAIN = re.compile(rf"[1-9]{_SEPARATORS}|0(?!\d){_SEPARATORS}")
"""A number with separators only, and without leading zeros."""


def formatted(number: Number, number_format: str) -> Number | str:
    """Return a number with the zeros and the text that its format adds: 00123 for 123 in the format 00000.

    The number itself is returned if it is not whole, or if its format does more, such as rounding. A number with more
    digits than a spreadsheet keeps is a float, even if the file has it without an exponent.
    """
    if abs(number) >= MAX_EXACT:
        return float(number)
    parts = _parts_of(number_format.split(";")[0])
    if not parts or number < 0 or number != int(number):
        return number
    digits, filled = str(int(number)), list[str]()
    placeholders = sum(is_digit for is_digit, _ in parts)
    for is_digit, text in reversed(parts):
        if not is_digit:
            filled.append(text)
            continue
        placeholders -= 1
        taken = digits[-1:] if placeholders else digits
        filled.append(taken or ("0" if text == "0" else ""))
        digits = digits.removesuffix(taken)
    return "".join(reversed(filled)).strip()


def shown(number: Number, text: str) -> Number | str:
    """Return a number, or the text that a spreadsheet shows for it if that has zeros or text of its own."""
    if number < 0 or number >= MAX_EXACT or number != int(number) or _PLAIN.fullmatch(text.strip()):
        return number
    digits = re.sub(r"\D", "", text)
    return text.strip() if digits.lstrip("0") == str(int(number)).lstrip("0") else number


def _parts_of(number_format: str) -> list[tuple[bool, str]]:
    """Return the parts of a format, and whether each is a digit; nothing if it has other parts, or no digits."""
    parts, position = list[tuple[bool, str]](), 0
    while position < len(number_format):
        token = _TOKEN.match(number_format, position)
        if token is None:
            return []
        text = token["digit"] or token["quoted"] or token["escaped"] or token["literal"] or token["currency"] or ""
        parts.append((token["digit"] is not None, text))
        position = token.end()
    return parts if any(is_digit for is_digit, _ in parts) else []
