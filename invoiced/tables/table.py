"""A table: the rows of a file, which are read once."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator

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

    def warn_of_unused(self, row: TableRow, used: Collection[str]) -> None:
        """Log the columns of a row that are not used."""
        if unused := [name for name in row if name not in used]:
            note("%s: columns that are not used: %s", self.name, ", ".join(unused)[:200])
