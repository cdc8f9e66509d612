"""Account statements as PDFs. Only this module needs pypdf, so it is imported when the first PDF is created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from invoiced.emulator.storage.store import Record

_WIDTH, _HEIGHT = 612, 792
_ASCII_CODES = range(32, 127)
_OTHER_CODES = range(128, 228)  # Maximum number of entries in one table of a font.

_TO_UNICODE = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Meanings def
/CMapType 2 def
1 begincodespacerange
<00> <ff>
endcodespacerange
1 beginbfrange
<20> <7e> <0020>
endbfrange
{} beginbfchar
{}endbfchar
endcmap
end
end
"""


def statement_pdf(customer: Record, balance: Record, query: Mapping[str, Any], now: int) -> bytes:
    """Return the requested statement: two pages for customers with odd IDs, three for even IDs."""
    lines = [_printable(line) for line in _lines(customer, balance, query, now)]
    codes = _codes("".join(lines))
    font = _font(codes)
    writer = PdfWriter()
    number_of_pages = 3 - customer["id"] % 2
    for number in range(1, number_of_pages + 1):
        writer.add_page(_page([*lines, f"Page {number} of {number_of_pages}"], codes, font))
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _lines(customer: Record, balance: Record, query: Mapping[str, Any], now: int) -> Iterator[str]:
    start = f"from {_date(query['start'])} " if "start" in query else ""
    yield "Account statement"
    yield f"Customer: {customer['name'] or ''}"
    yield f"Number: {customer['number'] or ''}"
    yield f"Type: {query['type']}"
    yield f"Period: {start}until {_date(query.get('end', now))}"
    yield f"Currency: {balance['currency']}"
    yield f"Total outstanding: {Decimal(str(balance['total_outstanding'])):f}"


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)


def _codes(text: str) -> dict[str, int]:
    """Return the byte of each character: its ASCII code, or the next unused byte. Later characters may have no byte."""
    others = sorted({character for character in text if not character.isascii()})
    return {**{chr(code): code for code in _ASCII_CODES}, **dict(zip(others, _OTHER_CODES, strict=False))}


def _page(lines: Sequence[str], codes: Mapping[str, int], font: DictionaryObject) -> PageObject:
    """Return a page whose heading is the first line."""
    heading, *others = (bytes(codes.get(character, ord("?")) for character in line).hex() for line in lines)
    text = "".join(f"T* <{line}> Tj " for line in others)
    page = PageObject.create_blank_page(None, _WIDTH, _HEIGHT)
    page[NameObject("/Contents")] = _stream(f"BT /F 20 Tf 24 TL 56 700 Td <{heading}> Tj /F 12 Tf {text}ET")
    page[NameObject("/Resources")] = _dictionary(Font=_dictionary(F=font))
    return page


def _font(codes: Mapping[str, int]) -> DictionaryObject:
    """Return Helvetica, which is not embedded, with names and Unicode values for the bytes beyond ASCII."""
    others = {character: code for character, code in codes.items() if code in _OTHER_CODES}
    names = [NameObject(f"/u{ord(character):04X}") for character in others]
    mappings = "".join(f"<{code:02x}> <{character.encode('utf-16-be').hex()}>\n" for character, code in others.items())
    return _dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/Type1"),
        BaseFont=NameObject("/Helvetica"),
        Encoding=_dictionary(
            Type=NameObject("/Encoding"),
            BaseEncoding=NameObject("/WinAnsiEncoding"),
            Differences=ArrayObject([NumberObject(_OTHER_CODES.start), *names]),
        ),
        ToUnicode=_stream(_TO_UNICODE.format(len(others), mappings)),
    )


def _stream(text: str) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(text.encode("ascii"))
    return stream


def _dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
