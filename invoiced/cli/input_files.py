"""Reading of rows from CSV, XLSX, JSON Lines or a JSON array.

The format is detected from the content. The header is the first row with a known column name; rows above it are
ignored. In a workbook, the sheet with a header is read.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from invoiced.cli.errors import NotStartedError

Row = dict[str, Any]

_MAX_HEADER_ROW = 20
_XLSX, _XLS, _UTF_16 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", (b"\xff\xfe", b"\xfe\xff")
_ALIASES = {"e_mail": "email", "email_address": "email", "mail": "email", "customer_no": "customer_number"}


def read_rows(file: str, known: Set[str]) -> Iterator[Row]:
    """Yield the rows of a file, or of standard input if it is `-`. Blank rows are omitted.

    Raises:
        NotStartedError: the file cannot be read, or does not have any of the `known` columns.
    """
    try:
        with io.BytesIO(sys.stdin.buffer.read()) if file == "-" else Path(file).open("rb") as stream:
            file = "standard input" if file == "-" else file
            yield from _read_stream(file, stream, known)
    except OSError as error:
        raise NotStartedError(f"Cannot read {file}: {error.strerror}.") from None
    except UnicodeError:
        raise NotStartedError(f"{file} is not UTF-8 text. Save it as CSV UTF-8 or XLSX.") from None
    except csv.Error as error:
        raise NotStartedError(f"Invalid CSV in {file}: {error}.") from None


def _read_stream(file: str, stream: BinaryIO, known: Set[str]) -> Iterator[Row]:
    head = stream.read(4096)
    stream.seek(0)
    if head.startswith(_XLS):
        raise NotStartedError(f"{file} is an old Excel workbook (.xls). Save it as XLSX or CSV.")
    if head.startswith(_XLSX):
        yield from _read_workbook(file, stream, known)
        return
    encoding = "utf-16" if head.startswith(_UTF_16) else "utf-8-sig"
    start = head.decode(encoding, "ignore").lstrip()[:1]
    with io.TextIOWrapper(stream, encoding, newline="") as text:
        yield from _read_json(file, text, start) if start in ("{", "[") else _read_csv(file, text, known)


def _read_csv(file: str, text: io.TextIOWrapper, known: Set[str]) -> Iterator[Row]:
    head = list(islice(text, _MAX_HEADER_ROW))
    for delimiter in ",;\t|":
        if any(known & set(map(_name, cells)) for cells in csv.reader(head, delimiter=delimiter)):
            reader = csv.reader(chain(head, text), delimiter=delimiter, strict=True)
            return _rows_below_header(file, reader, known)
    raise NotStartedError(f"No header row in {file} (expected one of: {', '.join(sorted(known))}).")


def _read_workbook(file: str, stream: BinaryIO, known: Set[str]) -> Iterator[Row]:
    # Imported here because it takes a tenth of a second.
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(stream, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise NotStartedError(f"Invalid XLSX workbook {file}: {error}.") from None
    try:
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # some programs write wrong dimensions
        sheets = [sheet for sheet in workbook.worksheets if _has_header(sheet.iter_rows(values_only=True), known)]
        if len(sheets) > 1:
            names = ", ".join(sheet.title for sheet in sheets)
            raise NotStartedError(f"Several sheets in {file} have a header row: {names}. Keep only one sheet.")
        if not sheets:
            raise NotStartedError(f"No sheet in {file} has a header row (expected one of: {', '.join(sorted(known))}).")
        yield from _rows_below_header(file, sheets[0].iter_rows(values_only=True), known)
    finally:
        workbook.close()


def _has_header(rows: Iterable[Sequence[Any]], known: Set[str]) -> bool:
    return any(known & set(map(_name, cells)) for cells in islice(rows, _MAX_HEADER_ROW))


def _rows_below_header(file: str, rows: Iterable[Sequence[Any]], known: Set[str]) -> Iterator[Row]:
    names: list[str] = []
    for cells in rows:
        if not names:
            candidates = [_name(cell) for cell in cells]
            names = candidates if known & set(candidates) else []
            duplicates = {name for name in names if name and names.count(name) > 1}
            if duplicates:
                raise NotStartedError(f"Duplicate columns in {file}: {', '.join(sorted(duplicates))}.")
            continue
        values = [_value(cell) for cell in cells]
        if any(value is not None for value in values[len(names) :]):
            raise NotStartedError(f"A row in {file} has more cells than the header: {', '.join(map(str, cells))[:80]}")
        if any(value is not None for value in values):
            yield {name: value for name, value in zip(names, values, strict=False) if name}


def _read_json(file: str, text: io.TextIOWrapper, start: str) -> Iterator[Row]:
    try:
        records = json.load(text) if start == "[" else (json.loads(line) for line in text if line.strip())
        for record in records:
            if not isinstance(record, dict):
                raise ValueError("a row is not an object")
            row = {_name(name): value for name, value in record.items()}
            if len(row) < len(record):
                raise ValueError("a row has duplicate names")
            yield row
    except UnicodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise NotStartedError(f"Invalid JSON in {file}: {error}.") from None


def _name(cell: Any) -> str:
    """Return the name of a column in the style of the API: `customer_number` for "Customer Number"."""
    name = re.sub(r"[^0-9a-z]+", "_", str(cell or "").strip().lower()).strip("_")
    return _ALIASES.get(name, name)


def _value(cell: Any) -> Any:
    """Return the value of a cell, or None if it is blank."""
    if isinstance(cell, str):
        return cell.strip() or None
    return cell.isoformat() if isinstance(cell, date) else cell
