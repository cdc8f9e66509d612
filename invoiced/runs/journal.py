"""The journal of a run: its rows, and what happened to them, in a file that survives the process.

The journal is an SQLite database. Every event is on disk before the program continues, so that each row keeps its state
(not tried, started or completed) after a `kill -9` or a power failure. The checksum of an event includes that of the
previous event, so that a missing event is detected.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import JournalError
from .results import RunReport, report_of
from .row_table import APPLICATION_ID, RowTable, checksum
from .rows import RowEvent

_MIN_SIZE = 512  # bytes: the smallest page of a database


class Journal(RowTable):
    """A journal file. No other process can use it until it is closed.

    Raises:
        JournalError: the file is damaged, in use, or not a journal.
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
            raise _unusable(path, error) from None

    def record(self, number: int, event: RowEvent) -> None:
        """Record an event of a row. The event is on disk when this returns.

        Raises:
            JournalError: the journal cannot be written.
        """
        body = json.dumps(event._replace(at=int(time.time())))
        with self._lock:
            position = self._event_count + 1
            sum = checksum(self._last_checksum, position, number, body)
            try:
                self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (position, number, body, sum))
            except sqlite3.Error as error:
                raise JournalError(f"The journal {self.path} cannot be written: {error}.") from None
            self._apply(position, number, event.state, sum)

    def last(self, number: int) -> RowEvent | None:
        """Return the last event of a row; None if there is no event."""
        query = "SELECT body FROM events WHERE row_number = ? ORDER BY position DESC LIMIT 1"
        with self._lock:
            record = self._connection.execute(query, (number,)).fetchone()
        return RowEvent(*json.loads(record[0])) if record else None

    def numbers_in(self, *states: str) -> Iterator[int]:
        """Yield the numbers of the rows in these states, in order. Each state is checked when its row is reached."""
        return (number for number, _ in enumerate(self._states, start=1) if self._states[number - 1] in states)

    def report(self) -> RunReport:
        """Return the progress of the run."""
        return report_of(str(self.path), self.counts())

    def _read(self) -> None:
        execute = self._connection.execute
        # EXCLUSIVE keeps other processes out until the journal is closed; EXTRA survives a power failure.
        for pragma in ("locking_mode = EXCLUSIVE", "synchronous = EXTRA"):
            execute(f"PRAGMA {pragma}")
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        if execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise ValueError("it is not a journal")
        (verdict,) = execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise ValueError(f"it is damaged ({verdict.splitlines()[-1]})")
        records = execute("SELECT body, checksum FROM run").fetchall()
        if len(records) != 1 or records[0][1] != checksum(records[0][0]):
            raise ValueError("it is damaged (its description has a wrong checksum)")
        self.description = json.loads(records[0][0])
        self._read_states(self.description["count"])
        self._last_checksum = checksum(self.description["run"])  # so that events of another run are detected
        events = execute("SELECT position, row_number, body, checksum FROM events ORDER BY position")
        for position, number, body, sum in events:
            expected = checksum(self._last_checksum, position, number, body)
            if position != self._event_count + 1 or sum != expected:
                raise ValueError(f"it is damaged (event {self._event_count + 1} has a wrong checksum)")
            self._apply(position, number, json.loads(body)[0], sum)

    def _apply(self, position: int, number: int, state: str, sum: int) -> None:
        self._event_count, self._last_checksum = position, sum
        self._states[number - 1] = _INTERNED.setdefault(state, state)


_INTERNED: dict[str, str] = {}
"""One string object per state, by its value."""


def _connect(path: Path) -> sqlite3.Connection:
    try:
        # SQLite would turn an empty file into a database. (Reading the file here would release SQLite's lock on it.)
        if path.stat().st_size < _MIN_SIZE:
            raise ValueError("it is empty or truncated")
        address = path.absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: Exception) -> JournalError:
    problem = str(error)
    if isinstance(error, FileNotFoundError):
        problem = "the file does not exist"
    elif isinstance(error, sqlite3.Error):
        locked = "locked" in problem
        problem = "another process is using it" if locked else f"it is damaged or not a journal ({problem})"
    return JournalError(f"The journal {path} cannot be used: {problem}. Nothing was sent.")
