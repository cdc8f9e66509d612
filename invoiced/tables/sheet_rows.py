"""The rows of a sheet below its header, and what is said about the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, compress

from .cells import Unreadable, is_blank
from .errors import TableError
from .headers import Header
from .notes import note
from .rows import TableRow
from .sheets import Sheet, SheetRow, VisibleSheet, shown


def rows_below_header(file: str, sheet: Sheet, header: Header) -> Iterator[TableRow]:
    """Yield the rows below the header that are not blank.

    Raises:
        TableError: a title cannot be read, a row has more cells than the header, or there are no rows.
    """
    for column, title in enumerate(header.titles, start=1):
        if isinstance(title, Unreadable):
            raise TableError(
                f"Row {header.row} of {file}, the header, has no title in column {column}, but {title.reason}. "
                "Write the title there, or delete the column."
            )
    for row in header.above:
        note("%s: row %s, above the header, is not read: %s", file, row.number, row)
    if isinstance(sheet, VisibleSheet) and (titles := shown(sheet.hidden_cells(header.row))):
        note("%s: hidden columns are not read: %s", file, titles)
    rows = _rows(file, sheet, header)
    first = next(rows, None)
    yield from () if first is None else chain([first], rows)
    hidden = sheet.hidden_rows if isinstance(sheet, VisibleSheet) else ()
    if below := [number for number in hidden if number > header.row]:
        note("%s: %s hidden rows are not read: %s", file, len(below), ", ".join(map(str, below))[:80])
    if first is None:
        raise TableError(
            f"{file} has no rows below its header, row {header.row}{', that are not hidden' if below else ''}."
        )


def _rows(file: str, sheet: Sheet, header: Header) -> Iterator[TableRow]:
    width, untitled = header.width, [not name for name in header.names]
    for row in sheet.rows():
        if row.number <= header.row or row.is_blank():
            continue
        if not all(map(is_blank, row.cells[width:])):
            raise _too_wide(file, sheet, header, row)
        if header.is_repeated_by(row.cells):
            note("%s: row %s repeats the header, and is not read.", file, row.number)
            continue
        if any(untitled) and (cells := shown(compress(row.cells, untitled))):
            untitled = []  # said once
            text = "%s: row %s has cells in columns without a title, which are not read: %s"
            note(text, file, row.number, cells)
        yield TableRow(row.number, header.titles, row.cells)


def _too_wide(file: str, sheet: Sheet, header: Header, row: SheetRow) -> TableError:
    remedy = "Put text with the delimiter in quotation marks" if sheet.is_text else "Give their column a title"
    return TableError(
        f"Row {row.number} of {file} has more cells than the header, which is row {header.row}: {row}. {remedy}, "
        "or delete them. If the header is another row, delete the rows above it."
    )
