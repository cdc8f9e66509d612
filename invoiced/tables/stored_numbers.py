"""Cells of workbooks with a number that is shown in its own way: as 00123, 5,00 €, (7) or rounded.

They are text, a number or unreadable, as a person sees them, and keep the number that is stored.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .cells import Unreadable
from .format_sections import (
    MAX_DECIMALS,
    Number,
    Part,
    Section,
    fill,
    percentage,
    rounded,
    section_for,
    sections_for_numbers,
)

_SEPARATORS = ",'\u2019 \xa0\u2009\u202f"


class StoredNumber:
    """A cell with a number that may be shown otherwise than it is stored."""

    __slots__ = ()

    @abstractmethod
    def stored(self) -> Number:
        """Return the number."""

    @abstractmethod
    def shown(self) -> str | None:
        """Return what a person sees, or None if that is not known."""


class NumberText(str, StoredNumber):
    """A number that is shown with zeros or text of its number format."""

    __slots__ = ("number",)
    number: Number

    def stored(self) -> Number:
        """Return the number."""
        return self.number

    def shown(self) -> str:
        """Return what a person sees."""
        return str(self)


class FormattedNumber(float, StoredNumber):
    """A number whose format may round it, or leave out its sign."""

    __slots__ = ("number_format",)
    number_format: str

    def stored(self) -> Number:
        """Return the number."""
        return float(self)

    def shown(self) -> str | None:
        """Return what a person sees, or None if that is not known."""
        return text_shown(float(self), self.number_format)


class NumberBesideText(float, StoredNumber):
    """A number that may not be what the text of its cell says."""

    __slots__ = ("text",)
    text: str

    def stored(self) -> Number:
        """Return the number."""
        return float(self)

    def shown(self) -> str:
        """Return what a person sees."""
        return self.text


@dataclass(frozen=True)
class UnreadableNumber(Unreadable, StoredNumber):
    """A number without a usable text, because it is not known how its format shows it, or because that hides it."""

    number: Number
    number_format: str

    def stored(self) -> Number:
        """Return the number."""
        return self.number

    def shown(self) -> str | None:
        """Return what a person sees, or None if that is not known."""
        return text_shown(self.number, self.number_format)


def number_text(text: str, number: Number) -> NumberText:
    """Return the text of a number."""
    cell = NumberText(text)
    cell.number = number
    return cell


def formatted_number(number: Number, number_format: str) -> FormattedNumber:
    """Return a number with its format."""
    cell = FormattedNumber(number)
    cell.number_format = number_format
    return cell


def number_beside(text: str, number: Number) -> NumberBesideText:
    """Return a number with the text of its cell."""
    cell = NumberBesideText(number)
    cell.text = text
    return cell


def exact(number: Number) -> Decimal:
    """Return a number with the 15 digits that spreadsheets keep: 0.1 and not 0.1000000000000000055."""
    return Decimal(f"{number:.15g}")


def text_shown(number: Number, number_format: str) -> str | None:
    """Return a number as its format shows it, without separators of thousands; None if that is not known."""
    sections = sections_for_numbers(number_format)
    section = section_for(number, sections)
    text = None if section is None else _text_in(section, abs(number))
    return f"-{text}" if text and number < 0 and len(sections) == 1 else text


def _text_in(section: Section, number: Number) -> str | None:
    if section.has("unknown", "exponent", "slash"):
        return None
    if section.has("percent"):
        return percentage(section, number)
    value = exact(number)
    if section.has("general", "cell"):
        parts = (f"{value:f}" if part.kind in ("general", "cell") else part.text for part in section.parts)
        return "".join(parts).strip()
    if not section.has("digit"):
        return section.text.strip()
    kinds = [part.kind for part in section.parts]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    places = kinds[point:].count("digit")
    if places > MAX_DECIMALS:
        return None
    number_shown = rounded(value.scaleb(-3 * section.scale), places)
    whole, _, decimals = f"{number_shown:f}".partition(".")
    before, after = section.parts[:point], section.parts[point:]
    return fill(_without_separators(before), whole.lstrip("0")) + _decimals(after, decimals)


def _without_separators(parts: Sequence[Part]) -> list[Part]:
    """Return the parts to the left of the decimal point without separators of thousands, and with a digit."""
    digits = [at for at, part in enumerate(parts) if part.kind == "digit"]
    if not digits:
        return [*parts, Part("digit", "#")]
    between = range(digits[0], digits[-1])
    return [
        part
        for at, part in enumerate(parts)
        if part.kind == "digit" or not (part.kind == "comma" or (at in between and not part.text.strip(_SEPARATORS)))
    ]


def _decimals(parts: Sequence[Part], digits: str) -> str:
    """Return the decimal point, and what is to the right of it."""
    places = [part.text for part in parts if part.kind == "digit"]
    required = len(places) - places[::-1].index("0") if "0" in places else 0
    shown = iter(digits[: max(len(digits.rstrip("0")), required)])
    texts = (next(shown, "") if part.kind == "digit" else part.text for part in parts if part.kind != "comma")
    return "".join(texts).rstrip()
