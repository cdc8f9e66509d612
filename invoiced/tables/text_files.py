"""Delimited text: CSV as spreadsheets, databases and people write it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from .cells import value_of_text
from .errors import TableError
from .headers import find_header
from .sheets import Sheet, SheetRow

_DELIMITERS = ",;\t|"
_DECLARATION = re.compile(r'"?sep=(.)"?[ ]*\r?\n', re.IGNORECASE)
"""The first line of files that some programs write for Excel: `sep=;`."""


class TextSheet(Sheet):
    """A text, split at a delimiter."""

    is_text = True

    def __init__(self, file: str, text: str, delimiter: str, first_row: int) -> None:
        self._file, self._text, self._delimiter, self._first_row = file, text, delimiter, first_row

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows. As in a spreadsheet, blank lines are rows, and a cell can have several lines.

        Raises:
            TableError: quotation marks are missing.
        """
        lines = io.StringIO(self._text, newline="")
        reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._delimiter != "\t", strict=True)
        try:
            for number, cells in enumerate(reader, start=self._first_row):
                yield SheetRow(number, [*map(value_of_text, cells)])
        except csv.Error as error:
            line = reader.line_num + self._first_row - 1
            raise TableError(f"Invalid CSV in {self._file}, line {line}: {error}.") from None


def split_at_delimiter(file: str, text: str) -> TextSheet:
    """Return a text, split at the delimiter with which it has the earliest header, and the widest of them."""
    delimiters, first_row = _DELIMITERS, 1
    if declaration := _DECLARATION.match(text):
        delimiters, first_row, text = declaration[1], 2, text[declaration.end() :]
    return min((TextSheet(file, text, delimiter, first_row) for delimiter in delimiters), key=_rank)


def _rank(sheet: TextSheet) -> tuple[float, int]:
    try:
        header = find_header(sheet.rows(), is_text=True)
    except TableError:  # a wrong delimiter may split quotations
        return float("inf"), 0
    return (header.row, -sum(map(bool, header.names))) if header else (float("inf"), 1)
