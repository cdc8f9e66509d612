"""The header of a sheet: the row that names the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from .bounds import MAX_BLANK_ROWS
from .cells import Unreadable, is_blank, stripped
from .column_names import IDENTIFYING, name_of, names_of
from .sheets import Sheet, SheetRow

MAX_ROWS = 50
"""Number of rows searched for the header."""

_MAX_TITLES = 2
"""Number of titles above a single column."""

_ADDRESS = re.compile(r"[^\s@]+@\S+")


class Header(NamedTuple):
    """The row that names the columns."""

    row: int
    """Number of the row."""
    names: Sequence[str]
    """Names of the columns in the style of the API; empty for columns without a title."""
    titles: Sequence[Any]
    """Titles of the columns, as written: text, or `Unreadable`."""
    above: Sequence[SheetRow]
    """Rows above the header that are not blank."""

    @property
    def width(self) -> int:
        """Number of columns up to the last title."""
        return max(at for at, name in enumerate(self.names, start=1) if name)

    def is_repeated_by(self, cells: Sequence[Any]) -> bool:
        """Return whether a row repeats the header, as on each page of a report."""
        pairs = zip_longest(filter(None, map(name_of, cells)), filter(None, map(name_of, self.titles)))
        return all(name == title for name, title in pairs)


def find_header(sheet: Sheet) -> Header | None:
    """Return the header of a sheet: the first row with the name of a column that identifies a customer.

    A row is not a header if a row above it has as many cells: then that row is the header, or both are data. Nor is it
    if it has an address, or if it has the title of the table or of groups of columns: then it is above a wider header.
    """
    above: list[SheetRow] = []
    header: Header | None = None
    for row in islice((row for row in islice(sheet.rows(), MAX_BLANK_ROWS) if not row.is_blank()), MAX_ROWS):
        names = names_of(row.cells)
        is_header = bool(IDENTIFYING & set(names)) and not _has_address(row) and not sheet.is_split_wrongly(row)
        if header and not (is_header and _count(row) > _count(above[-1])):
            break
        if is_header and any(_count(each) >= max(_count(row), 2) for each in above):
            return None
        if header and _count(above[-1]) > 1 and _has_digits(row):
            return None  # it may be a row of data below columns without a title
        if is_header:
            header = Header(row.number, names, _titles(row), [*above])
            if _count(row) > 1 and not _has_gaps(row):
                return header
        above.append(row)
    is_column = header is not None and len([*filter(None, header.names)]) == 1
    return header if header and (not is_column or _are_titles(header.above)) else None


def _has_gaps(row: SheetRow) -> bool:
    """Return whether a row has gaps between its cells, as titles of groups of columns have."""
    filled = [at for at, cell in enumerate(row.cells) if not is_blank(cell)]
    return filled[-1] - filled[0] >= len(filled)


def _are_titles(rows: Sequence[SheetRow]) -> bool:
    """Return whether rows above a single column are titles, and not cells of the column: words, without a number."""
    return len(rows) <= _MAX_TITLES and not any(_has_digits(row) and " " not in str(row).strip() for row in rows)


def _has_digits(row: SheetRow) -> bool:
    return any(map(str.isdigit, str(row)))


def _titles(row: SheetRow) -> list[Any]:
    texts = ("" if is_blank(cell) else str(cell).strip() for cell in row.cells)
    return [cell if isinstance(cell, Unreadable) else text for cell, text in zip(row.cells, texts, strict=True)]


def _count(row: SheetRow) -> int:
    return sum(not is_blank(cell) for cell in row.cells)


def _has_address(row: SheetRow) -> bool:
    return any(isinstance(cell, str) and _ADDRESS.fullmatch(stripped(cell)) for cell in row.cells)
