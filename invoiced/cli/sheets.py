"""Rows of a file, by the names in its header: CSV, XLSX, lines of JSON, or a JSON array.

What a file is, its content tells. The header is the first row that has a name that is known, whatever stands above it
and in whatever order its columns are; of a workbook, the sheet counts that has one.
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

from invoiced.cli.failures import NothingDone

Row = dict[str, Any]

_ROWS_ABOVE = 20
_XLSX, _XLS, _UTF_16 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", (b"\xff\xfe", b"\xfe\xff")
_SAME = {"e_mail": "email", "email_address": "email", "mail": "email", "customer_no": "customer_number"}


def rows_of(file: str, known: Set[str]) -> Iterator[Row]:
    """Yield the rows of a file, or of standard input where it is `-`. Rows without any value are left out.

    Raises:
        NothingDone: it cannot be read, or has none of the `known` names.
    """
    try:
        with io.BytesIO(sys.stdin.buffer.read()) if file == "-" else Path(file).open("rb") as stream:
            file = "Standard input" if file == "-" else file
            yield from _of_stream(file, stream, known)
    except OSError as error:
        raise NothingDone(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise NothingDone(f"{file} is no UTF-8 text: save it as CSV UTF-8, or as XLSX.") from None
    except csv.Error as error:
        raise NothingDone(f"{file} cannot be read as CSV: {error}.") from None


def _of_stream(file: str, stream: BinaryIO, known: Set[str]) -> Iterator[Row]:
    head = stream.read(4096)
    stream.seek(0)
    if head.startswith(_XLS):
        raise NothingDone(f"{file} is an old Excel workbook: save it as XLSX or CSV.")
    if head.startswith(_XLSX):
        yield from _of_workbook(file, stream, known)
        return
    encoding = "utf-16" if head.startswith(_UTF_16) else "utf-8-sig"
    start = head.decode(encoding, "ignore").lstrip()[:1]
    with io.TextIOWrapper(stream, encoding, newline="") as text:
        yield from _of_json(file, text, start) if start in ("{", "[") else _of_csv(file, text, known)


def _of_csv(file: str, text: io.TextIOWrapper, known: Set[str]) -> Iterator[Row]:
    above = list(islice(text, _ROWS_ABOVE))
    for delimiter in ",;\t|":
        if any(known & set(map(_name, cells)) for cells in csv.reader(above, delimiter=delimiter)):
            reader = csv.reader(chain(above, text), delimiter=delimiter, strict=True)
            return _below_header(file, reader, known)
    raise NothingDone(f"{file} has no header with any of these: {', '.join(sorted(known))}.")


def _of_workbook(file: str, stream: BinaryIO, known: Set[str]) -> Iterator[Row]:
    # Only now: it takes a tenth of a second, and only workbooks need it.
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(stream, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise NothingDone(f"{file} cannot be read as an XLSX workbook: {error}.") from None
    try:
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # some programs write wrong ones
        sheets = [sheet for sheet in workbook.worksheets if _has_header(sheet.iter_rows(values_only=True), known)]
        if len(sheets) > 1:
            names = ", ".join(sheet.title for sheet in sheets)
            raise NothingDone(f"{file} has several sheets with such a header: {names}. Leave one.")
        if not sheets:
            raise NothingDone(f"{file} has no sheet with a header with any of these: {', '.join(sorted(known))}.")
        yield from _below_header(file, sheets[0].iter_rows(values_only=True), known)
    finally:
        workbook.close()


def _has_header(rows: Iterable[Sequence[Any]], known: Set[str]) -> bool:
    return any(known & set(map(_name, cells)) for cells in islice(rows, _ROWS_ABOVE))


def _below_header(file: str, rows: Iterable[Sequence[Any]], known: Set[str]) -> Iterator[Row]:
    names: list[str] = []
    for cells in rows:
        if not names:
            found = [_name(cell) for cell in cells]
            names = found if known & set(found) else []
            repeated = {name for name in names if name and names.count(name) > 1}
            if repeated:
                raise NothingDone(f"{file} has several columns called {', '.join(sorted(repeated))}.")
            continue
        values = [_value(cell) for cell in cells]
        if any(value is not None for value in values[len(names) :]):
            raise NothingDone(f"{file} has a row with more cells than its header: {', '.join(map(str, cells))[:80]}")
        if any(value is not None for value in values):
            yield {name: value for name, value in zip(names, values, strict=False) if name}


def _of_json(file: str, text: io.TextIOWrapper, start: str) -> Iterator[Row]:
    try:
        records = json.load(text) if start == "[" else (json.loads(line) for line in text if line.strip())
        for record in records:
            if not isinstance(record, dict):
                raise ValueError("a row is no object")
            row = {_name(name): value for name, value in record.items()}
            if len(row) < len(record):
                raise ValueError("a row has a name twice")
            yield row
    except UnicodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise NothingDone(f"{file} cannot be read as lines of JSON: {error}.") from None


def _name(cell: Any) -> str:
    """The name of a column as the API would write it: `customer_number` of "Customer Number"."""
    name = re.sub(r"[^0-9a-z]+", "_", str(cell or "").strip().lower()).strip("_")
    return _SAME.get(name, name)


def _value(cell: Any) -> Any:
    """None of a blank cell."""
    if isinstance(cell, str):
        return cell.strip() or None
    return cell.isoformat() if isinstance(cell, date) else cell
