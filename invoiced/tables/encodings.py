"""Encodings of text files."""

from __future__ import annotations

import codecs
import logging
import re

from .errors import TableError

logger = logging.getLogger("invoiced.tables")

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_FALLBACK = "cp1252"


def decode(file: str, content: bytes, encoding: str | None) -> str:
    """Return a text in the encoding given, that of its byte order mark, UTF-8, or else Windows-1252, which is logged.

    Raises:
        TableError: the encoding is unknown, or it is not that of the text.
    """
    known = encoding or next((own for mark, own in _MARKS.items() if content.startswith(mark)), _utf_16(content[:4096]))
    if known is None and b"\0" in content[:4096]:
        raise TableError(f"{file} is neither text nor a workbook.")
    for candidate in [known] if known else ["utf-8", _FALLBACK]:
        try:
            text = content.decode(candidate).removeprefix("\ufeff")
        except LookupError:
            raise TableError(f"Unknown encoding {candidate!r} (expected e.g. utf-8 or cp1252).") from None
        except UnicodeError:
            continue
        if candidate == _FALLBACK and not encoding:
            word = re.search(r"\S*[^\x00-\x7f]\S*", text)
            logger.warning("%s is not UTF-8. It is read as Windows-1252 (cp1252): %s", file, word and word[0][:40])
        return text
    name = known or "UTF-8 or Windows-1252"
    raise TableError(f"{file} is not {name} text. Give its encoding, such as cp1250, or save it as CSV UTF-8 or XLSX.")


def _utf_16(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > len(head) / 4 and not head[1 - start :: 2].count(0):
            return encoding
    return None
