"""Numbers and text as spreadsheets show them: with leading zeros, and with the text of their number formats."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from .cells import MAX_EXACT, Unreadable

Number = int | float

_TOKEN = re.compile(
    r"""(?P<section>;)|(?P<general>General)|(?P<cell>@)"""
    r"""|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<exponent>E[+-])|(?P<slash>/)"""
    r"""|"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<literal>[ ()+:$€£¥!^&'~{}<>=-])"""
    r"""|\[(?P<condition>[<>=]+-?\d+(?:\.\d+)?)]"""
    r"""|\[\$(?P<currency>[^]-]*)[^]]*]"""  # also a language, as in [$CHF-807]
    r"""|(?P<unseen>_.|\*.|\[(?!DBNum)[^]<>=*$]*])"""  # blank space, repeated characters, a color
    r"""|(?P<unknown>.)""",
    re.IGNORECASE | re.DOTALL,
)
_TEXTS = ("quoted", "escaped", "literal", "currency")
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
_SIGNS = " ()+-"

_PLAIN = re.compile(r"[+-]?([1-9][\d.,'\u2019 \xa0\u2009\u202f]*|0([.,]\d*)?)(E[+-]?\d+)?", re.IGNORECASE)
"""A number with separators only, and without leading zeros."""


class _Part(NamedTuple):
    """A part of a number format."""

    kind: str
    """Group of the token, or `text`."""
    text: str


class _Section(NamedTuple):
    """A section of a number format. A format has one for all numbers, or one for each of several kinds of them."""

    parts: Sequence[_Part]
    condition: str = ""
    """Which numbers it applies to, such as `<=99999`; empty if the order of the sections tells."""

    def has(self, *kinds: str) -> bool:
        """Return whether a part has one of these kinds."""
        return any(part.kind in kinds for part in self.parts)

    def consists_of(self, *kinds: str) -> bool:
        """Return whether all parts have one of these kinds."""
        return all(part.kind in kinds for part in self.parts)

    @property
    def text(self) -> str:
        """The text of the section."""
        return "".join(part.text for part in self.parts if part.kind == "text")


def formatted(number: Number, number_format: str) -> Number | str | Unreadable | None:
    """Return a number with the zeros and the text that its format adds: 00123 for 123 in the format 00000.

    The number itself is returned if its format only rounds or separates digits. A number with more digits than a
    spreadsheet keeps is a float, even if the file has it without an exponent.

    Returns:
        The number, what is shown for it, None for a zero that is not shown, or `Unreadable`.
    """
    if abs(number) >= MAX_EXACT:
        return float(number)
    if number_format in ("", "General"):
        return number
    sections = _sections_for_numbers(number_format)
    section = _section_for(number, sections)
    shown = None if section is None else _filled(section, abs(number))
    if shown is None:
        return Unreadable(f"{number:.15g} in the number format {number_format}: format the column as text")
    if isinstance(shown, str):
        if not shown:
            return None if number == 0 else Unreadable("a number that its format hides")
        return f"-{shown}" if number < 0 and len(sections) == 1 else shown
    return number


def formatted_text(text: str, number_format: str) -> str | Unreadable:
    """Return a text with the text that its format adds: A-1 for 1 in the format "A-"@."""
    section = _sections_of(number_format)[-1]
    if not section.has("cell") and len(_sections_of(number_format)) < 4:
        return text
    if not section.consists_of("cell", "text", "unseen"):
        return Unreadable(f"{text[:40]} in the number format {number_format}: format the column as text")
    shown = "".join(text if part.kind == "cell" else part.text for part in section.parts)
    return shown if shown or not text else Unreadable("a text that its format hides")


def shown(number: Number, text: str) -> Number | str:
    """Return a number, or the text that a spreadsheet shows for it if that has zeros or text of its own."""
    return number if abs(number) >= MAX_EXACT or _PLAIN.fullmatch(text.strip()) else text.strip()


@lru_cache(maxsize=64)
def _sections_of(number_format: str) -> Sequence[_Section]:
    sections: list[_Section] = []
    parts, condition = list[_Part](), ""
    for token in _TOKEN.finditer(f"{number_format};"):
        kind = token.lastgroup or ""
        if kind == "section":
            sections.append(_Section(parts, condition))
            parts, condition = [], ""
        elif kind == "condition":
            condition = token[kind]
        elif kind == "unseen":
            parts.append(_Part(kind, ""))
        else:
            parts.append(_Part("text" if kind in _TEXTS else kind, token[kind]))
    return sections


def _sections_for_numbers(number_format: str) -> Sequence[_Section]:
    """Return the sections without the last one if that is for text."""
    sections = _sections_of(number_format)
    return sections[:-1] if len(sections) > 3 or (len(sections) > 1 and sections[-1].has("cell")) else sections


def _section_for(number: Number, sections: Sequence[_Section]) -> _Section | None:
    """Return the section that applies to a number; None if that is not clear."""
    if any(section.condition for section in sections):
        others = [section for section in sections if not section.condition]
        chosen = [section for section in sections if section.condition and _holds(section.condition, number)] or others
        return chosen[0] if number >= 0 and (chosen != others or len(others) == 1) else None
    for_negative, for_zero = sections[min(1, len(sections) - 1)], sections[2 if len(sections) == 3 else 0]
    return for_negative if number < 0 else sections[0] if number else for_zero


def _holds(condition: str, number: Number) -> bool:
    sign = condition.rstrip("-.0123456789")
    return sign in _OPERATORS and bool(_OPERATORS[sign](number, float(condition.removeprefix(sign))))


def _filled(section: _Section, number: Number) -> str | bool | None:
    """Return what a section shows for a number; True if that is the number, None if it is not known."""
    digits = str(int(number)) if number >= 1 else ""
    is_whole = number == int(number)
    if section.has("unknown"):
        return None
    if section.has("general", "cell"):
        if not section.text.strip():
            return True
        parts = [_Part("digit", "0") if part.kind == "general" else part for part in section.parts]
        return _fill(parts, digits) if is_whole and section.consists_of("general", "text", "unseen") else None
    if not section.has("digit"):
        return section.text.strip()
    if section.has("percent"):
        return _percentage(section, number)
    if is_whole and section.consists_of("digit", "text", "unseen"):
        text = _fill(section.parts, digits)
        if "#" in (part.text for part in section.parts) and not section.text.strip():
            text = text.replace(" ", "")  # it separates thousands
        return True if text and text == digits else text
    whole = [*takewhile(lambda part: part.kind not in ("point", "exponent"), section.parts)]
    has_zeros = [part.text for part in whole if part.kind == "digit"].count("0") > max(len(digits), 1)
    is_scaled = [part.kind for part in whole if part.kind in ("digit", "comma")][-1:] == ["comma"]
    return None if has_zeros or is_scaled or section.text.strip(_SIGNS) else True


def _percentage(section: _Section, number: Number) -> str | None:
    """Return a percentage, such as 12.5%; None if it is not known."""
    kinds = [part.kind for part in section.parts]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    has_options = any(part.kind == "digit" and part.text != "0" for part in section.parts[point:])
    if has_options or not section.consists_of("digit", "point", "percent", "text", "unseen"):
        return None
    places = kinds[point:].count("digit")
    scaled = Decimal(repr(number)).scaleb(2 * kinds.count("percent"))
    whole, _, fraction = f"{scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}".partition(".")
    decimals = iter(fraction)
    shown = _fill(section.parts[:point], whole.lstrip("0"))
    return shown + "".join(next(decimals) if part.kind == "digit" else part.text for part in section.parts[point:])


def _fill(parts: Sequence[_Part], digits: str) -> str:
    """Return digits with the text between their placeholders, of which the first takes all that are left."""
    filled, placeholders = list[str](), sum(part.kind == "digit" for part in parts)
    for part in reversed(parts):
        if part.kind != "digit":
            filled.append(part.text)
            continue
        placeholders -= 1
        taken = digits[-1:] if placeholders else digits
        filled.append(taken or ("0" if part.text == "0" else ""))
        digits = digits.removesuffix(taken)
    return "".join(reversed(filled)).strip()
