"""Which sheet of a file is read, which of its rows, and what is said about the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from .cells import is_blank
from .column_names import IDENTIFYING
from .errors import TableError
from .headers import MAX_ROWS, Header, find_header
from .rows import TableRow
from .sheets import Sheet, SheetRow

logger = logging.getLogger("invoiced.tables")


def select_sheet(file: str, sheets: Sequence[Sheet], name: str | None, *, include_hidden: bool) -> tuple[Sheet, Header]:
    """Return the sheet to read, and its header.

    Raises:
        TableError: no sheet has a header, or several have one.
    """
    candidates = [sheet for sheet in sheets if name in (None, sheet.name)]
    if not candidates:
        raise TableError(f"{file} has no sheet {name!r}. Its sheets: {', '.join(sheet.name for sheet in sheets)}.")
    visible = [sheet for sheet in candidates if name or include_hidden or not sheet.is_hidden]
    found = _with_header(visible, include_hidden=include_hidden)
    if len(found) > 1:
        names = ", ".join(sheet.name for sheet, _ in found)
        raise TableError(f"Several sheets of {file} have a header row: {names}. Choose one by its name.")
    if not found and _with_header(candidates, include_hidden=True):
        raise TableError(f"The header of {file} is in a hidden sheet, row or column, which is read only on request.")
    if not found:
        raise TableError(
            f"No header row in the first {MAX_ROWS} rows of {file}. Expected a row with one of the columns "
            f"{', '.join(sorted(IDENTIFYING))}, below titles only."
        )
    skipped = [sheet for sheet in sheets if sheet.is_hidden and sheet is not found[0][0] and _header_of(sheet, True)]
    if skipped and name is None:
        logger.warning("%s: hidden sheets are not read: %s.", file, ", ".join(sheet.name for sheet in skipped))
    return found[0]


def rows_below_header(file: str, sheet: Sheet, header: Header, *, include_hidden: bool) -> Iterator[TableRow]:
    """Yield the rows below the header that are not blank.

    Raises:
        TableError: a row of a text file has more cells than the header.
    """
    for row in header.above:
        logger.warning("%s: row %d, above the header, is not read: %s", file, row.number, _shown(row.cells))
    hidden: list[int] = []
    for row in sheet.rows():
        if all(map(is_blank, row.cells)) or row.number < header.row:
            continue
        if not include_hidden:
            if row.number in sheet.hidden_rows:
                hidden.append(row.number)
                continue
            visible = sheet.without_hidden_columns(row)
            if row.number == header.row and visible != row:
                titles = [cell for cell, shown in zip(row.cells, visible.cells, strict=True) if shown != cell]
                logger.warning("%s: hidden columns are not read: %s", file, _shown(titles))
            row = visible
        if row.number > header.row:
            yield from _table_row(file, sheet, header, row)
    if hidden:
        logger.warning("%s: %d hidden rows are not read: %s", file, len(hidden), ", ".join(map(str, hidden))[:80])


def _table_row(file: str, sheet: Sheet, header: Header, row: SheetRow) -> Iterator[TableRow]:
    number, cells = row
    if sheet.is_text and not all(map(is_blank, cells[len(header.names) :])):
        raise TableError(f"Row {number} of {file} has more cells than the header: {_shown(cells)}")
    if header.is_repeated_by(cells):
        logger.warning("%s: row %d repeats the header, and is not read.", file, number)
    elif not all(map(is_blank, cells)):
        yield TableRow(number, header.titles, cells)


def _with_header(sheets: Iterable[Sheet], *, include_hidden: bool) -> list[tuple[Sheet, Header]]:
    return [(sheet, header) for sheet in sheets if (header := _header_of(sheet, include_hidden))]


def _header_of(sheet: Sheet, include_hidden: bool) -> Header | None:
    return find_header(_rows_of(sheet, include_hidden), is_text=sheet.is_text)


def _rows_of(sheet: Sheet, include_hidden: bool) -> Iterator[SheetRow]:
    return sheet.rows() if include_hidden else sheet.visible_rows()


def _shown(cells: Sequence[object]) -> str:
    return ", ".join(str(cell) for cell in cells if not is_blank(cell))[:80]
