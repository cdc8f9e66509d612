"""PDFs, whole, broken and hostile, written by hand."""

from __future__ import annotations

import zlib

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def pdf(*objects: bytes, repeated: int = 0) -> bytes:
    """Return a PDF of objects, of which the first is the catalog. The last one gets so many more numbers."""
    content, offsets = b"%PDF-1.4\n", list[int]()
    for number, text in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    offsets += offsets[-1:] * repeated
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table = b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n" % (
        len(offsets) + 1,
        entries,
        len(offsets) + 1,
    )
    return content + table + b"startxref\n%d\n%%%%EOF\n" % len(content)


def pages(*numbers: int) -> bytes:
    """Return the list of pages with these object numbers."""
    return b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(numbers), b" ".join(b"%d 0 R" % each for each in numbers))


def page(content: int) -> bytes:
    """Return a page whose content has this object number."""
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R >>" % content


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return a stream."""
    return b"<< /Length %d %b>>\nstream\n%b\nendstream" % (len(data), entries, data)


ONE_PAGE = pdf(CATALOG, pages(3), page(4), stream(b"BT ET"))

BROKEN = {
    "nothing between": b"%PDF-1.4 ... %%EOF",
    "no pages": pdf(CATALOG, pages()),
    "a page that is missing": pdf(CATALOG, pages(3, 9), page(4), stream(b"")),
    "a page that is a number": pdf(CATALOG, pages(3), b"5"),
    "content that is missing": pdf(CATALOG, pages(3), page(9)),
    "content that is a number": pdf(CATALOG, pages(3), page(4), b"5"),
    "no catalog": pdf(b"<< /Type /Font >>"),
    "cut in the middle": ONE_PAGE[:100] + b"\n%%EOF",
}

_MANY = range(3, 43)
HOSTILE = {
    "pages that double forty times": pdf(
        CATALOG, *[pages(number, number) for number in _MANY], b"<< /Type /Page /MediaBox [0 0 1 1] >>"
    ),
    "pages in a circle": pdf(CATALOG, pages(3), b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"),
    "an object of itself": pdf(CATALOG, b"2 0 R"),
    "lists within lists": pdf(CATALOG, pages(3), b"[" * 100_000),
    "an earlier table that is itself": ONE_PAGE.replace(b"/Root", b"/Prev %d /Root" % ONE_PAGE.index(b"xref\n")),
    "the same data for a thousand pages": pdf(
        CATALOG,
        pages(*range(3, 1003)),
        *[page(1003 + number) for number in range(1000)],
        stream(bytes(1_000_000)),
        repeated=999,
    ),
}

BOMB = pdf(CATALOG, pages(3), page(4), stream(zlib.compress(bytes(50_000_000), 9), b"/Filter [/FlateDecode] "))
"""A page of a few kilobytes whose content decodes to 50 megabytes."""
