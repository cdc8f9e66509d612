"""How records are written to stdout: as a table, as JSON, as lines of JSON, or as CSV."""

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
from invoiced.cli.failures import NothingDone
from invoiced.cli.json_text import json_text

Row = Mapping[str, Any]


class Output:
    """The form that a command's records are written in: `format`, and `columns`, which may be empty for all."""

    def __init__(self, format: str, columns: Sequence[str] = ()) -> None:
        self.format, self.columns = format, columns

    def check(self, fields: Iterable[str]) -> None:
        """Check the columns before a command changes something.

        Raises:
            NothingDone: a column is none of the fields.
        """
        self._refuse([column for column in self.columns if _head(column) not in set(fields)], fields)

    def write_rows(self, rows: Iterable[Row], fields: Sequence[str]) -> None:
        """Write each row as it comes. `fields` are those that rows have as a rule, in their order."""
        rows = self._with_columns(rows, fields)
        if self.format == "table":
            from invoiced.cli.tables import write_table

            write_table(rows, self.columns or fields, chosen=bool(self.columns))
        elif self.format == "csv":
            _write_csv(rows, self.columns or fields)
        elif self.format == "json":
            _write_json(rows)
        else:
            for row in rows:
                _write(json_text(row) + "\n")

    def write_row(self, row: Row, fields: Sequence[str]) -> None:
        """Write a single row; in JSON it is an object and no array."""
        if self.format == "csv":
            self.write_rows([row], fields)
            return
        (row,) = self._with_columns([row], fields)
        if self.format == "table":
            from invoiced.cli.tables import write_fields

            write_fields(row)
        else:
            _write(json_text(row) + "\n")

    def _with_columns(self, rows: Iterable[Row], fields: Sequence[str]) -> Iterator[Row]:
        """The rows with the chosen columns. One that is no field must be in the first row."""
        rows = iter(rows)
        if not self.columns:
            return rows
        first = list(islice(rows, 1))
        known = {*fields, *(first[0] if first else {})}
        self._refuse([column for column in self.columns if not {column, _head(column)} & known], fields)
        return ({column: value_at(row, column) for column in self.columns} for row in chain(first, rows))

    def _refuse(self, unknown: Sequence[str], fields: Iterable[str]) -> None:
        if unknown:
            raise NothingDone(f"There is no column {', '.join(unknown)}. There are: {', '.join(fields)}.")


def with_output(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--output` and `--columns`, and its function `output`."""

    @click.option(
        "--output",
        "format",
        type=click.Choice(["table", "json", "jsonl", "csv"]),
        help="Default: table on a terminal, jsonl elsewhere.",
    )
    @click.option("--columns", metavar="NAMES", help="Fields to show, as id,name,metadata.rep.")
    @wraps(function)
    def run(*arguments: Any, format: str | None, columns: str | None, **options: Any) -> Any:
        names = [name.strip() for name in (columns or "").split(",")]
        format = format or ("table" if sys.stdout.isatty() else "jsonl")
        output = Output(format, [name for name in dict.fromkeys(names) if name])
        return function(*arguments, output=output, **options)

    return run


def fields_of(record: type[Object]) -> list[str]:
    """The fields that records of a class have, in the order of the API's reference."""
    names = chain.from_iterable(inspect.get_annotations(cls) for cls in reversed(record.__mro__))
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def value_at(row: Row, column: str) -> Any:
    """The value of a column, whose name may be dotted: `metadata.rep`. None if the row does not have it."""
    if column in row:
        return row[column]
    head, _, rest = column.partition(".")
    nested = row.get(head)
    return value_at(nested, rest) if rest and isinstance(nested, Mapping) else None


def _head(column: str) -> str:
    return column.partition(".")[0]


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _write_json(rows: Iterable[Row]) -> None:
    between = "[\n"
    for row in rows:
        _write(f"{between}{json_text(row)}")
        between = ",\n"
    _write("[]\n" if between == "[\n" else "\n]\n")


def _write_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
        sys.stdout.flush()


def cell(value: Any) -> str:
    """A value as a single text: JSON but for texts, which are themselves, and None, which is empty."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)
