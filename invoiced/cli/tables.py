"""Tables for terminals, written page by page with the column widths of the first page."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from invoiced.cli.cells import cell
from invoiced.cli.streams import unescaped
from invoiced.display.escaping import one_line

Row = Mapping[str, Any]

ROWS_PER_PAGE = 100
MAX_WIDTH, MIN_WIDTH = 40, 6
FIRST_OF_DOCUMENTS = ("id", "number", "customer", "status", "date", "total", "balance", "currency")
"""The first columns of documents, which are invoices, credit notes and estimates: they fit into 80 characters."""
GAP = 2
MAX_LENGTH = 400
"""Number of characters of a cell that are read: combining characters have no width, so that any number would fit."""


def write_table(rows: Iterable[Row], columns: Sequence[str], *, chosen: bool) -> None:
    """Write rows below a header, no wider than the terminal.

    `chosen` columns are made narrower until they fit. Otherwise, empty and nested columns are omitted, then columns
    from the end until the rest fits; a list of documents starts with what they are about.
    """
    console = _console()
    pages = _pages(rows)
    first = next(pages, [])
    widths = _widths(first, columns if chosen else _non_empty_columns(first, _in_order(columns)))
    widths = _shrink_columns(widths, console.width) if chosen else _drop_columns(widths, console.width)
    console.print(_table(first, widths, header=True, plain=console.no_color))
    for page in pages:
        console.print(_table(page, widths, header=False, plain=console.no_color))


def write_fields(row: Row) -> None:
    """Write one field per line."""
    console = _console()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, GAP, 0, 0))
    lines = [(one_line(name), one_line(cell(value))) for name, value in row.items()]
    name_width = min(max((cell_len(name) for name, _ in lines), default=0), max(console.width // 2, 1))
    table.add_column(width=name_width, no_wrap=True, style="" if console.no_color else "bold")
    table.add_column(overflow="fold")
    for name, value in lines:
        table.add_row(Text(name), Text(value))
    console.print(table)


def write_wrapped_table(rows: Iterable[Row], columns: Sequence[str], wrapped: Collection[str]) -> None:
    """Write rows below a header, and wrap long texts in the columns `wrapped`."""
    console = _console()
    style = "" if console.no_color else "bold"
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style=style)
    for column in columns:
        table.add_column(Text(one_line(column)), no_wrap=column not in wrapped)
    for row in rows:
        table.add_row(*(Text(_text(row, column)) for column in columns))
    console.print(table)


def _console() -> Console:
    console = Console(file=unescaped(sys.stdout), highlight=False, markup=False, emoji=False)
    console.width = max(console.width, 2)
    return console


def _pages(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while page := list(islice(rows, ROWS_PER_PAGE)):
        yield page


def _text(row: Row, column: str) -> str:
    text = one_line(cell(row.get(column)))
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"


def _in_order(columns: Sequence[str]) -> Sequence[str]:
    """Return the columns of a table, those of documents with the most important ones first."""
    if not {"number", "total"} <= {*columns}:
        return columns
    first = [column for column in FIRST_OF_DOCUMENTS if column in columns]
    return [*first, *(column for column in columns if column not in first)]


def _non_empty_columns(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Return the columns with a value, but no nested value, in these rows; all columns if there are no rows."""
    if not rows:
        return list(columns)
    values = {column: [row.get(column) for row in rows] for column in columns}
    return [
        column
        for column, cells in values.items()
        if any(value not in (None, "") for value in cells)
        and not any(isinstance(value, (dict, list)) for value in cells)
    ]


def _widths(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, int]:
    texts = {column: [one_line(column), *(_text(row, column) for row in rows)] for column in columns}
    return {column: min(max(map(cell_len, cells)), MAX_WIDTH) for column, cells in texts.items()}


def _total_width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _drop_columns(widths: dict[str, int], available: int) -> dict[str, int]:
    """Drop columns from the end until the rest fits. Keep at least one."""
    while len(widths) > 1 and _total_width(widths) > available:
        widths.popitem()
    return {column: min(width, available) for column, width in widths.items()}


def _shrink_columns(widths: dict[str, int], available: int) -> dict[str, int]:
    """Make the widest columns narrower until all fit. Drop columns only if all have the minimum width."""
    while _total_width(widths) > available:
        widest = max(widths, key=lambda column: widths[column])
        if widths[widest] <= MIN_WIDTH:
            return _drop_columns(widths, available)
        widths[widest] -= 1
    return widths


def _table(rows: Sequence[Row], widths: Mapping[str, int], *, header: bool, plain: bool) -> Table:
    style = "" if plain else "bold"
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, GAP, 0, 0), header_style=style)
    for column, width in widths.items():
        table.add_column(Text(one_line(column)), width=width, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(_text(row, column)) for column in widths))
    return table
