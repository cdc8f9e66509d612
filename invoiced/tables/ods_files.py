"""Workbooks of LibreOffice and compatible programs (ODS).

The libraries that read ODS return the values of cells, without the zeros that a person sees. The file has both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import Element

from .archives import Archive
from .bounds import (
    MAX_CELL_LENGTH,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_OTHER_ELEMENTS,
    MAX_ROW_LENGTH,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_UNPACKED_SIZE,
)
from .cells import OUT_OF_RANGE, WITHOUT_VALUE, Unreadable, value_of_text
from .elements import elements
from .errors import too_large
from .number_formats import shown
from .sheets import Sheet, SheetRow

_HIDDEN = ("collapse", "filter")
_NOT_SHOWN = {"annotation", "tracked-changes", "desc", "title"}


def read_sheets(archive: Archive) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        TableError: they are too large.
    """
    reader = _Reader(archive.file)
    with archive.open_part("content.xml") as part:
        for element, table in elements(archive.file, part, *reader.names, owner="table"):
            reader.read(element, table)
    return [*reader.sheets.values()]


class OdsSheet(Sheet):
    """A sheet of an ODS workbook."""

    def __init__(self, name: str, *, is_hidden: bool) -> None:
        self.name, self.is_hidden = name, is_hidden
        self.last_row = self.last_column = 0
        self.rows_with_value: list[tuple[range, list[Any], bool]] = []
        """Numbers of rows with the same cells, the cells, and whether they are hidden."""
        self._hidden_columns = set[int]()

    def add_columns(self, count: int, *, are_hidden: bool) -> None:
        """Add columns to the right of the others."""
        first, self.last_column = self.last_column + 1, min(self.last_column + count, MAX_COLUMNS)
        if are_hidden:
            self._hidden_columns.update(range(first, self.last_column + 1))

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows that have cells with a value."""
        for numbers, cells, is_hidden in self.rows_with_value:
            yield from (SheetRow(number, cells, is_hidden) for number in numbers)

    def hidden_columns(self) -> set[int]:
        """Return the numbers of the hidden columns."""
        return self._hidden_columns


class _Reader:
    """A reader of the elements of a workbook. What the file has once for many cells counts for each of them."""

    names = ("style", "table-column", "table-row")

    def __init__(self, file: str) -> None:
        self.sheets: dict[Element, OdsSheet] = {}
        self._file = file
        self._hidden_styles = set[str]()
        self._cell_count = self._length = self._other_count = 0

    def read(self, element: Element, table: Element | None) -> None:
        """Read a style, or a column or a row of a sheet."""
        self._other_count += element.tag != "table-row"
        if self._other_count > MAX_OTHER_ELEMENTS:
            raise too_large(self._file, MAX_OTHER_ELEMENTS, "styles and columns")
        if element.tag == "style":
            if any(_attribute(child, "display") == "false" for child in element):
                self._hidden_styles.add(_attribute(element, "name"))
        elif table is not None and _attribute(table, "name"):
            sheet, are_hidden = self._sheet(table), _attribute(element, "visibility") in _HIDDEN
            if element.tag == "table-column":
                sheet.add_columns(_repeated(element, "number-columns-repeated"), are_hidden=are_hidden)
            else:
                self._read_row(sheet, element, are_hidden=are_hidden)

    def _sheet(self, table: Element) -> OdsSheet:
        if table not in self.sheets:
            is_hidden = _attribute(table, "style-name") in self._hidden_styles
            self.sheets[table] = OdsSheet(_attribute(table, "name"), is_hidden=is_hidden)
        if len(self.sheets) > MAX_SHEETS:
            raise too_large(self._file, MAX_SHEETS, "sheets")
        return self.sheets[table]

    def _read_row(self, sheet: OdsSheet, row: Element, *, are_hidden: bool) -> None:
        first, sheet.last_row = sheet.last_row + 1, sheet.last_row + _repeated(row, "number-rows-repeated")
        if cells := self._cells_of(row):
            if sheet.last_row > MAX_ROWS:
                raise too_large(self._file, MAX_ROWS, "rows")
            numbers = range(first, sheet.last_row + 1)
            self._cell_count += len(cells) * len(numbers)
            if self._cell_count > MAX_CELLS:
                raise too_large(self._file, MAX_CELLS, "cells")
            sheet.rows_with_value.append((numbers, cells, are_hidden))

    def _cells_of(self, row: Element) -> list[Any]:
        """Return the values of a row, up to its last cell with a value."""
        cells: list[Any] = []
        blank, length = 0, self._length
        for element in row:
            value, count = self._value(element), _repeated(element, "number-columns-repeated")
            if value is None:
                blank += count
                continue
            if len(cells) + blank + count > MAX_COLUMNS:
                raise too_large(self._file, MAX_COLUMNS, "columns")
            cells += [None] * blank + [value] * count
            blank = 0
            if self._length - length > MAX_ROW_LENGTH:
                raise too_large(self._file, MAX_ROW_LENGTH, "characters in a row")
        return cells

    def _value(self, cell: Element) -> Any:
        text = self._text(cell)
        kinds = [value for key, value in cell.attrib.items() if _local(key) == "value-type"]  # also that of LibreOffice
        if "error" in kinds:
            return Unreadable(f"the error {text}")
        kind = kinds[0] if kinds else ""
        if kind in ("float", "percentage", "currency"):
            number = float(_attribute(cell, "value"))
            if not text:
                return number
            value = value_of_text(text)
            return shown(number, value) if isinstance(value, str) else value
        if kind == "date":
            return _moment(_attribute(cell, "date-value"))
        if kind == "boolean":
            return _attribute(cell, "boolean-value") == "true"
        if not kind and _attribute(cell, "formula"):
            return WITHOUT_VALUE
        return value_of_text(text or _attribute(cell, "string-value"))

    def _text(self, cell: Element) -> str:
        """Return the paragraphs of a cell. The file has many spaces as their number."""
        parts, length = list[str](), 0
        paragraphs = [element for element in cell if element.tag == "p"]
        for at, paragraph in enumerate(paragraphs):
            for part in ("\n" * (at > 0), *_parts(paragraph)):
                length += len(part)
                parts.append(part)
                if length > MAX_CELL_LENGTH:
                    raise too_large(self._file, MAX_CELL_LENGTH, "characters in a cell")
        self._length += length
        if self._length > MAX_UNPACKED_SIZE:
            raise too_large(self._file, MAX_UNPACKED_SIZE, "characters")
        return "".join(parts)


def _moment(text: str) -> date | Unreadable:
    """Return a date, or a date and time without fractions of a second."""
    day, _, time = text.partition("T")
    try:
        return datetime.fromisoformat(f"{day}T{time[:8]}") if time else date.fromisoformat(day)
    except ValueError:
        return OUT_OF_RANGE


def _parts(element: Element) -> Iterator[str]:
    """Yield the text of a paragraph in parts, with its spaces, tabs and line breaks."""
    if element.tag not in _NOT_SHOWN:
        if element.tag == "s":
            yield " " * min(_repeated(element, "c"), MAX_CELL_LENGTH + 1)
        yield {"tab": "\t", "line-break": "\n"}.get(element.tag, "")
        yield element.text or ""
        for child in element:
            yield from _parts(child)
    if element.tag != "p":
        yield element.tail or ""


def _repeated(element: Element, attribute: str) -> int:
    return max(int(_attribute(element, attribute)[:12] or 1), 1)


def _attribute(element: Element, name: str) -> str:
    """Return an attribute of any namespace, or an empty text."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _local(key: str) -> str:
    return key.rpartition("}")[2]
