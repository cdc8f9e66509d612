"""Fonts of PDFs: each character is drawn with the first font that has it. They are packages of the extra `emulator`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import groupby
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

MISSING = "\N{WHITE SQUARE}"
"""What is drawn for a character that no font has, such as most emoji."""

_LATIN = ("manimgx_fonts", "NotoSans[wght].ttf")
_CHINESE_JAPANESE_KOREAN = ("paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc")
_OTHER_SCRIPTS = (
    *("Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew"),
    *("Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai", "Symbols"),
)
_FONTS = (
    _LATIN,
    _CHINESE_JAPANESE_KOREAN,
    *(("manimgx_fonts", f"NotoSans{script}[wght].ttf") for script in _OTHER_SCRIPTS),
)


class Run(NamedTuple):
    """Text that is drawn with one font, in the order in which it is seen."""

    font: str
    text: str


def printable(text: str) -> str:
    """Return a text in which each control character is a blank, and each character without a font is `MISSING`."""
    visible = (character if character.isprintable() else " " for character in text)
    return "".join(character if _font_of(character) else MISSING for character in visible)


def runs(text: str) -> Iterator[Run]:
    """Divide a printable text by fonts. Words from right to left are turned around, because a PDF has what is seen."""
    for turned, group in groupby(_directions(text), key=lambda each: each[1]):
        passage = "".join(character for character, _ in group)
        if turned:
            yield from _by_font(passage[::-1], is_turned=True)
        else:
            yield from _by_font(passage)


def width(text: str, size: float) -> float:
    """Return the width of a printable text in points."""
    return float(sum(pdfmetrics.stringWidth(run.text, run.font, size) for run in runs(text)))


def _by_font(passage: str, *, is_turned: bool = False) -> Iterator[Run]:
    """Divide a passage by fonts. A blank between words from right to left has their font, which keeps them together."""
    blank = next((font for font in map(_font_of, passage.replace(" ", "")) if font), None) if is_turned else None
    for font, characters in groupby(passage, key=lambda each: (each == " " and blank) or _font_of(each)):
        assert font is not None
        yield Run(font, "".join(characters))


def _directions(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each character, and whether it belongs to a passage from right to left: blanks do between such words."""
    turned: list[bool] = []
    for character in text:
        direction = unicodedata.bidirectional(character)
        is_mark = direction == "NSM"  # A mark belongs to the letter before it.
        turned.append(bool(turned and turned[-1]) if is_mark else direction in ("R", "AL"))
    for index, character in enumerate(text):
        if character == " " and 0 < index < len(text) - 1 and turned[index - 1] and turned[index + 1]:
            turned[index] = True
        yield character, turned[index]


@cache
def _font_of(character: str) -> str | None:
    """Return the name of the first font that has a character, or None.

    Characters beyond the basic plane are left out: reportlab writes them so that they cannot be read back.
    """
    code = ord(character)
    fonts = (_registered(*font) for font in _FONTS) if code < 0x10000 else iter(())
    return next((font.fontName for font in fonts if code in font.face.charToGlyph), None)


@cache
def _registered(package: str, path: str) -> TTFont:
    """Return the font in a package, which reportlab knows from now on. `ModuleNotFoundError` if it is not installed."""
    with resources.as_file(resources.files(package).joinpath(path)) as file:
        font = TTFont(f"invoiced {path}", str(file))
    pdfmetrics.registerFont(font)
    return font
