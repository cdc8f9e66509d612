"""Reading of a journal: the rows of its run, and what happened to each of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from .errors import JournalError
from .journal_format import (
    COLUMNS,
    SKIPPED,
    STARTED,
    TO_DO,
    UNKNOWN,
    Damaged,
    Event,
    can_follow,
    check_number,
    check_row,
    check_tables,
    checksum,
    limit_values,
    parse_event,
    read_description,
)

_MIN_SIZE = 512  # bytes: the smallest page of a database
_INTERRUPTED = "the run was interrupted before a response arrived"


class JournalRow(NamedTuple):
    """A row, and its last event."""

    number: int
    lookup_field: str | None
    lookup_value: str | None
    customer_id: int | str | None
    customer_number: str | None
    customer_name: str | None
    customer_email: str | None
    created_at: int | None
    """When the customer was created, in Unix seconds."""
    target: str | None
    """Key of the record to which the row applies, such as the ID of a customer."""
    request: str
    """Parameters of the row's own request, as JSON."""
    problem: str
    """Why the row cannot be processed; empty if it can."""
    state: str = TO_DO
    """`sent`, `failed`, `unknown`, `skipped`, `waiting` (between two attempts) or `to do`. What was started when the
    run ended is unknown."""
    event: Event | None = None
    started_at: int | None = None
    """When its last request was about to leave, in Unix seconds."""


class Journal(NamedTuple):
    """The run that a journal recorded."""

    kind: str
    """Kind of the run, such as `statements`."""
    api_url: str
    """URL of the API to which its requests were sent."""
    content: dict[str, Any]
    """What was sent with each row."""
    rows: list[JournalRow]


def read_journal(path: str | PathLike[str]) -> Journal:
    """Return the run that a journal recorded. The file is not changed, except that SQLite undoes a half-written event.

    Raises:
        JournalError: it is damaged, in use, or not a journal.
    """
    try:
        if Path(path).is_dir():
            raise ValueError("it is a folder. Name a file")
        if Path(path).stat().st_size < _MIN_SIZE:
            raise ValueError("it is empty or truncated")
        address = f"{Path(path).absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)) as connection:
            return _read(connection)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise JournalError(f"The journal {path} cannot be used: {_problem(error)}. Nothing was taken over.") from None


def _read(connection: sqlite3.Connection) -> Journal:
    limit_values(connection)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")  # a run that has not ended keeps others out
    check_tables(connection)
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Damaged(str(verdict).splitlines()[-1])
    description = read_description(connection)
    rows = _read_rows(connection, description["count"])
    _read_events(connection, rows, checksum(description["run"]))
    ended = [
        row._replace(state=UNKNOWN, event=row.event._replace(reason=_INTERRUPTED))
        if row.state == STARTED and row.event
        else row
        for row in rows.values()
    ]
    return Journal(description["kind"], description["account"], description["content"], ended)


def _read_rows(connection: sqlite3.Connection, count: int) -> dict[int, JournalRow]:
    rows = dict[int, JournalRow]()
    for *values, expected in connection.execute(f"SELECT {COLUMNS}, checksum FROM rows ORDER BY number"):
        check_number(values[0])
        check_row(values)
        if expected != checksum(*values):
            raise Damaged(f"row {values[0]} has a wrong checksum")
        row = JournalRow(*values)
        rows[row.number] = row._replace(state=SKIPPED if row.problem else TO_DO)
    if len(rows) != count:
        raise Damaged(f"it has {len(rows)} of {count} rows")
    return rows


def _read_events(connection: sqlite3.Connection, rows: dict[int, JournalRow], last: int) -> None:
    """Apply the events to the rows. The checksum of each includes that of the one before."""
    records = connection.execute("SELECT position, row_number, body, checksum FROM events ORDER BY position")
    for count, (position, number, body, sum) in enumerate(records, start=1):
        if position != count or sum != checksum(last, position, number, body):
            raise Damaged(f"event {count} has a wrong checksum")
        event, last = parse_event(body), sum
        if type(number) is not int or number not in rows:
            raise Damaged(f"event {count} is of a row that does not exist")
        row = rows[number]
        if not can_follow(event.state, row.state):
            raise Damaged(f"row {number} cannot be {event.state!r} after {row.state!r}")
        started_at = event.at if event.state == STARTED else row.started_at
        rows[number] = row._replace(state=event.state, event=event, started_at=started_at)


def _problem(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, sqlite3.Error):
        if "locked" in str(error):
            return "a run is using it. Wait until it has ended"
        return f"it is damaged or not a journal ({error})"
    return str(error)
