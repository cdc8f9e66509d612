"""Sections of number formats, and digits in them: `0000;(0000)` has a section for negative numbers."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import NamedTuple

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
_SHAPE = {"digit": "0", "comma": ",", "point": "."}
_TEXTS = ("quoted", "escaped", "literal", "currency")
MAX_DECIMALS = 30
"""Decimals of a number format in spreadsheets."""

_ROUNDING = Context(prec=400, rounding=ROUND_HALF_UP)
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


class Part(NamedTuple):
    """A part of a number format."""

    kind: str
    """Group of the token, or `text`."""
    text: str


@dataclass(frozen=True)
class Section:
    """A section of a number format. A format has one for all numbers, or one for each of several kinds of them."""

    parts: Sequence[Part]
    condition: str = ""
    """Which numbers it applies to, such as `<=99999`; empty if the order of the sections tells."""

    def has(self, *kinds: str) -> bool:
        """Return whether a part has one of these kinds."""
        return not self._kinds.isdisjoint(kinds)

    def consists_of(self, *kinds: str) -> bool:
        """Return whether all parts have one of these kinds."""
        return self._kinds.issubset(kinds)

    @cached_property
    def text(self) -> str:
        """The text of the section."""
        return "".join(part.text for part in self.parts if part.kind == "text")

    @cached_property
    def zeros(self) -> int:
        """Number of digits to the left of the decimal point that are always shown."""
        whole = takewhile(lambda part: part.kind not in ("point", "exponent"), self.parts)
        return sum(part == ("digit", "0") for part in whole)

    @cached_property
    def scale(self) -> int:
        """How often it divides by a thousand: commas after the last digit, or directly before the decimal point."""
        shape = "".join(_SHAPE.get(part.kind, "") for part in self.parts)
        return sum(len(each) - len(each.rstrip(",")) for each in shape.split(".", 1))

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(part.kind for part in self.parts)


@lru_cache(maxsize=64)
def sections_of(number_format: str) -> Sequence[Section]:
    """Return the sections of a number format."""
    sections: list[Section] = []
    parts, condition = list[Part](), ""
    for token in _TOKEN.finditer(f"{number_format};"):
        kind = token.lastgroup or ""
        if kind == "section":
            sections.append(Section(parts, condition))
            parts, condition = [], ""
        elif kind == "condition":
            condition = token[kind]
        elif kind == "unseen":
            parts.append(Part(kind, ""))
        else:
            parts.append(Part("text" if kind in _TEXTS else kind, token[kind]))
    return sections


@lru_cache(maxsize=64)
def sections_for_numbers(number_format: str) -> Sequence[Section]:
    """Return the sections without the last one if that is for text."""
    sections = sections_of(number_format)
    return sections[:-1] if len(sections) > 3 or (len(sections) > 1 and sections[-1].has("cell")) else sections


def section_for(number: Number, sections: Sequence[Section]) -> Section | None:
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


def percentage(section: Section, number: Number) -> str | None:
    """Return a percentage, such as 12.5%; None if it is not known."""
    kinds = [part.kind for part in section.parts]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    has_options = any(part.kind == "digit" and part.text != "0" for part in section.parts[point:])
    if has_options or not section.consists_of("digit", "point", "percent", "text", "unseen"):
        return None
    places = kinds[point:].count("digit")
    if places > MAX_DECIMALS:
        return None
    scaled = Decimal(repr(number)).scaleb(2 * kinds.count("percent"))
    whole, _, fraction = f"{rounded(scaled, places):f}".partition(".")
    decimals = iter(fraction)
    shown = fill(section.parts[:point], whole.lstrip("0"))
    return shown + "".join(next(decimals) if part.kind == "digit" else part.text for part in section.parts[point:])


def rounded(number: Decimal, places: int) -> Decimal:
    """Return a number with so many decimals, rounded half up as in spreadsheets."""
    return number.quantize(Decimal(1).scaleb(-places), context=_ROUNDING)


def fill(parts: Sequence[Part], digits: str) -> str:
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
