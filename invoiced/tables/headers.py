"""The header of a sheet: the row that names the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from .cells import Unreadable, is_blank, stripped
from .column_names import IDENTIFYING, names_of
from .sheets import Sheet, SheetRow

MAX_ROWS = 50
"""Number of rows searched for the header."""

_ADDRESS = re.compile(r"\S+@\S+")


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
        pairs = zip_longest(filter(None, names_of(cells)), filter(None, self.names))
        return all(name == title for name, title in pairs)


def find_header(sheet: Sheet) -> Header | None:
    """Return the header of a sheet: the first row with the name of a column that identifies a customer.

    A row is not a header if a row above it has as many cells: then that row is the header, or both are data. Nor is it
    if it has an address, or if it is a single cell above a wider header: then it is the title of the
    table.
    """
    above: list[SheetRow] = []
    header: Header | None = None
    for row in islice((row for row in sheet.rows() if not row.is_blank()), MAX_ROWS):
        names = [*names_of(row.cells)]
        is_header = bool(IDENTIFYING & set(names)) and not _has_address(row) and not sheet.is_split_wrongly(row)
        if header:
            return Header(row.number, names, _titles(row), above) if is_header and _count(row) > 1 else header
        if is_header and not all(_count(each) == 1 or _count(each) < _count(row) for each in above):
            return None
        above.append(row)
        if is_header:
            header = Header(row.number, names, _titles(row), above[:-1])
            if _count(row) > 1:
                return header
    return header


def _titles(row: SheetRow) -> list[Any]:
    texts = ("" if is_blank(cell) else str(cell).strip() for cell in row.cells)
    return [cell if isinstance(cell, Unreadable) else text for cell, text in zip(row.cells, texts, strict=True)]


def _count(row: SheetRow) -> int:
    return sum(not is_blank(cell) for cell in row.cells)


def _has_address(row: SheetRow) -> bool:
    return any(isinstance(cell, str) and _ADDRESS.fullmatch(stripped(cell)) for cell in row.cells)
