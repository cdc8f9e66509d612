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

    def __init__(self, file: str, text: str, delimiter: str) -> None:
        self._file, self._text, self._delimiter = file, text, delimiter

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows. As in a spreadsheet, blank lines are rows, and a cell can have several lines.

        Raises:
            TableError: quotation marks are missing.
        """
        declaration = _DECLARATION.match(self._text)
        lines = io.StringIO(self._text[declaration.end() :] if declaration else self._text, newline="")
        reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._delimiter != "\t", strict=True)
        try:
            for number, cells in enumerate(reader, start=2 if declaration else 1):
                yield SheetRow(number, [*map(value_of_text, cells)])
        except csv.Error as error:
            line = reader.line_num + bool(declaration)
            raise TableError(f"Invalid CSV in {self._file}, line {line}: {error}.") from None


def split_at_delimiter(file: str, text: str) -> TextSheet:
    """Return a text, split at the delimiter with which it has the earliest header, and the widest of them."""
    declaration = _DECLARATION.match(text)
    sheets = [TextSheet(file, text, delimiter) for delimiter in (declaration[1] if declaration else _DELIMITERS)]
    return min(sheets, key=_rank)


def _rank(sheet: TextSheet) -> tuple[float, int]:
    try:
        header = find_header(sheet.rows(), is_text=True)
    except TableError:  # a wrong delimiter may split quotations
        return float("inf"), 0
    return (header.row, -sum(map(bool, header.names))) if header else (float("inf"), 1)
