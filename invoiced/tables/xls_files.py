"""Old workbooks of Excel (XLS), read with xlrd."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlrd

from .cells import OUT_OF_RANGE, Unreadable, value_of_text
from .number_formats import formatted, formatted_text
from .sheets import Sheet, SheetRow
from .xls_records import needed_records


def read_sheets(file: str, content: bytes) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        TableError: it has a password, or too many sheets, rows or cells.
    """
    records = needed_records(file, content)
    book = xlrd.open_workbook(file_contents=records, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
    return [XlsSheet(book, sheet) for sheet in book.sheets()]


class XlsSheet(Sheet):
    """A sheet of an XLS workbook."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._book, self._sheet = book, sheet
        self.name, self.is_hidden = sheet.name, sheet.visibility != 0

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows."""
        for index in range(self._sheet.nrows):
            info = self._sheet.rowinfo_map.get(index)
            yield SheetRow(index + 1, [*map(self._value, self._sheet.row(index))], bool(info and info.hidden))

    def hidden_columns(self) -> set[int]:
        """Return the numbers of the hidden columns."""
        return {index + 1 for index, info in self._sheet.colinfo_map.items() if info.hidden}

    def _value(self, cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_TEXT:
            value = value_of_text(cell.value)
            return formatted_text(value, self._format_of(cell)) if isinstance(value, str) else value
        if cell.ctype == xlrd.XL_CELL_NUMBER:
            return formatted(cell.value, self._format_of(cell))
        if cell.ctype == xlrd.XL_CELL_DATE:
            return self._moment(cell.value)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return Unreadable(f"the error {xlrd.error_text_from_code.get(cell.value, cell.value)}")
        return None

    def _format_of(self, cell: Any) -> str:
        style = self._book.xf_list[cell.xf_index]
        return str(self._book.format_map[style.format_key].format_str)

    def _moment(self, days: float) -> Any:
        """Return a date, or the time of a cell without a date."""
        try:
            moment = xlrd.xldate.xldate_as_datetime(days, self._book.datemode)
        except (ValueError, OverflowError):
            return OUT_OF_RANGE
        return moment.time() if 0 <= days < 1 else moment
