"""Items of lists and data frames: their numbers, and mappings as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .cells import Unreadable, is_blank
from .errors import TableError
from .rows import TableRow


def numbered(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the items of a list or a data frame with their numbers. The rows of a data frame become `TableRow`.

    A row of a table keeps its number, unless an earlier item has it: the rows of two tables, one after the other.

    Raises:
        TableError: a data frame has no rows.
    """
    numbers, last = set[int](), 0
    for item in _records_of(items):
        own = isinstance(item, TableRow) and item.number not in numbers
        number = item.number if own else last + 1
        numbers.add(number)
        last = max(last, number)
        yield number, item


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
    """Yield the items; of a data frame (pandas, Polars), its rows as `TableRow`, with the columns of a named index."""
    if any(name is not None for name in getattr(getattr(items, "index", None), "names", ())):
        items = items.reset_index(allow_duplicates=True)
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
