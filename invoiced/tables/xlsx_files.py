"""Workbooks of Excel and compatible programs (XLSX).

openpyxl reads the names of the sheets and the number formats. Of the rows it would tell neither which are hidden, nor
that a formula has no value, and it keeps more of a sheet than a row in memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile
from typing import Any
from xml.etree.ElementTree import Element

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHARED_STRINGS

from .archives import Archive
from .bounds import MAX_CELL_LENGTH, MAX_CELLS, MAX_COLUMNS, MAX_NUMBER_LENGTH, MAX_ROWS, MAX_SHEETS, MAX_TEXTS
from .cells import OUT_OF_RANGE, WITHOUT_VALUE, Unreadable, value_of_text
from .elements import elements
from .errors import TableError, damaged, too_large
from .number_formats import formatted, formatted_text
from .sheets import Sheet, SheetRow

_ASIAN_DATES = (*range(27, 37), *range(50, 59))
"""Numbers of formats for dates that depend on the language, of which openpyxl has none."""

_TRUE = ("1", "true")
_TOO_LONG = Unreadable(f"a number of more than {MAX_NUMBER_LENGTH} digits")


def read_sheets(archive: Archive) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        TableError: it is a Strict Open XML workbook, a sheet is missing, or there are too many.
    """
    book = XlsxBook(archive)
    return [XlsxSheet(book, *sheet) for sheet in book.sheets]


class XlsxBook:
    """What the sheets of a workbook have in common."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        reader: Any = ExcelReader(archive.stream, read_only=True, keep_links=False)
        reader.archive = archive
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what openpyxl does not support, such as validations
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(archive, reader.wb)
            found = [(sheet, relation) for sheet, relation in reader.parser.find_sheets()]
        if len(found) < len(reader.parser.sheets):  # openpyxl does not know the namespace of their references
            raise TableError(f"{archive.file} is a Strict Open XML workbook. Save it as Excel Workbook (.xlsx).")
        if len(found) > MAX_SHEETS:
            raise too_large(archive.file, MAX_SHEETS, "sheets")
        self._book, self._texts = reader.wb, reader.package.find(SHARED_STRINGS)
        self.sheets = [
            (sheet.name, sheet.state, relation.target) for sheet, relation in found if "chartsheet" not in relation.Type
        ]
        """Name, state and part of each sheet. Charts have no rows."""
        for name, _, part in self.sheets:
            if part not in reader.valid_files:
                raise damaged(archive.file, f"the sheet {name} is missing")

    @cached_property
    def texts(self) -> list[str]:
        """The texts that cells share."""
        texts: list[str] = []
        if self._texts is None:
            return texts
        with self.archive.open_part(self._texts.PartName[1:]) as part:
            for element, _ in elements(self.archive.file, part, "si"):
                texts.append(self.text_of(element))
                if len(texts) > MAX_TEXTS:
                    raise too_large(self.archive.file, MAX_TEXTS, "different texts")
        return texts

    def text_of(self, element: Element) -> str:
        """Return a text with the parts of it that have a format of their own, but not how Japanese is pronounced."""
        parts = [part if part.tag == "t" else part.find("t") for part in element if part.tag in ("t", "r")]
        text = "".join([part.text or "" for part in parts if part is not None])
        if len(text) > MAX_CELL_LENGTH:
            raise too_large(self.archive.file, MAX_CELL_LENGTH, "characters in a cell")
        return unescape(text) if "_x" in text else text

    def number_format(self, style: int) -> str:
        """Return the number format of a style."""
        number: int = self._book._cell_styles[style].numFmtId
        if number < BUILTIN_FORMATS_MAX_SIZE:
            return BUILTIN_FORMATS.get(number, "General")
        return str(self._book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])

    def value_of_number(self, number: float, style: int) -> Any:
        """Return a number as it is shown: a date, text, or the number."""
        is_date = style in self._book._date_formats or self._book._cell_styles[style].numFmtId in _ASIAN_DATES
        if not is_date:
            return formatted(number, self.number_format(style))
        try:
            return from_excel(number, self._book.epoch, timedelta=style in self._book._timedelta_formats)
        except (OverflowError, ValueError):
            return OUT_OF_RANGE


class XlsxSheet(Sheet):
    """A sheet of an XLSX workbook."""

    def __init__(self, book: XlsxBook, name: str, state: str, part: str) -> None:
        self._book, self._part, self._file = book, part, book.archive.file
        self.name, self.is_hidden = name, state != "visible"

    @cached_property
    def _hidden_columns(self) -> set[int]:
        hidden = bytearray(MAX_COLUMNS + 1)
        columns = takewhile(lambda element: element.tag == "col", self._elements("col", "row"))
        for count, column in enumerate(columns, start=1):
            if count > MAX_COLUMNS:
                raise too_large(self._file, MAX_COLUMNS, "columns")
            if column.get("hidden") in _TRUE:
                first, last = _position(column.get("min")), min(_position(column.get("max")), MAX_COLUMNS)
                hidden[first : last + 1] = b"\1" * (last + 1 - first)
        return {column for column, is_hidden in enumerate(hidden) if is_hidden}

    def hidden_columns(self) -> set[int]:
        """Return the numbers of the hidden columns."""
        return self._hidden_columns

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows."""
        number = count = 0
        for element in self._elements("row"):
            previous, number = number, _position(element.get("r")) or number + 1
            if number <= previous:
                raise ValueError(f"row {number} is below row {previous}")
            if number > MAX_ROWS:
                raise too_large(self._file, MAX_ROWS, "rows")
            cells = self._cells(element)
            count += max(len(cells), len(element))
            if count > MAX_CELLS:
                raise too_large(self._file, MAX_CELLS, "cells")
            yield SheetRow(number, cells, element.get("hidden") in _TRUE)

    def _elements(self, *names: str) -> Iterator[Element]:
        with self._book.archive.open_part(self._part.removeprefix("/")) as part:
            for element, _ in elements(self._file, part, *names):
                yield element

    def _cells(self, row: Element) -> list[Any]:
        """Return the values of a row, up to its last cell with a value."""
        cells: list[Any] = []
        column = 0
        for cell in row:
            reference, previous = cell.get("r"), column
            column = column_index_from_string(reference.rstrip("0123456789")) if reference else column + 1
            if column > MAX_COLUMNS:
                raise too_large(self._file, MAX_COLUMNS, "columns")
            if column <= previous:
                raise ValueError(f"cell {reference} is to the right of where it belongs")
            value = self._value(cell)
            if value is not None:
                cells += [None] * (column - 1 - len(cells))
                cells.append(value)
        return cells

    def _value(self, cell: Element) -> Any:
        kind, style = cell.get("t", "n"), int(cell.get("s", 0))
        parts = {part.tag: part for part in cell}
        text = parts["v"].text if "v" in parts else None
        if "f" in parts and not text and (kind != "str" or "v" not in parts):
            return WITHOUT_VALUE
        if kind == "inlineStr":
            return self._value_of_text(self._book.text_of(parts["is"]), style) if "is" in parts else None
        if not text:
            return None
        if kind == "n":
            return self._book.value_of_number(_number(text), style) if len(text) <= MAX_NUMBER_LENGTH else _TOO_LONG
        if kind == "s":
            return self._value_of_text(self._book.texts[_position(text)], style)
        if kind == "b":
            return text in _TRUE
        if kind == "e":
            return Unreadable(f"the error {text}")
        if kind == "d":
            return from_ISO8601(text)  # type: ignore[no-untyped-call]
        if len(text) > MAX_CELL_LENGTH:
            raise too_large(self._file, MAX_CELL_LENGTH, "characters in a cell")
        return self._value_of_text(unescape(text), style)

    def _value_of_text(self, text: str, style: int) -> Any:
        value = value_of_text(text.replace("\r\n", "\n").replace("\r", "\n"))
        return formatted_text(value, self._book.number_format(style)) if isinstance(value, str) else value


def _number(text: str) -> float:
    return float(text) if "." in text or "e" in text.lower() else int(text)


def _position(text: str | None) -> int:
    """Return the number of a row, a column or a text; 0 if there is none."""
    number = int((text or "0")[:12])
    if number < 0:
        raise ValueError(f"{number} is not a position")
    return number
