"""Encodings of text files."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from itertools import islice

from .errors import TableError
from .notes import note

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FALLBACK = "cp1252"
_END = "\x1a"
"""The end of a file of DOS (Ctrl-Z)."""

_BEYOND_ASCII = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|([\x80-\xff])")
"""A character of UTF-8, or a single byte of another encoding."""

_SAMPLE = 100_000
"""Number of characters that tell the encoding."""


def decode(file: str, content: bytes, encoding: str | None) -> str:
    """Return a text in the encoding of its byte order mark, the one given, UTF-8, or else Windows-1252.

    What is assumed is logged.

    Raises:
        TableError: the encoding is unknown, or it is not that of the text.
    """
    known = _known_encoding(file, content, encoding)
    try:
        return content.decode(known or "utf-8").removeprefix("\ufeff").rstrip(_END)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    except UnicodeError:
        line = 1
    if not known and _is_nearly_utf_8(content):
        raise TableError(
            f"{file} is UTF-8, but line {line} is not. Save it as CSV UTF-8, or give its encoding, such as cp1252."
        )
    with suppress(UnicodeError):
        if not known:
            text = content.decode(_FALLBACK).rstrip(_END)
            note("%s is not UTF-8. It is read as Windows-1252 (cp1252): %s", file, _word_beyond_ascii(text))
            return text
    name = known or "UTF-8 or Windows-1252"
    raise TableError(f"{file} is not {name} text. Give its encoding, such as cp1250, or save it as CSV UTF-8 or XLSX.")


def _known_encoding(file: str, content: bytes, given: str | None) -> str | None:
    """Return the encoding of the byte order mark, the one given, or that of zeros; None if only trying can tell."""
    try:
        name = codecs.lookup(given).name if given else ""
        "".encode(given or "ascii")  # some codecs are no encodings of text
    except (LookupError, ValueError):
        raise TableError(f"Unknown encoding {given!r} (expected e.g. utf-8 or cp1252).") from None
    own = next((own for mark, own in _MARKS.items() if content.startswith(mark)), None)
    if own == "utf-32":
        raise TableError(f"{file} is UTF-32 text. Save it as CSV UTF-8 or XLSX.")
    if own and given and not name.startswith(own):
        note("%s begins with the mark of %s. It is read as such, and not as %s.", file, own.upper(), given)
    known = own or given or _utf_16(content[:4096])
    if known is None and b"\0" in content[:4096]:
        raise TableError(f"{file} is neither text nor a workbook.")
    return known


def _is_nearly_utf_8(content: bytes) -> bool:
    """Return whether a fifth of what is not ASCII is UTF-8. By chance, it rarely is: Spaß“ in Windows-1252."""
    others = [match[1] is not None for match in islice(_BEYOND_ASCII.finditer(content), _SAMPLE)]
    return others.count(False) * 5 >= len(others)


def _word_beyond_ascii(text: str) -> str:
    """Return the first word that shows which encoding was assumed."""
    at = next((found.start() for found in re.finditer(r"[^\x00-\x7f]", text)), 0)
    return next((word for word in text[max(at - 40, 0) : at + 40].split() if not word.isascii()), "")


def _utf_16(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > len(head) / 4 and not head[1 - start :: 2].count(0):
            return encoding
    return None
