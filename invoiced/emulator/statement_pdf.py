"""Account statements as PDFs. Only who asks for one imports this module: it is the only one that needs pypdf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from invoiced.emulator.store import Record

_WIDTH, _HEIGHT = 612, 792
_ASCII = range(32, 127)
_OTHERS = range(128, 228)  # As many as a table of a font may have entries in a row.

_MEANINGS = """\
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


def statement_pdf(customer: Record, balance: Record, asked: Mapping[str, Any], now: int) -> bytes:
    """The statement that the parameters `asked` ask for: two pages for odd IDs of customers, three for even ones."""
    lines = [_printable(line) for line in _lines(customer, balance, asked, now)]
    codes = _codes("".join(lines))
    font = _font(codes)
    writer = PdfWriter()
    number_of_pages = 3 - customer["id"] % 2
    for number in range(1, number_of_pages + 1):
        writer.add_page(_page([*lines, f"Page {number} of {number_of_pages}"], codes, font))
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _lines(customer: Record, balance: Record, asked: Mapping[str, Any], now: int) -> Iterator[str]:
    start = f"from {_date(asked['start'])} " if "start" in asked else ""
    yield "Account statement"
    yield f"Customer: {customer['name'] or ''}"
    yield f"Number: {customer['number'] or ''}"
    yield f"Type: {asked['type']}"
    yield f"Period: {start}until {_date(asked.get('end', now))}"
    yield f"Currency: {balance['currency']}"
    yield f"Total outstanding: {Decimal(str(balance['total_outstanding'])):f}"


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)


def _codes(text: str) -> dict[str, int]:
    """The byte of each character: that of ASCII, or one of the others, as far as they go round."""
    others = sorted({character for character in text if not character.isascii()})
    return {**{chr(code): code for code in _ASCII}, **dict(zip(others, _OTHERS, strict=False))}


def _page(lines: Sequence[str], codes: Mapping[str, int], font: DictionaryObject) -> PageObject:
    """The first line is its heading."""
    heading, *others = (bytes(codes.get(character, ord("?")) for character in line).hex() for line in lines)
    text = "".join(f"T* <{line}> Tj " for line in others)
    page = PageObject.create_blank_page(None, _WIDTH, _HEIGHT)
    page[NameObject("/Contents")] = _stream(f"BT /F 20 Tf 24 TL 56 700 Td <{heading}> Tj /F 12 Tf {text}ET")
    page[NameObject("/Resources")] = _dictionary(Font=_dictionary(F=font))
    return page


def _font(codes: Mapping[str, int]) -> DictionaryObject:
    """Helvetica, which need not be in the file, with names and meanings for the bytes beyond ASCII."""
    others = {character: code for character, code in codes.items() if code in _OTHERS}
    names = [NameObject(f"/u{ord(character):04X}") for character in others]
    meanings = "".join(f"<{code:02x}> <{character.encode('utf-16-be').hex()}>\n" for character, code in others.items())
    return _dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/Type1"),
        BaseFont=NameObject("/Helvetica"),
        Encoding=_dictionary(
            Type=NameObject("/Encoding"),
            BaseEncoding=NameObject("/WinAnsiEncoding"),
            Differences=ArrayObject([NumberObject(_OTHERS.start), *names]),
        ),
        ToUnicode=_stream(_MEANINGS.format(len(others), meanings)),
    )


def _stream(text: str) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(text.encode("ascii"))
    return stream


def _dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
