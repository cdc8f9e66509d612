"""Amounts: the number that a cell stores, if a person sees the same number, or the number that a text says."""

from __future__ import annotations

import re
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, NamedTuple

from .bounds import MAX_NUMBER_LENGTH
from .cells import is_blank, stripped, text_of
from .stored_numbers import StoredNumber, exact

_SPACES = "'\u2019 \xa0\u2009\u202f"
"""What separates thousands in some languages, and never decimals."""

_TEXT = re.compile(
    rf"(?P<before>[^0-9]*?)(?P<digits>((?<!\w)[.,])?[0-9]([0-9.,{_SPACES}]*[0-9])?[.,]?)(?P<after>[^0-9]*)"
)
_NUMBERS = [
    re.compile(rf"(?P<whole>[0-9]*|[1-9][0-9]?[0-9]?(?P<at>[{other}{_SPACES}])([0-9]{{2,3}}(?P=at))*[0-9]{{3}})"
               rf"([{point}](?P<decimals>[0-9]*))?")
    for point, other in (".,", ",.")
]  # fmt: skip
"""Digits with a decimal point, and with a decimal comma. Indian numbers have thousands of two digits: 1,00,000."""

_CURRENCY = r"([A-Z]{3}|[A-Za-z]{0,3}[$£¥฿\u20a0-\u20cf])"
_AROUND = re.compile("[-\u2212]?C?0C?|C?[-\u2212]0C?|\\(C?0C?\\)|C?\\(0\\)C?".replace("C", _CURRENCY))
"""What may be around the digits of a text: a currency, and a minus sign or the parentheses of accountants."""

_NEGATIVE = ("-", "\u2212", "(")
_DASHES = ("-", "\u2212", "\u2013", "\u2014")
"""What accountants write for zero."""

_NOT_LABEL = re.compile(rf"[0-9.,()\s{_SPACES}\-\u2212\u2013\u2014]")


class Amount(NamedTuple):
    """An amount of money, or a quantity."""

    number: Decimal
    """The number, exactly as it is stored or written."""
    currency: str = ""
    """The currency that a person sees beside it, such as `€`, `US$` or `CHF`; empty if there is none."""


def amount_of(cell: Any) -> Amount | None:
    """Return the amount in a cell, or None if it is blank.

    Raises:
        ValueError: the cell is unreadable or no amount, the amount is ambiguous, or a person sees another number.
    """
    if isinstance(cell, StoredNumber):
        return _stored(cell)
    if isinstance(cell, str) and not is_blank(cell):
        return _written(stripped(cell))
    text = text_of(cell)
    if text is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, (Real, Decimal)):
        raise _invalid(text)
    if isinstance(cell, Decimal):
        return Amount(cell)
    if isinstance(cell, Integral):
        return Amount(Decimal(int(cell)))
    return Amount(exact(float(str(cell))))  # 45.1 has more digits as a float of 32 bits


def _numbers_in(digits: str) -> set[Decimal]:
    """Return the numbers that digits with separators may mean: 1234 and 1.234 for 1,234."""
    found = (number.fullmatch(digits) for number in _NUMBERS)
    parts = ((re.sub("[^0-9]", "", match["whole"]), match["decimals"] or "") for match in found if match)
    return {Decimal(f"{whole}.{decimals}" if decimals else whole) for whole, decimals in parts if whole or decimals}


def _stored(cell: StoredNumber) -> Amount:
    number, shown = exact(cell.stored()), cell.shown()
    if shown is None:
        raise ValueError(f"{number:f} may be shown as another number: change the number format")
    if "%" in shown:
        raise ValueError(f"{shown[:40]} is a percentage (expected e.g. 1234.50)")
    if not _says(shown, number):
        raise ValueError(f"{number:f} is shown as {shown[:40] or 'nothing'}: round it, or change the number format")
    label = _label_of(shown)
    return Amount(number, label if re.fullmatch(_CURRENCY, label) else "")


def _says(text: str, number: Decimal) -> bool:
    """Return whether a text tells a person a number. It may have words around the digits."""
    match = _match(text)
    if not match:
        return number == 0 and bool(
            re.fullmatch(f"{_CURRENCY}?", _label_of(text)) and any(dash in text for dash in _DASHES)
        )
    is_behind = match["after"].strip() in _DASHES and match["digits"][-1].isdigit()  # but 5.- is 5.00
    is_negative = is_behind or any(sign in match["before"] for sign in _NEGATIVE)
    return abs(number) in _numbers_in(match["digits"]) and is_negative == (number < 0)


def _written(text: str) -> Amount:
    match = _match(text)
    around = re.sub(r"\s", "", f"{match['before']}0{match['after']}") if match else ""
    numbers = _numbers_in(match["digits"]) if match and match["digits"][-1].isdigit() else set[Decimal]()
    if not numbers or not _AROUND.fullmatch(around):
        raise _invalid(text)
    if len(numbers) > 1:
        small, large = sorted(numbers)
        raise ValueError(f"ambiguous amount {text[:40]!r}: write {large}, or {small}0")
    (number,) = numbers
    is_negative = any(sign in around for sign in _NEGATIVE)
    return Amount(-number if is_negative else number, _label_of(around))


def _match(text: str) -> re.Match[str] | None:
    return _TEXT.fullmatch(text) if len(text) <= MAX_NUMBER_LENGTH else None


def _label_of(text: str) -> str:
    """Return what a text has beside digits, signs and blanks."""
    return _NOT_LABEL.sub("", text)


def _invalid(text: str) -> ValueError:
    return ValueError(f"invalid amount {text[:40]!r} (expected e.g. 1234.50)")
