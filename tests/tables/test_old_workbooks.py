"""Old workbooks (XLS) that claim more than they have, or that lead a reader in a circle."""

from __future__ import annotations

import io
import struct

import pytest
import xlwt

from invoiced.tables import read_table

from .workbooks import refused


def xls_with(*records: tuple[int, bytes]) -> bytes:
    """Return an old workbook with records at its end."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    sheet.write(0, 0, "number")
    sheet.write(1, 0, "A-1")
    plain = book.get_biff_data()
    stream = io.BytesIO()
    added = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    book.get_biff_data = lambda: plain[:-4] + added + plain[-4:]
    book.save(stream)
    return stream.getvalue()


LINK = (
    struct.pack("<HHHH", 0, 65535, 0, 255)
    + bytes.fromhex("d0c9ea79f9bace118c8200aa004ba90b")
    + struct.pack("<II", 2, 0)
)


def test_records_of_an_old_workbook_that_are_not_needed_claim_nothing() -> None:
    dimensions = struct.pack("<IIHHH", 0, 65536, 0, 256, 0)
    content = xls_with(*[(0x1B8, LINK)] * 20, (0x200, dimensions), (0x18, b"\xff" * 40))
    assert [dict(row) for row in read_table(io.BytesIO(content))] == [{"number": "A-1"}]


def test_a_cell_in_the_last_row_of_an_old_workbook_is_read() -> None:
    number = struct.pack("<HHHd", 65535, 0, 0, 5.0)
    rows = read_table(io.BytesIO(xls_with((0x203, number))))
    assert [(row.number, row["number"]) for row in rows] == [(2, "A-1"), (65536, 5.0)]


def with_texts(old: bytes, new: bytes) -> bytes:
    """Return an old workbook with another table of texts of the same length."""
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "number" * 5)
    plain, stream = book.get_biff_data(), io.BytesIO()
    assert plain.count(old) == 1
    book.get_biff_data = lambda: plain.replace(old, new.ljust(len(old), b"a"))
    book.save(stream)
    return stream.getvalue()


TEXT_OF_XLS = struct.pack("<IIHB", 1, 1, 30, 0) + b"number" * 5


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (struct.pack("<IIHBi", 1, 3_000_000, 5, 4, -12) + b"a" * 5, "negative length"),
        (struct.pack("<IIHB", 1, 2**31 - 1, 5, 0), "4,000,000 different texts"),
        (struct.pack("<IIHB", 1, 3_000_000, 5, 0), "may be damaged"),
        (struct.pack("<IIHB", 1, 1, 65535, 0), "may be damaged"),
        (struct.pack("<IIHBH", 1, 1, 5, 8, 65535), "may be damaged"),
    ],
)
def test_texts_of_an_old_workbook_are_below_each_other(texts: bytes, problem: str) -> None:
    assert problem in refused(io.BytesIO(with_texts(TEXT_OF_XLS, texts)))


def test_sheets_of_an_old_workbook_are_where_sheets_begin() -> None:
    content = xls_with()
    at = content.index(struct.pack("<H", 0x85))
    for position in (content[at + 4] + 4, 2**31):
        changed = content[: at + 4] + struct.pack("<I", position) + content[at + 8 :]
        assert "may be damaged" in refused(io.BytesIO(changed))
    assert "two tables of texts" in refused(io.BytesIO(xls_with((0xFC, bytes(8)), (0xFC, bytes(8)))))


def test_sectors_in_a_circle_end() -> None:
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 2, 1, 0xFFFFFFFE, 0) + struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack("<iiii", -3, -2, -2, -2).ljust(512, b"\xff")
    root = "Root Entry".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 22, 5, 1)
    root += struct.pack("<iii", -1, -1, 1) + bytes(36) + struct.pack("<III", 3, 512, 0)
    book = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 18, 2, 1)
    book += struct.pack("<iii", -1, -1, -1) + bytes(36) + struct.pack("<III", 0, 100, 0)
    circle = struct.pack("<i", 0).ljust(512, b"\xff")
    content = header + table + (root + book).ljust(512, b"\0") + circle + bytes(512)
    assert "in a circle" in refused(io.BytesIO(content))
