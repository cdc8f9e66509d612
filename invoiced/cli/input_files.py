"""The argument and the options of commands that read a table from a file or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast

import click

from invoiced.cli.errors import NotStartedError
from invoiced.tables import Table, read_table

ReadTable = Callable[[str], Table]
"""A function that returns the rows of a file."""


def with_table(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for reading a table to a command; its function gets `read`, which takes the file."""

    @click.option("--sheet", metavar="NAME", help="Sheet of the workbook. Default: the only one with a header.")
    @click.option(
        "--encoding",
        metavar="NAME",
        help="Encoding of a text file, e.g. cp1250. Default: UTF-8 or UTF-16, otherwise Windows-1252.",
    )
    @click.option("--include-hidden", is_flag=True, help="Also read hidden rows, columns and sheets of a workbook.")
    @wraps(function)
    def run(*arguments: Any, sheet: str | None, encoding: str | None, include_hidden: bool, **options: Any) -> Any:
        def read(file: str) -> Table:
            is_standard_input = file == "-"
            return read_table(
                _standard_input() if is_standard_input else file,
                name="standard input" if is_standard_input else file,
                sheet=sheet,
                encoding=encoding,
                include_hidden=include_hidden,
            )

        return function(*arguments, read=read, **options)

    return run


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise NotStartedError("Cannot read standard input: it is closed.")
    return cast(BinaryIO, sys.stdin.buffer)
