"""Numbers and text as spreadsheets show them: with leading zeros, and with the text of their number formats."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Literal

from .cells import MAX_EXACT, Unreadable
from .format_sections import Number, Part, Section, fill, percentage, section_for, sections_for_numbers, sections_of
from .stored_numbers import UnreadableNumber, formatted_number, number_beside, number_text

_SIGNS = " ()+-"

_PLAIN = re.compile(r"[+-]?([1-9][\d.,'\u2019 \xa0\u2009\u202f]*|0([.,]\d*)?)(E[+-]?\d+)?", re.IGNORECASE)
"""A number with separators only, and without leading zeros."""


def formatted(number: Number, number_format: str) -> Number | str | Unreadable:
    """Return a number with the zeros and the text that its format adds: 00123 for 123 in the format 00000.

    The number itself is returned if its format only rounds or separates digits. A number with more digits than a
    spreadsheet keeps is a float, even if the file has it without an exponent.

    Returns:
        The number, what is shown for it, or `Unreadable`. Unless it is shown as it is, it is a `StoredNumber`.
    """
    if abs(number) >= MAX_EXACT:
        return float(number)
    if number_format in ("", "General"):
        return number
    sections = sections_for_numbers(number_format)
    section = section_for(number, sections)
    shown = None if section is None else _filled(section, abs(number))
    if section is None or shown is None:
        problem = f"{number:.15g} in the number format {number_format}: format the column as text"
        return UnreadableNumber(problem, number, number_format)
    if shown is True:
        is_whole = number == int(number) and not section.has("exponent")
        is_as_stored = is_whole and not section.text.strip() and (number >= 0 or len(sections) == 1)
        return number if is_as_stored else formatted_number(number, number_format)
    if not shown and number:
        return UnreadableNumber("a number that its format hides", number, number_format)
    return number_text(f"-{shown}" if number < 0 and len(sections) == 1 else shown, number)


def formatted_text(text: str, number_format: str) -> str | Unreadable:
    """Return a text with the text that its format adds: A-1 for 1 in the format "A-"@."""
    section = sections_of(number_format)[-1]
    if not section.has("cell") and len(sections_of(number_format)) < 4:
        return text
    if not section.consists_of("cell", "text", "unseen"):
        return Unreadable(f"{text[:40]} in the number format {number_format}: format the column as text")
    shown = "".join(text if part.kind == "cell" else part.text for part in section.parts)
    return shown if shown or not text else Unreadable("a text that its format hides")


def shown(number: Number, text: str) -> Number | str:
    """Return a number, or the text that a spreadsheet shows for it if that has zeros or text of its own."""
    text = text.strip()
    if abs(number) >= MAX_EXACT:
        return number
    if not _PLAIN.fullmatch(text):
        return number_text(text, number)
    return number if _says(text, number) else number_beside(text, number)


def _says(text: str, number: Number) -> bool:
    """Return whether a text is a number, if its last separator is the decimal point."""
    point, other = (",", ".") if text.rfind(",") > text.rfind(".") else (".", ",")
    with suppress(ValueError):
        return float(text.replace(other, "").replace(point, ".")) == number
    return False


def _filled(section: Section, number: Number) -> str | Literal[True] | None:
    """Return what a section shows for a number; True if that is the number, None if it is not known."""
    digits = str(int(number)) if number >= 1 else ""
    is_whole = number == int(number)
    if section.has("unknown"):
        return None
    if section.has("general", "cell"):
        if not section.text.strip():
            return True
        parts = [Part("digit", "0") if part.kind == "general" else part for part in section.parts]
        return fill(parts, digits) if is_whole and section.consists_of("general", "text", "unseen") else None
    if not section.has("digit"):
        return section.text.strip()
    if section.has("percent"):
        return percentage(section, number)
    if is_whole and section.consists_of("digit", "text", "unseen"):
        text = fill(section.parts, digits)
        if "#" in (part.text for part in section.parts) and not section.text.strip():
            text = text.replace(" ", "")  # it separates thousands
        return True if text and text == digits else text
    has_zeros = section.zeros > max(len(digits), 1)
    return None if has_zeros or section.scale or section.text.strip(_SIGNS) else True
