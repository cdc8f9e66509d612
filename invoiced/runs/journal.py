"""The journal of a run: what is to be done, and what came of it, in a file that outlives the process.

It is an SQLite database. Every event is on the disk before the program goes on, so that after a `kill -9` or a loss of
power each row is what it was: not tried, begun, or ended. The checksum of an event covers that of the one before it, so
that none can vanish.
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
from .row_table import APPLICATION, RowTable, checksum
from .rows import RowEvent

_SMALLEST = 512  # bytes: a page of a database


class Journal(RowTable):
    """The journal in a file, which no other process can use until it is closed.

    Raises:
        JournalError: it is damaged, in use, or no journal.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(_connected(path))
        self.path = path
        self.description: dict[str, Any] = {}
        """What run it is."""
        self._events = self._last_sum = 0
        try:
            self._read()
        except (sqlite3.Error, ValueError) as error:
            self.close()
            raise _unusable(path, error) from None

    def record(self, row: int, event: RowEvent) -> None:
        """Note what happened to a task. It is on the disk when this returns.

        Raises:
            JournalError: it cannot be written.
        """
        body = json.dumps(event._replace(at=int(time.time())))
        with self._lock:
            place = self._events + 1
            sum = checksum(self._last_sum, place, row, body)
            try:
                self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (place, row, body, sum))
            except sqlite3.Error as error:
                raise JournalError(f"The journal {self.path} cannot be written: {error}.") from None
            self._note(place, row, event.state, sum)

    def last(self, row: int) -> RowEvent | None:
        """What happened to a task last; None if nothing did."""
        sought = "SELECT body FROM events WHERE row = ? ORDER BY place DESC LIMIT 1"
        with self._lock:
            found = self._connection.execute(sought, (row,)).fetchone()
        return RowEvent(*json.loads(found[0])) if found else None

    def rows_in(self, *states: str) -> Iterator[int]:
        """The rows whose tasks are in one of these states, in order; each is looked at when its turn comes."""
        return (row for row, _ in enumerate(self._states, start=1) if self._states[row - 1] in states)

    def report(self) -> RunReport:
        """How far the run has come."""
        return report_of(str(self.path), self.counts())

    def _read(self) -> None:
        execute = self._connection.execute
        # Until it is closed, nobody else has it; EXTRA is what survives a loss of power.
        for pragma in ("locking_mode = EXCLUSIVE", "synchronous = EXTRA"):
            execute(f"PRAGMA {pragma}")
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        if execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise ValueError("it is no journal of a run")
        (verdict,) = execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise ValueError(f"it is damaged: {verdict.splitlines()[-1]}")
        rows = execute("SELECT body, sum FROM run").fetchall()
        if len(rows) != 1 or rows[0][1] != checksum(rows[0][0]):
            raise ValueError("it is damaged: its description is not what was written")
        self.description = json.loads(rows[0][0])
        self._read_states(self.description["count"])
        self._last_sum = checksum(self.description["run"])  # the events of another run do not fit
        for place, row, body, sum in execute("SELECT place, row, body, sum FROM events ORDER BY place"):
            if place != self._events + 1 or sum != checksum(self._last_sum, place, row, body):
                raise ValueError(f"it is damaged: event {self._events + 1} is not what was written")
            self._note(place, row, json.loads(body)[0], sum)

    def _note(self, place: int, row: int, state: str, sum: int) -> None:
        self._events, self._last_sum = place, sum
        self._states[row - 1] = _SHARED.setdefault(state, state)


_SHARED: dict[str, str] = {}
"""The same string for the same state."""


def _connected(path: Path) -> sqlite3.Connection:
    try:
        # SQLite would make a database of an empty file. (To read it here would take SQLite's lock from it.)
        if path.stat().st_size < _SMALLEST:
            raise ValueError("it is empty or cut short")
        address = path.absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: Exception) -> JournalError:
    problem = str(error)
    if isinstance(error, FileNotFoundError):
        problem = "there is no such file"
    elif isinstance(error, sqlite3.Error):
        locked = "locked" in problem
        problem = "another process is using it" if locked else f"it is damaged, or no journal ({problem})"
    return JournalError(f"The journal {path} cannot be used: {problem}. Nothing was sent.")
