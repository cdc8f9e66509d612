"""Workbooks of LibreOffice and compatible programs (ODS).

The libraries that read ODS return the values of cells, without the zeros that a person sees. The file has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, iterparse
from zipfile import ZipFile

from .cells import OUT_OF_RANGE, Unreadable, value_of_text
from .number_formats import shown
from .sheets import Hidden, Sheet, SheetRow

_MAX_COLUMNS, _MAX_ROWS = 16_384, 1_048_576
_HIDDEN = ("collapse", "filter")
_NOT_SHOWN = {"annotation", "tracked-changes", "desc", "title"}


def read_sheets(file: str, stream: BinaryIO) -> list[Sheet]:
    """Return the sheets of a workbook."""
    with ZipFile(stream) as archive, archive.open("content.xml") as xml:
        hidden_styles, sheets = set[str](), list[Sheet]()
        for _, element in iterparse(xml):
            name = _local(element.tag)
            if name == "style" and any(_attribute(child, "display") == "false" for child in element):
                hidden_styles.add(_attribute(element, "name"))
            elif name == "table" and _attribute(element, "name"):
                sheets.append(OdsSheet(element, hidden_styles))
        return sheets


class OdsSheet(Sheet):
    """A sheet of an ODS workbook."""

    def __init__(self, table: Element, hidden_styles: set[str]) -> None:
        self.name = _attribute(table, "name")
        self.is_hidden = _attribute(table, "style-name") in hidden_styles
        self._rows, hidden_rows = _rows_of(table)
        self._hidden = Hidden(hidden_rows, _hidden_columns(table))

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows that have cells with a value."""
        return iter(self._rows)

    def hidden(self) -> Hidden:
        """Return what is hidden in the sheet."""
        return self._hidden


def _hidden_columns(table: Element) -> set[int]:
    hidden, number = set[int](), 0
    for column in _elements(table, "table-column"):
        last = min(number + _repeated(column, "number-columns-repeated"), _MAX_COLUMNS)
        if _attribute(column, "visibility") in _HIDDEN:
            hidden.update(range(number + 1, last + 1))
        number = last
    return hidden


def _rows_of(table: Element) -> tuple[list[SheetRow], set[int]]:
    """Return the rows with a value, and the numbers of those that are hidden."""
    rows, hidden, number = list[SheetRow](), set[int](), 0
    for row in _elements(table, "table-row"):
        cells, last = _cells_of(row), min(number + _repeated(row, "number-rows-repeated"), _MAX_ROWS)
        if cells:
            rows += (SheetRow(each, cells) for each in range(number + 1, last + 1))
            if _attribute(row, "visibility") in _HIDDEN:
                hidden.update(range(number + 1, last + 1))
        number = last
    return rows, hidden


def _elements(table: Element, name: str) -> Iterator[Element]:
    return (element for element in table.iter() if _local(element.tag) == name)


def _cells_of(row: Element) -> list[Any]:
    """Return the values of a row, up to its last cell with a value."""
    cells: list[Any] = []
    blank = 0
    for element in row:
        value, count = _value(element), _repeated(element, "number-columns-repeated")
        if value is None:
            blank += count
        else:
            cells += [None] * blank + [value] * count
            blank = 0
        if len(cells) + blank > _MAX_COLUMNS:
            break
    return cells[:_MAX_COLUMNS]


def _value(cell: Element) -> Any:
    text = "\n".join(map(_text, _paragraphs(cell)))
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
        return Unreadable("a formula without a value: open the workbook and save it")
    return value_of_text(text or _attribute(cell, "string-value"))


def _moment(text: str) -> date | Unreadable:
    """Return a date, or a date and time without fractions of a second."""
    day, _, time = text.partition("T")
    try:
        return datetime.fromisoformat(f"{day}T{time[:8]}") if time else date.fromisoformat(day)
    except ValueError:
        return OUT_OF_RANGE


def _paragraphs(cell: Element) -> list[Element]:
    return [element for element in cell if _local(element.tag) == "p"]


def _text(element: Element) -> str:
    """Return the text of a paragraph, with its spaces, tabs and line breaks."""
    name = _local(element.tag)
    if name in _NOT_SHOWN:
        return element.tail or ""
    special = {"s": " " * _repeated(element, "c"), "tab": "\t", "line-break": "\n"}.get(name, "")
    tail = "" if name == "p" else element.tail or ""
    return f"{special}{element.text or ''}{''.join(map(_text, element))}{tail}"


def _repeated(element: Element, attribute: str) -> int:
    return max(int(_attribute(element, attribute) or 1), 1)


def _attribute(element: Element, name: str) -> str:
    """Return an attribute of any namespace, or an empty text."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _local(tag: str) -> str:
    return re.sub(r"^\{.*\}", "", tag)
