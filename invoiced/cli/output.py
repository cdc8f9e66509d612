"""Output of records on stdout, as a table, JSON, JSON Lines or CSV."""

from __future__ import annotations

import csv
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import chain, islice
from typing import Any

import click

from invoiced import Object
from invoiced.cli.cells import csv_cell
from invoiced.cli.errors import NotStartedError
from invoiced.cli.json_text import json_text
from invoiced.cli.streams import is_new_file_on_stdout
from invoiced.display.escaping import one_line

Row = Mapping[str, Any]


class Output:
    """The format of a command's output, and its columns; no columns means all fields."""

    def __init__(self, format: str, columns: Sequence[str] = ()) -> None:
        self.format, self.columns = format, columns

    def check(self, fields: Iterable[str]) -> None:
        """Check the columns before a command changes something.

        Raises:
            NotStartedError: a column is not one of the fields.
        """
        self._reject([column for column in self.columns if _field_of(column) not in set(fields)], fields)

    def write_rows(self, rows: Iterable[Row], fields: Sequence[str]) -> None:
        """Write rows as they are yielded. `fields` are the usual fields of a row, in order."""
        rows = self._select_columns(rows, fields)
        if self.format == "table":
            from invoiced.cli.tables import write_table  # loads rich

            write_table(rows, self.columns or fields, chosen=bool(self.columns))
        elif self.format == "csv":
            _write_csv(rows, self.columns or fields)
        elif self.format == "json":
            _write_json(rows)
        else:
            for row in rows:
                _write(json_text(row) + "\n")

    def write_row(self, row: Row, fields: Sequence[str]) -> None:
        """Write a single row; in JSON, as an object instead of an array."""
        if self.format == "csv":
            self.write_rows([row], fields)
            return
        (row,) = self._select_columns([row], fields)
        if self.format == "table":
            from invoiced.cli.tables import write_fields

            write_fields(row)
        else:
            _write(json_text(row) + "\n")

    def _select_columns(self, rows: Iterable[Row], fields: Sequence[str]) -> Iterator[Row]:
        """Yield rows with the chosen columns only. Each column must be one of the fields or in the first row."""
        rows = iter(rows)
        if not self.columns:
            return rows
        first = list(islice(rows, 1))
        known = {*fields, *(first[0] if first else {})}
        self._reject([column for column in self.columns if not {column, _field_of(column)} & known], fields)
        return ({column: value_at(row, column) for column in self.columns} for row in chain(first, rows))

    def _reject(self, unknown: Sequence[str], fields: Iterable[str]) -> None:
        if unknown:
            raise NotStartedError(f"Unknown column {', '.join(unknown)}. Available columns: {', '.join(fields)}.")


def with_output(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--output` and `--columns` to a command; its function gets `output`."""

    @click.option(
        "--output",
        "format",
        type=click.Choice(["table", "json", "jsonl", "csv"]),
        help="Output format. Default: table on a terminal, otherwise jsonl.",
    )
    @click.option("--columns", metavar="NAMES", help="Fields to show, e.g. id,name,metadata.rep.")
    @wraps(function)
    def run(*arguments: Any, format: str | None, columns: str | None, **options: Any) -> Any:
        names = [name.strip() for name in (columns or "").split(",")]
        format = format or ("table" if sys.stdout.isatty() else "jsonl")
        output = Output(format, [name for name in dict.fromkeys(names) if name])
        return function(*arguments, output=output, **options)

    return run


def fields_of(record: type[Object]) -> list[str]:
    """Return the fields of a record class, in the order of the API reference."""
    names = chain.from_iterable(inspect.get_annotations(cls) for cls in reversed(record.__mro__))
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def value_at(row: Row, column: str) -> Any:
    """Return the value of a column, which may be dotted (`metadata.rep`), or None if the row does not have it."""
    if column in row:
        return row[column]
    field, _, rest = column.partition(".")
    nested = row.get(field)
    return value_at(nested, rest) if rest and isinstance(nested, Mapping) else None


def _field_of(column: str) -> str:
    return column.partition(".")[0]


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _write_json(rows: Iterable[Row]) -> None:
    separator = "[\n"
    for row in rows:
        _write(f"{separator}{json_text(row)}")
        separator = ",\n"
    _write("[]\n" if separator == "[\n" else "\n]\n")


def _write_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if is_new_file_on_stdout():
        sys.stdout.write("\ufeff")
    shown = one_line if sys.stdout.isatty() else str
    writer.writerow(map(shown, columns))
    for row in rows:
        writer.writerow([shown(csv_cell(row.get(column))) for column in columns])
        sys.stdout.flush()
