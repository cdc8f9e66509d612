"""Delimited text: CSV as spreadsheets, databases and people write it."""

from __future__ import annotations

import csv
import operator
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from .bounds import MAX_CELLS, MAX_COLUMNS, MAX_ROW_LENGTH
from .cells import value_of_text
from .errors import TableError, too_large
from .headers import MAX_ROWS, Header, find_header
from .sheets import Sheet, SheetRow

_DELIMITERS = ",;\t|"
_LINE = re.compile(r"[^\r\n]+(\r\n?|\n)?|\r\n?|\n")
_DECLARATION = re.compile(r'"?sep=(.)"?[ ]*\r?\n', re.IGNORECASE)
"""The first line of files that some programs write for Excel: `sep=;`."""

_MARKS = {
    ",": re.compile(r",\S"),
    ";": re.compile(";"),
    "\t": re.compile("\t"),
    "|": re.compile(r"\|"),
    '"': re.compile(r'\w"\w'),
}
"""What shows that a line has a delimiter, or quotation marks around delimiters. In prose, a space follows a comma."""


class TextSheet(Sheet):
    """A text, split at a delimiter."""

    is_text = True

    def __init__(self, file: str, text: str, delimiter: str, first_line: int) -> None:
        self._file, self._text, self._first_line = file, text, first_line
        self.delimiter = delimiter

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows. As in a spreadsheet, blank lines are rows, and a cell can have several lines.

        Raises:
            TableError: quotation marks are missing, or the text has too many cells or too long a row.
        """
        length = count = 0

        def lines() -> Iterator[str]:
            nonlocal length
            for line in _lines(self._text):
                length += len(line)
                if length > MAX_ROW_LENGTH:
                    raise too_large(self._file, MAX_ROW_LENGTH, "characters in a row")
                yield line

        reader = csv.reader(lines(), delimiter=self.delimiter, skipinitialspace=self.delimiter != "\t", strict=True)
        try:
            for number, cells in enumerate(reader, start=1):
                length, count = 0, count + (len(cells) or 1)
                if len(cells) > MAX_COLUMNS:
                    raise too_large(self._file, MAX_COLUMNS, "columns")
                if count > MAX_CELLS:
                    raise too_large(self._file, MAX_CELLS, "cells")
                yield SheetRow(number, [*map(value_of_text, cells)])
        except csv.Error as error:
            line = reader.line_num + self._first_line - 1
            raise TableError(f"Invalid CSV in {self._file}, line {line}: {error}.") from None

    def is_split_wrongly(self, titles: SheetRow) -> bool:
        """Return whether a row of titles, and the line below or a line above it, have another delimiter."""
        cells = [cell for cell in titles.cells if isinstance(cell, str)]
        others = [mark for delimiter, mark in _MARKS.items() if delimiter != self.delimiter]
        seen = [mark for mark in others if any(map(mark.search, cells))]
        at = titles.number - 1
        lines = [*islice(_lines(self._text), at + MAX_ROWS)] if seen else []
        around = [*lines[:at], *islice(filter(str.strip, lines[at + 1 :]), 1)]
        return any(mark.search(line) for mark in seen for line in around)


def _lines(text: str) -> Iterator[str]:
    """Return the lines with their ends. `io.StringIO` would copy the text, with four bytes per character."""
    return map(operator.itemgetter(0), _LINE.finditer(text))


def split_at_delimiter(file: str, text: str) -> TextSheet:
    """Return a text, split at the delimiter with which it has a header, and most rows fit the header.

    Raises:
        TableError: with different delimiters, different rows are the header.
    """
    delimiters, first_line = _DELIMITERS, 1
    if declaration := _DECLARATION.match(text):
        delimiters, first_line, text = declaration[1], 2, text[declaration.end() :]  # no row of a spreadsheet
    sheets = [TextSheet(file, text, delimiter, first_line) for delimiter in delimiters]
    searched = [*_searched(sheets)]
    splits = [_Split.at(sheet, header) for sheet, header in searched if header]
    # A title of one cell is a header at any delimiter.
    splits = [split for split in splits if split.fitting and len(split.header.names) > 1] or splits
    if not splits:
        return searched[0][0] if searched else sheets[0]
    best = max(splits, key=lambda split: split.fitting)
    for other in splits:
        if other.titles() != best.titles() and (other.fitting >= best.fitting or other.narrower > best.narrower):
            raise _ambiguous(file, *sorted((best, other), key=lambda split: split.header.row))
    return best.sheet


class _Split(NamedTuple):
    """A text, split at a delimiter with which it has a header. At a wrong delimiter, few rows fit its header."""

    sheet: TextSheet
    header: Header
    fitting: int
    """Number of rows that are as wide as the header."""
    narrower: int
    """Number of rows with several cells that are at most as wide: some programs omit blank cells at the end."""

    @classmethod
    def at(cls, sheet: TextSheet, header: Header) -> _Split:
        """Return the split, with its first rows counted."""
        widths, widest = list[int](), len(header.names)
        with suppress(TableError):  # is raised when the rows are read
            below = (row.cells for row in islice(sheet.rows(), 2 * MAX_ROWS) if row.number > header.row)
            widths += (len(cells) for cells in below if not header.is_repeated_by(cells))
        return cls(sheet, header, widths.count(widest), sum(1 < width <= widest for width in widths))

    def titles(self) -> tuple[int, Sequence[str]]:
        """Return the number of the header and the names in it, by which the same header at two delimiters is known."""
        return self.header.row, [*filter(None, self.header.names)]


def _searched(sheets: Sequence[TextSheet]) -> Iterator[tuple[TextSheet, Header | None]]:
    """Yield the sheets in which a header can be searched, with their header: a wrong delimiter may split quotations."""
    for sheet in sheets:
        try:
            header = find_header(sheet)
        except TableError:
            continue
        yield sheet, header


def _ambiguous(file: str, first: _Split, second: _Split) -> TableError:
    at, other = first.sheet.delimiter, second.sheet.delimiter
    declarations = " or ".join(f"sep={delimiter}".replace("\t", "(a tab)") for delimiter in (at, other))
    return TableError(
        f"Row {first.header.row} of {file}, split at {at!r}, and row {second.header.row}, split at {other!r}, both look"
        f" like the header. Add a first line with the right one: {declarations}"
    )
