"""A sheet: its rows with their numbers, and what is hidden in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from .cells import is_blank


def shown(cells: Iterable[object]) -> str:
    """Return the beginning of what cells contain."""
    return ", ".join(str(cell) for cell in cells if not is_blank(cell))[:80]


class SheetRow(NamedTuple):
    """A row of a sheet."""

    number: int
    """Number of the row in the sheet, from 1."""
    cells: Sequence[Any]
    """Values of its cells: text, numbers, dates, bools, None, or `Unreadable`."""
    is_hidden: bool = False
    """Whether the row is hidden or filtered away."""

    def is_blank(self) -> bool:
        """Return whether all cells are blank."""
        return all(map(is_blank, self.cells))

    def __str__(self) -> str:
        return shown(self.cells)


class Sheet(ABC):
    """A sheet of a workbook, or a whole text file."""

    name = ""
    """Name of the sheet; empty for a text file."""
    is_text = False
    """Whether the cells were split at a delimiter, so that a stray one would move them."""
    is_hidden = False
    """Whether the sheet is hidden."""

    @abstractmethod
    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows from the beginning. Rows without cells may be omitted."""

    def hidden_columns(self) -> Collection[int]:
        """Return the numbers of the hidden columns, from 1."""
        return ()

    def is_split_wrongly(self, titles: SheetRow) -> bool:
        """Return whether a row of titles, and those around it, seem to have another delimiter."""
        return False


class VisibleSheet(Sheet):
    """What a person sees of a sheet: the rows that are not hidden, in which the cells of hidden columns are None."""

    def __init__(self, whole: Sheet) -> None:
        self.name, self.is_text, self.is_hidden = whole.name, whole.is_text, whole.is_hidden
        self._whole = whole
        self.hidden_rows: dict[int, None] = {}
        """Numbers of the hidden rows that were passed over."""

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows."""
        hidden = self._whole.hidden_columns()
        for row in self._whole.rows():
            if row.is_hidden:
                self.hidden_rows.update({} if row.is_blank() else {row.number: None})
            elif hidden:
                cells = [None if at in hidden else cell for at, cell in enumerate(row.cells, start=1)]
                yield SheetRow(row.number, cells)
            else:
                yield row

    def is_split_wrongly(self, titles: SheetRow) -> bool:
        """Return whether a row of titles, and those around it, seem to have another delimiter."""
        return self._whole.is_split_wrongly(titles)

    def hidden_cells(self, number: int) -> list[Any]:
        """Return the cells of a row that are in hidden columns."""
        hidden = self._whole.hidden_columns()
        cells = next(row.cells for row in self._whole.rows() if row.number == number) if hidden else ()
        return [cell for at, cell in enumerate(cells, start=1) if at in hidden]
