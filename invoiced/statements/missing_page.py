"""The first page of merged statements of which some are missing: it lists which, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from unicodedata import normalize

from pypdf import PageObject, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, PdfObject

from .download import Download

_WIDTH, _HEIGHT, _MARGIN = 595, 792, 54  # fits both on A4 and on letter paper
_FONT_SIZE, _LEADING = 10, 13
_COLUMNS = int((_WIDTH - 2 * _MARGIN) / (0.6 * _FONT_SIZE))  # all characters of Courier have the same width
_LINES = (_HEIGHT - 2 * _MARGIN) // _LEADING - 2
_CODES = r"A code such as \u0416 is a character that only the bookmarks can show."


def add_missing_page(writer: PdfWriter, missing: Sequence[Download], total: int) -> None:
    """Add a list of missing statements to a new file, with a bookmark for each: a page, or more if there are many.

    A character that the font does not have is printed as its code. The bookmarks have all characters.
    """
    title = f"{len(missing)} of {total} statements {'is' if len(missing) == 1 else 'are'} missing"
    texts = [normalize("NFC", f"Row {each.row}, {each.customer}: {each.outcome}: {each.reason}") for each in missing]
    lines = [_CODES, ""] if any(_printable(text) != text for text in texts) else []
    pages = list[int]()
    for text in texts:
        pages.append(len(lines) // _LINES)
        lines += _wrapped(_printable(text))
    for begin in range(0, len(lines), _LINES):
        writer.add_page(_page([title, "", *lines[begin : begin + _LINES]]))
    heading = writer.add_outline_item(title=title, page_number=0)
    for each, page in zip(missing, pages, strict=True):
        writer.add_outline_item(title=str(each.customer), page_number=page, parent=heading)


def _printable(text: str) -> str:
    return text.encode("cp1252", "backslashreplace").decode("cp1252")


def _wrapped(text: str) -> list[str]:
    return wrap(text, _COLUMNS, subsequent_indent="    ", break_on_hyphens=False)


def _page(lines: Sequence[str]) -> PageObject:
    text = " ".join(f"<{line.encode('cp1252').hex()}> Tj T*" for line in lines)
    content = DecodedStreamObject()
    top = _HEIGHT - _MARGIN - _FONT_SIZE
    content.set_data(f"BT /F {_FONT_SIZE} Tf {_LEADING} TL {_MARGIN} {top} Td {text} ET".encode("ascii"))
    names = {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Courier", "Encoding": "/WinAnsiEncoding"}
    font = _dictionary({name: NameObject(value) for name, value in names.items()})
    page = PageObject.create_blank_page(None, _WIDTH, _HEIGHT)
    page[NameObject("/Contents")] = content
    page[NameObject("/Resources")] = _dictionary({"Font": _dictionary({"F": font})})
    return page


def _dictionary(entries: Mapping[str, PdfObject]) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
