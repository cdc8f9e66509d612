"""Fonts of PDFs: each character is drawn with the first font that has it.

The package pymupdf-fonts brings those of most alphabets. Chinese, Japanese and Korean characters have fonts that PDF
readers bring, and are not part of the file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

MISSING = "\N{REPLACEMENT CHARACTER}"
"""What is drawn for a character that no font has, such as most emoji."""

_OF_ALPHABETS = ("notos", "figo")
"""Noto Sans, and FiraGO, which also has Arabic, Hebrew, Thai, Georgian and Devanagari."""

_OF_READERS = {
    "HANGUL": "HYSMyeongJo-Medium",
    "HIRAGANA": "HeiseiMin-W3",
    "KATAKANA": "HeiseiMin-W3",
    "CJK": "STSong-Light",
    "IDEOGRAPHIC": "STSong-Light",
    "FULLWIDTH": "STSong-Light",
}
"""Fonts by the first word of the names of characters."""


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
    if ord(character) >= 0x10000:
        return None
    fonts = map(_of_alphabets, _OF_ALPHABETS)
    found = next((font.fontName for font in fonts if ord(character) in font.face.charToGlyph), None)
    return found or _of_readers(unicodedata.name(character, "").partition(" ")[0])


@cache
def _of_alphabets(name: str) -> TTFont:
    """Return a font, which reportlab knows from now on. `ModuleNotFoundError` if its package is not installed."""
    from pymupdf_fonts import fontbuffers  # type: ignore[import-untyped, unused-ignore]

    font = TTFont(f"invoiced {name}", BytesIO(fontbuffers[name]()))
    pdfmetrics.registerFont(font)
    return font


@cache
def _of_readers(script: str) -> str | None:
    """Return the name of the font for a script that PDF readers have, or None."""
    name = _OF_READERS.get(script)
    if name is not None:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name
