"""The records of an old workbook (XLS) that are needed to read its cells.

xlrd trusts the other records, such as links, of which a few bytes can claim a million cells. So it only gets these.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from struct import Struct, unpack_from
from typing import Any

from xlrd.compdoc import CompDoc

from .bounds import MAX_CELLS, MAX_ROWS, MAX_SHEETS, MAX_TEXTS
from .errors import other_kind, too_large

_STREAMS = ("Workbook", "Book")

_SHEET, _PASSWORD, _TEXTS, _CONTINUE = 0x85, 0x2F, 0xFC, 0x3C
_STARTS = (0x809, 0x409, 0x209, 0x09)
"""Records at which sheets begin."""

_CELLS = {
    **dict.fromkeys((0x06, 0x206, 0x406), 20),  # formulas
    **dict.fromkeys((0x203, 0x204, 0xD6, 0x205, 0x27E, 0xFD, 0x201), 6),
    **{0xBD: 6, 0xBE: 2},  # several numbers, several blank cells
}
"""Records of cells, and the number of bytes for each of their cells, at least."""

_OTHERS = {
    *(0x0A, _CONTINUE),
    *(0x207, 0x221, 0x4BC, 0x236, 0x37),  # what formulas result in, and what they share
    *(0x208, 0x7D),  # rows and columns
    *(0x31, 0x231, 0x1E, 0x41E, 0xE0, 0x243, 0x443, 0x293),  # fonts, formats and styles
    *(0x22, 0x42, 0x8C),  # epoch, encoding and country
    *(0x8E, 0x8F),  # sheets of version 4
}
"""Other records that are needed."""

_IGNORED = 0xFFFE
"""Type of records that xlrd passes over."""


_HEAD, _ROW, _POSITION = Struct("<HH"), Struct("<H"), Struct("<I")


def needed_records(file: str, content: bytes) -> bytes:
    """Return the stream of a workbook in which records that are not needed have another type.

    Raises:
        TableError: it has a password, or too many sheets, rows, cells or texts.
        ValueError: it is damaged.
    """
    stream = bytearray(_stream_of(content))
    starts, sheets, texts = set[int](), list[int](), list[bytes]()
    at = row_count = last_row = cell_count = before = 0
    while at + 4 <= len(stream):  # some programs write zeros below the last record
        kind, length = _HEAD.unpack_from(stream, at)
        if kind in _CELLS:
            last_row = max(last_row, _ROW.unpack_from(stream, at + 4)[0] + 1)
            cell_count += length // _CELLS[kind]
        elif kind in _STARTS:
            starts.add(at)
            row_count, last_row = row_count + last_row, 0
        elif kind == _SHEET:
            sheets += _POSITION.unpack_from(stream, at + 4)
        elif kind == _TEXTS and texts:
            raise ValueError("it has two tables of texts")
        elif kind == _TEXTS or (kind == _CONTINUE and before == _TEXTS):
            texts.append(bytes(stream[at + 4 : at + 4 + length]))
            kind = _TEXTS
        elif kind == _PASSWORD:
            raise other_kind(file, "a workbook with a password")
        elif kind not in _OTHERS:
            _ROW.pack_into(stream, at, _IGNORED)
        at, before = at + 4 + length, kind
    for count, bound, things in (
        (len(sheets), MAX_SHEETS, "sheets"),
        (row_count + last_row, MAX_ROWS, "rows in all sheets"),
        (cell_count, MAX_CELLS, "cells"),
    ):
        if count > bound:
            raise too_large(file, bound, things)
    if len({*sheets}) < len(sheets) or not starts.issuperset(sheets):
        raise ValueError("its sheets are not where they should be")
    _check_texts(file, texts)
    return bytes(stream)


def _stream_of(content: bytes) -> bytes:
    """Return the stream of the workbook, of which xlrd would follow sectors in a circle for ever if it is small."""
    document: Any = CompDoc(content, logfile=io.StringIO())
    for node in document.dirlist:
        if node.name in _STREAMS and node.tot_size < document.min_size_std_stream:
            sector = node.first_SID
            for _ in document.SSAT:
                sector = document.SSAT[sector] if sector >= 0 else sector
            if sector >= 0:
                raise ValueError("its sectors are in a circle")
    streams = map(document.locate_named_stream, _STREAMS)
    return next((bytes(memory[start : start + length]) for memory, start, length in streams if memory), b"")


def _check_texts(file: str, blocks: Sequence[bytes]) -> None:
    """Check that each of the texts that cells share is below the one before, as xlrd reads them."""
    count = unpack_from("<i", blocks[0], 4)[0] if blocks else 0
    if count > MAX_TEXTS:
        raise too_large(file, MAX_TEXTS, "different texts")
    block, at = 0, 8
    for _ in range(count):
        length, options = unpack_from("<HB", blocks[block], at)
        at += 3
        runs = spoken = 0
        if options & 8:
            runs, at = unpack_from("<H", blocks[block], at)[0], at + 2
        if options & 4:
            spoken, at = unpack_from("<i", blocks[block], at)[0], at + 4
        if spoken < 0:
            raise ValueError("a text has a negative length")
        while True:
            available = min((len(blocks[block]) - at) >> (options & 1), length)
            at, length = at + (available << (options & 1)), length - available
            if not length:
                break
            block, at, options = block + 1, 1, blocks[block + 1][0]
        for _ in range(runs):
            if at == len(blocks[block]):
                block, at = block + 1, 0
            unpack_from("<HH", blocks[block], at)
            at += 4
        at += spoken
        if at >= len(blocks[block]):
            block, at = block + 1, at - len(blocks[block])
