"""Reports of runs: workbooks and CSV files for people, written from the ledger at any moment."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from os import PathLike
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from invoiced.files import write_atomically
from invoiced.tables import harmless

from .errors import RunError
from .results import Result

COLUMNS = (
    "period",
    "run",
    "row",
    "customer_id",
    "number",
    "name",
    "email",
    "outcome",
    "reason",
    "at",
    "sent_to",
    "details",
    "decided_by",
    "idempotency_key",
)
"""Columns of a report."""

Cells = Sequence[str | int | None]

_TITLE = "Report of invoiced"
"""Title in the properties of a workbook, which tells a report from other workbooks."""
_PROPERTIES, _MAX_PROPERTIES = "docProps/core.xml", 2**16
_HEAD = 1000
"""Characters of an existing file that are read to tell whether it is a report."""
_MAX_CELL = 32_767
"""Characters that a cell of a workbook can have."""
_WIDTH = 20
_WIDE = ("name", "email", "sent_to", "reason", "at", "time", "idempotency_key")


def write_report(rows: Iterable[Cells], path: str | PathLike[str]) -> int:
    """Write a report, and return the number of its rows. An earlier report is replaced.

    Args:
        rows: cells of COLUMNS, from `report_row`.
        path: the file, whose ending says what it is: .xlsx or .csv.

    Raises:
        RunError: it cannot be written, or another file is in its place, which is not replaced.
        ValueError: it has another ending.
    """
    if problem := problem_of_report(Path(path)):
        raise RunError(problem)
    return write_sheet(COLUMNS, rows, Path(path), replace=True)


def report_row(period: str, run: str, result: Result, sent_to: Iterable[str] = ()) -> Cells:
    """Return the cells of a report for a result."""
    customer = result.customer
    who = (customer.id, customer.number, customer.name, customer.email)
    what = (result.outcome, result.reason, time_text(result.at), ", ".join(sent_to), _text_of(result.details))
    return (period, run, result.row, *who, *what, result.decided_by, result.idempotency_key)


def time_text(at: int | None) -> str | None:
    """Return a time in Unix seconds as local time with its offset: 2026-11-30T17:05:09+01:00."""
    return None if at is None else datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")


def problem_of_report(path: Path) -> str | None:
    """Return why a report cannot be written; None if its file is new, or an earlier report.

    Raises:
        ValueError: it has another ending than .xlsx and .csv.
    """
    is_report = {".xlsx": _is_report_workbook, ".csv": _is_report_text}[_ending(path)]
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return f"{path} is a link, a folder or a device. Choose another name."
        if not path.absolute().parent.is_dir():
            return f"Cannot write {path}: there is no folder {path.absolute().parent}."
        if path.exists() and not is_report(path):
            return f"{path} already exists and is not a report. Choose another name."
        with TemporaryFile(dir=path.absolute().parent):  # the file itself is written at once, when it is known
            pass
    except OSError as error:
        return f"Cannot write {path}: {error.strerror}."
    return None


def write_sheet(columns: Sequence[str], rows: Iterable[Cells], path: Path, *, replace: bool) -> int:
    """Write a workbook or a CSV file that only its owner can read. Return the number of rows.

    Raises:
        RunError: it cannot be written, or it exists and `replace` is false.
        ValueError: it has another ending than .xlsx and .csv.
    """
    write: Callable[[Path, Sequence[str], Iterable[Cells]], int]
    write = {".xlsx": _write_workbook, ".csv": _write_text}[_ending(path)]
    try:
        with write_atomically(path, replace=replace) as temporary:
            return write(temporary, columns, rows)
    except FileExistsError:
        raise RunError(f"{path} already exists. Choose another name.") from None
    except OSError as error:
        raise RunError(f"Cannot write {path}: {error.strerror or error}.") from None
    except ModuleNotFoundError:
        raise RunError(f"{path} requires openpyxl: pip install 'invoiced[tables]'. Or write a .csv file.") from None


def _text_of(details: Mapping[str, Any]) -> str:
    """Return a summary of a response as text: `invoice 7, number INV-7`, or the IDs of the messages."""
    emails = [each for each in details.get("emails") or () if isinstance(each, Mapping)]
    messages = [str(id) for each in emails if (id := each.get("message_id") or each.get("id"))]
    pairs = (f"{name} {value}" for name, value in details.items() if isinstance(value, (str, int)))
    return ", ".join([*pairs, *messages])


def _ending(path: Path) -> str:
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise ValueError(f"The name of the file must end in .xlsx or .csv: {path}")
    return path.suffix.lower()


def _write_text(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:  # Excel needs the mark for UTF-8
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
            count += 1
    return count


def _write_workbook(path: Path, columns: Sequence[str], rows: Iterable[Cells]) -> int:
    from openpyxl import Workbook  # loads slowly
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)  # its rows are not kept in memory
    book.properties.title = _TITLE
    sheet = book.create_sheet("Report")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = 2 * _WIDTH if column in _WIDE else _WIDTH

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value.encode(errors="replace").decode())[:_MAX_CELL]
        written = WriteOnlyCell(sheet, text)
        written.data_type = "s"  # and not a formula, whatever it begins with
        return written

    count = 0
    sheet.append([*columns])
    for row in rows:
        sheet.append([*map(cell, row)])
        count += 1
    book.save(path)
    return count


def _is_report_text(path: Path) -> bool:
    with suppress(UnicodeError), path.open(encoding="utf-8-sig") as file:
        return file.readline(_HEAD).strip() in ("", ",".join(COLUMNS))
    return False


def _is_report_workbook(path: Path) -> bool:
    if not path.stat().st_size:
        return True
    with suppress(zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError):
        with zipfile.ZipFile(path) as archive, archive.open(_PROPERTIES) as file:
            return f"<dc:title>{_TITLE}</dc:title>".encode() in file.read(_MAX_PROPERTIES)
    return False
