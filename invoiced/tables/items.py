"""Items of lists and data frames: their numbers, and mappings as rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from .cells import Unreadable, is_blank
from .errors import TableError
from .rows import TableRow
from .table import Table


def numbered(
    items: Iterable[Any], used: Callable[[TableRow], Collection[str]] | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield the items of a list or a data frame with their numbers. The rows of a data frame become `TableRow`.

    A row of a table keeps its number, unless an earlier item has it: the rows of two tables, one after the other.

    Args:
        items: the items.
        used: returns the names of the columns that are used of rows like this one. A table records them, and the others
            are logged when all rows are read.

    Raises:
        TableError: a data frame or a CSV reader has no rows.
    """
    numbers, last = set[int](), 0
    for item in _records_of(items):
        if used and isinstance(items, Table):
            items.record_columns(item, used)
        own = isinstance(item, TableRow) and item.number not in numbers
        number = item.number if own else last + 1
        numbers.add(number)
        last = max(last, number)
        yield number, item
    if used and isinstance(items, Table):
        items.warn_of_unused()


def row_of(item: Mapping[Any, Any], number: int) -> TableRow:
    """Return a mapping as a row, with names of columns in the style of the API.

    Cells without a column, which `csv.DictReader` has below the name None, make the row unreadable: a stray delimiter
    may have moved the others.
    """
    if isinstance(item, TableRow):
        return item
    cells = {name: cell for name, cell in item.items() if name is not None}
    row = TableRow(number, list(cells), cells.values())
    extra = item.get(None)
    if not all(map(is_blank, extra if isinstance(extra, list) else [extra])):
        row.update(dict.fromkeys(row, Unreadable(f"the row has more cells than the header: {extra!r}")))
    return row


def _records_of(items: Any) -> Iterator[Any]:
    """Yield the items; of a data frame (pandas, Polars), its rows as `TableRow`."""
    kind = type(items).__name__
    if kind == "LazyFrame":
        raise TableError("A LazyFrame has no rows yet. Pass what its method collect() returns.")
    is_frame = hasattr(items, "columns") and any(hasattr(items, name) for name in ("itertuples", "iter_rows"))
    item = None
    for item in _rows_of_frame(items) if is_frame else items:
        yield item
    if item is None and (is_frame or isinstance(items, csv.DictReader)):
        raise TableError(f"The {kind} has no rows{'' if is_frame else ', or they were read before'}.")


def _rows_of_frame(frame: Any) -> Iterator[TableRow]:
    """Yield the rows of a data frame that are not blank, with the columns of a named index."""
    if any(name is not None for name in getattr(getattr(frame, "index", None), "names", ())):
        frame = frame.reset_index(allow_duplicates=True)
    titles = list(frame.columns)
    records = frame.itertuples(index=False, name=None) if hasattr(frame, "itertuples") else frame.iter_rows()
    for number, cells in enumerate(records, start=1):
        if not all(map(is_blank, cells)):
            yield TableRow(number, titles, cells)
