"""A sheet: its rows with their numbers, and what is hidden in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple


class SheetRow(NamedTuple):
    """A row of a sheet."""

    number: int
    """Number of the row in the sheet, from 1."""
    cells: Sequence[Any]
    """Values of its cells: text, numbers, dates, bools, None, or `Unreadable`."""


class Sheet(ABC):
    """A sheet of a workbook, or a whole text file."""

    name = ""
    """Name of the sheet; empty for a text file."""
    is_text = False
    """Whether the cells were split at a delimiter, so that a stray one would move them."""
    is_hidden = False
    """Whether the sheet is hidden."""
    hidden_rows: Collection[int] = ()
    """Numbers of the rows that are hidden or filtered away, from 1."""
    hidden_columns: Collection[int] = ()
    """Numbers of the hidden columns, from 1."""

    @abstractmethod
    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows from the beginning. Rows without cells may be omitted."""

    def visible_rows(self) -> Iterator[SheetRow]:
        """Yield the rows that are not hidden. The cells of hidden columns are None."""
        return (self.without_hidden_columns(row) for row in self.rows() if row.number not in self.hidden_rows)

    def without_hidden_columns(self, row: SheetRow) -> SheetRow:
        """Return a row in which the cells of hidden columns are None."""
        if not self.hidden_columns:
            return row
        cells = [None if at in self.hidden_columns else cell for at, cell in enumerate(row.cells, start=1)]
        return SheetRow(row.number, cells)
