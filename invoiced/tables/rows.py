"""Rows of tables, and the items of lists and data frames as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from .cells import Unreadable, is_blank, text_of
from .column_names import column_name
from .errors import TableError


class TableRow(dict[str, Any]):
    """The cells of a row, by the name of their column in the style of the API: `customer_number`."""

    number: int
    """Number of the row in its sheet or file, from 1."""

    def __init__(self, number: int, titles: Sequence[object], cells: Iterable[Any]) -> None:
        names, twins = _names_of(tuple(map(str, titles)))
        super().__init__((name, cell) for name, cell in zip(names, cells, strict=False) if name)
        self.update(twins)
        self.number = number

    def text(self, *columns: str) -> str | None:
        """Return the text in the first of these columns that is not blank, or None.

        Raises:
            ValueError: a cell is unreadable, its value is not text, a number, a date or a bool, or two of the columns
                contradict each other.
        """
        texts: dict[str, str] = {}
        for column in columns:
            try:
                text = text_of(self.get(column))
            except ValueError as error:
                raise ValueError(f"{column}: {error}") from None
            if text is not None:
                texts[text] = column
        if len(texts) > 1:
            contradiction = ", ".join(f"{column} is {text!r}" for text, column in texts.items())
            raise ValueError(f"columns that contradict each other: {contradiction}")
        return next(iter(texts), None)


def numbered(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the items of a list or a data frame with their numbers. Mappings become rows.

    Raises:
        TableError: a data frame has no rows.
    """
    last = 0
    for item in _records_of(items):
        # The rows of two tables, one after the other, may have the same numbers.
        last = max(last + 1, item.number) if isinstance(item, TableRow) else last + 1
        yield last, item


def row_of(item: Mapping[Any, Any], number: int) -> TableRow:
    """Return a mapping as a row, with names of columns in the style of the API."""
    return item if isinstance(item, TableRow) else TableRow(number, list(item), item.values())


def _records_of(items: Any) -> Iterator[Any]:
    """Yield the items; of a data frame (pandas, Polars), its rows as `TableRow`."""
    read = getattr(items, "itertuples", None) or getattr(items, "iter_rows", None)
    if read is None or not hasattr(items, "columns"):
        yield from items
        return
    titles, count = list(items.columns), 0
    records = read(index=False, name=None) if hasattr(items, "itertuples") else read()
    for count, cells in enumerate(records, start=1):
        if not all(map(is_blank, cells)):
            yield TableRow(count, titles, cells)
    if not count:
        raise TableError("The data frame has no rows.")


@lru_cache(maxsize=16)
def _names_of(titles: tuple[str, ...]) -> tuple[Sequence[str], Mapping[str, Unreadable]]:
    """Return the names of columns, and a cell for each name that several of them have."""
    titles_by_name: dict[str, list[str]] = {}
    names = [column_name(title) for title in titles]
    for name, title in zip(names, titles, strict=True):
        titles_by_name.setdefault(name, []).append(title)
    return names, {
        name: Unreadable(f"two columns have this name ({', '.join(map(repr, twins))})")
        for name, twins in titles_by_name.items()
        if name and len(twins) > 1
    }
