"""Workbooks of Excel and compatible programs (XLSX), read with openpyxl.

openpyxl reads a large sheet row by row. It then tells neither what is hidden, nor that a formula has no value: a pass
over the XML of the sheet does.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from openpyxl.cell import ReadOnlyCell
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import coordinate_to_tuple
from openpyxl.utils.escape import unescape

from .cells import Unreadable, value_of_text
from .errors import TableError
from .number_formats import formatted, formatted_text
from .sheets import Hidden, Sheet, SheetRow


def read_sheets(file: str, stream: BinaryIO) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        TableError: it is a Strict Open XML workbook, or a sheet is missing.
    """
    reader = _Reader(stream, read_only=True, data_only=True, keep_links=False)
    with _without_warnings():
        reader.read()
        parts = {sheet.name: relation.target for sheet, relation in reader.parser.find_sheets()}
    if len(parts) < len(reader.parser.sheets):  # openpyxl does not know the namespace of their references
        raise TableError(f"{file} is a Strict Open XML workbook. Save it as Excel Workbook (.xlsx).")
    for name, part in parts.items():
        if part not in reader.valid_files:
            raise TableError(f"{file} is a damaged workbook: the sheet {name} is missing.")
    return [XlsxSheet(reader, sheet, parts[sheet.title]) for sheet in reader.wb.worksheets]


class _Reader(ExcelReader):
    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Do not read charts, which have no rows."""


class _Marks(NamedTuple):
    """What the XML of a sheet tells in addition to the values of its cells."""

    hidden: Hidden
    without_value: set[tuple[int, int]]
    """Row and column of formulas without a value."""


class XlsxSheet(Sheet):
    """A sheet of an XLSX workbook."""

    def __init__(self, reader: _Reader, sheet: Any, part: str) -> None:
        self._reader, self._sheet, self._part = reader, sheet, part
        self.name, self.is_hidden = sheet.title, sheet.sheet_state != "visible"

    def hidden(self) -> Hidden:
        """Return what is hidden in the sheet."""
        return self._marks.hidden

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows."""
        self._sheet.reset_dimensions()  # some programs write wrong dimensions
        rows = enumerate(self._sheet.iter_rows(), start=1)
        while True:
            with _without_warnings():
                number, cells = next(rows, (0, ()))
            if not number:
                return
            yield SheetRow(number, [self._value(cell, number, at) for at, cell in enumerate(cells, start=1)])

    def _value(self, cell: Any, row: int, column: int) -> Any:
        if (row, column) in self._marks.without_value:
            return Unreadable("a formula without a value: open the workbook and save it")
        if not isinstance(cell, ReadOnlyCell):
            return None
        if cell.data_type == "e":
            return Unreadable(f"the error {cell.value}")
        if isinstance(cell.value, str):
            value = value_of_text(unescape(cell.value).replace("\r\n", "\n").replace("\r", "\n"))
            return formatted_text(value, cell.number_format) if isinstance(value, str) else value
        if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
            return formatted(cell.value, cell.number_format)
        return cell.value

    @cached_property
    def _marks(self) -> _Marks:
        rows, columns, without_value = set[int](), set[int](), set[tuple[int, int]]()
        row = column = 0
        with self._reader.archive.open(self._part.removeprefix("/")) as xml:
            for event, element in iterparse(xml, ("start", "end")):
                name = element.tag.rpartition("}")[2]
                if event == "start" and name == "row":
                    previous, row, column = row, int(element.get("r", row + 1)), 0
                    if row <= previous:
                        raise ValueError(f"row {row} is below row {previous}")  # openpyxl would leave it out
                    if element.get("hidden") in ("1", "true"):
                        rows.add(row)
                elif event == "end" and name == "col" and element.get("hidden") in ("1", "true"):
                    columns.update(range(int(element.get("min", 0)), int(element.get("max", 0)) + 1))
                elif event == "end" and name == "c":
                    reference = element.get("r")
                    column = coordinate_to_tuple(reference)[1] if reference else column + 1
                    if _has_no_value(element):
                        without_value.add((row, column))
                if event == "end" and name in ("c", "row"):
                    element.clear()
        return _Marks(Hidden(rows, columns), without_value)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Suppress the warnings of openpyxl about parts of a workbook that it does not support, such as validations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _has_no_value(cell: Element) -> bool:
    """Return whether a cell has a formula that was never calculated. An empty text is a value of the type `str`."""
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    return "f" in parts and not parts.get("v") and (cell.get("t") != "str" or "v" not in parts)
