"""The journal of a run: its rows, and what happened to them, in a file that survives the process.

The journal is an SQLite database. Every event is on disk before the program continues, so that each row keeps its state
(not tried, started or completed) after a `kill -9` or a power failure. The checksum of an event includes that of the
previous event, so that a missing event is detected.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import JournalError
from .journal_format import (
    Damaged,
    body_of,
    can_follow,
    check_row,
    check_tables,
    checksum,
    limit_values,
    parse_event,
    read_description,
)
from .results import RunReport, report_of
from .row_table import RowTable
from .rows import RowEvent

_MIN_SIZE = 512  # bytes: the smallest page of a database


class Journal(RowTable):
    """A journal file. No other process can use it until it is closed.

    Raises:
        JournalError: the file is damaged, in use, or not a journal that the library writes.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_connect(path))
        self.path = path
        self.description: dict[str, Any] = {}
        """Kind, account, content and source of the run."""
        self._event_count = self._last_checksum = 0
        try:
            self._read()
        except (sqlite3.Error, ValueError) as error:
            self.close()
            raise unusable(path, error) from None
        self._file = path.stat()
        _open_journals.add(self)

    def record(self, number: int, event: RowEvent) -> None:
        """Record an event of a row. The event is on disk when this returns.

        Raises:
            JournalError: the journal cannot be written.
        """
        body = body_of(event._replace(at=int(time.time())))
        with self._database() as database:
            position = self._event_count + 1
            sum = checksum(self._last_checksum, position, number, body)
            database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (position, number, body, sum))
            self._apply(position, number, event.state, sum)

    def last(self, number: int) -> RowEvent | None:
        """Return the last event of a row; None if there is no event."""
        query = "SELECT body FROM events WHERE row_number = ? ORDER BY position DESC LIMIT 1"
        with self._database() as database:
            record = database.execute(query, (number,)).fetchone()
        return parse_event(record[0]) if record else None

    def numbers_in(self, *states: str) -> Iterator[int]:
        """Yield the numbers of the rows in these states, in order. Each state is checked when its row is reached."""
        return (number for number, _ in enumerate(self._states, start=1) if self._states[number - 1] in states)

    def is_open_on(self, path: Path) -> bool:
        """Return whether this journal is open, and `path` is its file."""
        return self.close.alive and os.path.samestat(self._file, path.stat())

    def report(self) -> RunReport:
        """Return the progress of the run."""
        return report_of(str(self.path), self.counts())

    def _failure(self, error: sqlite3.Error) -> JournalError:
        return JournalError(
            f"The journal {self.path} cannot be read or written: {problem_of(error)}. The run stopped; requests in "
            "flight may have been processed. To continue, run again with the journal."
        )

    def _read(self) -> None:
        limit_values(self._connection)
        execute = self._connection.execute
        # EXCLUSIVE keeps other processes out until the journal is closed; EXTRA survives a power failure.
        for pragma in ("locking_mode = EXCLUSIVE", "synchronous = EXTRA"):
            execute(f"PRAGMA {pragma}")
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        check_tables(self._connection)
        (verdict,) = execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise Damaged(verdict.splitlines()[-1])
        self.description = read_description(self._connection)
        self._read_states(self.description["count"])
        self._last_checksum = checksum(self.description["run"])  # so that events of another run are detected
        events = execute("SELECT position, row_number, body, checksum FROM events ORDER BY position")
        for position, number, body, sum in events:
            expected = checksum(self._last_checksum, position, number, body)
            if position != self._event_count + 1 or sum != expected:
                raise Damaged(f"event {self._event_count + 1} has a wrong checksum")
            self._apply(position, number, self._checked(number, body).state, sum)

    def _check(self, values: Sequence[Any]) -> None:
        super()._check(values)
        check_row(values)

    def _checked(self, number: object, body: object) -> RowEvent:
        """Return an event that was read, if it can follow the earlier events of its row."""
        event = parse_event(body)
        if type(number) is not int or not 1 <= number <= len(self._states):
            raise Damaged(f"event {self._event_count + 1} is of a row that does not exist")
        if not can_follow(event.state, self._states[number - 1]):
            raise Damaged(f"row {number} cannot be {event.state!r} after {self.state(number)!r}")
        return event

    def _apply(self, position: int, number: int, state: str, sum: int) -> None:
        self._event_count, self._last_checksum = position, sum
        self._states[number - 1] = _INTERNED.setdefault(state, state)


_INTERNED: dict[str, str] = {}
"""One string object per state, by its value."""


def is_journal_at(path: Path) -> bool:
    """Return whether there is a file at a path, where the journal of a new run would be created otherwise.

    Raises:
        JournalError: no file can be there.
    """
    try:
        path.stat()
        return True
    except FileNotFoundError:
        if path.is_symlink():
            problem = "it is a symbolic link to a file that does not exist"
        elif path.absolute().parent.is_dir():
            return False
        else:
            problem = f"there is no folder {path.parent}"
    except OSError as error:
        problem = str(error.strerror)
    raise JournalError(f"The journal {path} cannot be created: {problem}. Nothing was sent.")


_open_journals = weakref.WeakSet[Journal]()
"""The journals of this process, to tell them from those of other processes."""


def _connect(path: Path) -> sqlite3.Connection:
    try:
        # SQLite would turn an empty file into a database. (Reading the file here would release SQLite's lock on it.)
        if path.is_dir():
            raise ValueError("it is a folder. Name a file")
        if path.stat().st_size < _MIN_SIZE:
            raise ValueError("it is empty or truncated")
        address = path.absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise unusable(path, error) from None


def unusable(path: Path, error: Exception) -> JournalError:
    """Return the error of a journal with which no run can start."""
    return JournalError(f"The journal {path} cannot be used: {_problem(path, error)}. Nothing was sent.")


def _problem(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "the file does not exist"
    if "locked" in str(error):
        if any(journal.is_open_on(path) for journal in [*_open_journals]):
            return (
                "this process is using it already. If an earlier run has not ended, close its results: "
                "results.close(). If a plan was not sent, send or delete it"
            )
        return f"another process is using it. If no other process is, {problem_of(error)}"
    return problem_of(error) if isinstance(error, (OSError, sqlite3.Error)) else str(error)


def problem_of(error: Exception) -> str:
    """Return in words why a journal cannot be read or written, and what to do."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if re.search("locked|I/O", str(error)):
        return (
            f"its file system is full, or cannot lock or flush files ({error}): use a folder on a disk of this machine"
        )
    if re.search("unable to open|readonly", str(error)):
        return f"its folder cannot be written ({error})"
    if re.search("malformed|not a database|too big", str(error)):
        return f"it is damaged or not a journal ({error})"
    return str(error)
