"""Sheets in which people note which unknown statements were sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from invoiced.ledger.entries import Entry
from invoiced.ledger.states import SENT, TO_DO
from invoiced.runs.errors import PlanError
from invoiced.runs.reports import Cells, time_text, write_sheet
from invoiced.tables import TableRow, read_table

COLUMNS = ("period", "run", "number", "customer_id", "name", "email", "sent_to", "time", "reason", "sent?")
"""Columns of a sheet. The last one is filled in by hand: yes or no."""

_ANSWERS = {"yes": SENT, "true": SENT, "no": TO_DO, "false": TO_DO}
"""States by what a cell says. Spreadsheets may turn yes into TRUE."""


class Decision(NamedTuple):
    """What was decided for an entry, and why."""

    entry: Entry
    state: str
    reason: str


def write_unknown(
    path: str | PathLike[str], period: str, run: str, entries: Iterable[tuple[Entry, Iterable[str]]]
) -> int:
    """Write a sheet of unknown statements with their addresses, and return their number.

    Raises:
        RunError: it cannot be written, or there is a file already, in which somebody may have noted something.
        ValueError: it has another ending than .xlsx and .csv.
    """
    rows = (_cells(period, run, entry, addresses) for entry, addresses in entries)
    return write_sheet(COLUMNS, rows, Path(path), replace=False)


def read_decisions(
    path: str | PathLike[str], period: str, run: str, entries: Iterable[Entry], reason: str
) -> list[Decision]:
    """Return what a sheet says about unknown statements. Rows in which `sent?` is blank say nothing.

    Raises:
        PlanError: a row cannot be used.
        TableError: the sheet cannot be read.
    """
    known, found, problems = [*entries], dict[str, Decision](), list[str]()
    by_id = {entry.customer_id: entry for entry in known if entry.customer_id}
    by_number = {entry.customer_number: entry for entry in known if entry.customer_number}
    for row in _rows(path):
        try:
            state = _answer(row)
            if state is None:
                continue
            entry = _entry(row, by_id, by_number, f"{period} {run}".strip())
            _check_run(row, period, run, entry)
            if found.setdefault(entry.key, Decision(entry, state, reason)).state != state:
                raise ValueError("an earlier row says the opposite")
        except ValueError as error:
            problems.append(f"Row {row.number}: {error}.")
    if problems:
        raise PlanError(f"{len(problems)} rows of {path} cannot be used; nothing was recorded.", problems)
    return [*found.values()]


def _rows(path: str | PathLike[str]) -> Iterator[TableRow]:
    for row in read_table(path):
        if "sent" not in row:
            raise PlanError(f"{path} has no column sent?, with yes or no. Nothing was recorded.")
        yield row


def _cells(period: str, run: str, entry: Entry, addresses: Iterable[str]) -> Cells:
    customer = (entry.customer_number, entry.customer_id, entry.customer_name, entry.customer_email)
    return (period, run, *customer, ", ".join(addresses), time_text(entry.started_at), entry.reason, None)


def _answer(row: TableRow) -> str | None:
    text = row.text("sent")
    if text is not None and text.lower() not in _ANSWERS:
        raise ValueError(f"sent? is {text!r} (expected yes or no, or nothing if it is not known)")
    return None if text is None else _ANSWERS[text.lower()]


def _entry(row: TableRow, by_id: Mapping[str, Entry], by_number: Mapping[str, Entry], run: str) -> Entry:
    id, number = row.text("customer_id", "id"), row.text("customer_number", "number")
    if not id and not number:
        raise ValueError("no number or customer_id")
    entry = by_id.get(id) if id else by_number.get(number or "")
    if entry is None:
        raise ValueError(f"customer {number or id} has no unknown statement in {run}")
    if number is not None and number != entry.customer_number:
        raise ValueError(f"customer {id} has the number {entry.customer_number}, not {number}")
    return entry


def _check_run(row: TableRow, period: str, run: str, entry: Entry) -> None:
    """Refuse a row of another run, or of another request of the same one."""
    given = (row.text("period") or period, row.text("run") or ("" if "run" in row and "period" in row else run))
    if given != (period, run):
        raise ValueError(f"it is of {' '.join(given).strip()}")
    if (time := row.text("time")) is None:
        return
    try:
        at = int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError):
        raise ValueError(f"time {time!r} is not as it was written") from None
    if at != entry.started_at:
        raise ValueError(f"it is of {time}, but the unknown statement is of {time_text(entry.started_at)}")
