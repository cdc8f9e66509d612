"""A table: the rows of a file, which are read once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator

from .bounds import MAX_COLUMNS
from .errors import TableError
from .notes import note
from .rows import TableRow


class Table(Iterator[TableRow]):
    """The rows of a file, read while iterating, once.

    Raises:
        TableError: while iterating: the table cannot be read, or was read before.
    """

    def __init__(self, name: str, rows: Generator[TableRow, None, None]) -> None:
        self.name = name
        """Name of the file in messages."""
        self._rows = rows
        self._ended = False
        self._columns: dict[str, bool] = {}
        """Whether each column is used."""

    @property
    def columns_used(self) -> list[str]:
        """Names of the columns that are used by what reads the rows, in their order. Known after the first row."""
        return [name for name, is_used in self._columns.items() if is_used]

    @property
    def columns_unused(self) -> list[str]:
        """Names of the columns that are not used. In JSON, each row may add columns."""
        return [name for name, is_used in self._columns.items() if not is_used]

    def __iter__(self) -> Table:
        if self._ended:
            raise TableError(
                f"The rows of {self.name} were read before. Call read_table again, or keep them in a list: "
                "list(read_table(...))."
            )
        return self

    def __next__(self) -> TableRow:
        try:
            return next(self._rows)
        except BaseException:
            self._ended = True
            raise

    def __repr__(self) -> str:
        return f"<Table {self.name!r}>"

    def close(self) -> None:
        """Close the file before all rows are read."""
        self._ended = True
        self._rows.close()

    def record_columns(self, row: TableRow, used: Callable[[TableRow], Collection[str]]) -> None:
        """Record the columns of a row, and which of them are used."""
        if not row.keys() <= self._columns.keys() and len(self._columns) < MAX_COLUMNS:
            names = used(row)
            for name in row:
                self._columns.setdefault(name, name in names)

    def warn_of_unused(self) -> None:
        """Log the columns that are not used."""
        if unused := self.columns_unused:
            note("%s: columns that are not used: %s", self.name, ", ".join(unused))
