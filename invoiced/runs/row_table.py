"""The tasks of a run as they are kept: in an SQLite database, each with a checksum.

A database checks its own structure, but not what it holds.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .rows import SKIPPED, TO_DO, CustomerRef, Row

APPLICATION = int.from_bytes(b"INVR", "big")
COLUMNS = "row, sought, key, customer, number, name, email, created_at, target, request, problem"
TABLES = (
    "CREATE TABLE run (body TEXT NOT NULL, sum INTEGER)",
    """
    CREATE TABLE tasks (
        row INTEGER PRIMARY KEY, sought TEXT, key TEXT, customer, number TEXT, name TEXT, email TEXT,
        created_at INTEGER, target TEXT, request TEXT NOT NULL, problem TEXT NOT NULL, sum INTEGER
    )
    """,
    "CREATE TABLE events (place INTEGER PRIMARY KEY, row INTEGER NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL)",
    "CREATE INDEX events_by_row ON events (row)",
    f"PRAGMA application_id = {APPLICATION}",
)


class RowTable:
    """The tasks in a database that is open until `close`, and their states."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.close = weakref.finalize(self, _close, connection, self._lock)
        self._states: list[str] = []
        """By row, from 1; they come from a few strings, so that each costs a pointer."""

    def tasks(self, condition: str = "TRUE", *values: Any) -> Iterator[Row]:
        """The tasks that meet a condition, in order. They may be changed meanwhile."""
        last = 0
        while True:
            chosen = f"SELECT {COLUMNS} FROM tasks WHERE row > ? AND ({condition}) ORDER BY row LIMIT 500"
            with self._lock:
                rows = self._connection.execute(chosen, (last, *values)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from map(_task, rows)

    def task(self, row: int) -> Row:
        """The task of a row."""
        return next(self.tasks("row = ?", row))

    def state(self, row: int) -> str:
        """The state of the task of a row."""
        return self._states[row - 1]

    def counts(self) -> Counter[str]:
        """Number of tasks by state."""
        return Counter(self._states)

    def _read_states(self, count: int) -> None:
        """Read the tasks that were written.

        Raises:
            ValueError: there are not so many, or one has changed.
        """
        self._states = []
        for *values, sum in self._connection.execute(f"SELECT {COLUMNS}, sum FROM tasks ORDER BY row"):
            self._states.append(SKIPPED if values[-1] else TO_DO)
            if values[0] != len(self._states) or sum != checksum(*values):
                raise ValueError(f"it is damaged: row {len(self._states)} is not what was written")
        if len(self._states) != count:
            raise ValueError(f"it is damaged: it has {len(self._states)} of {count} rows")


def _close(connection: sqlite3.Connection, lock: threading.RLock) -> None:
    with lock:  # amid no statement of another thread
        connection.close()


def checksum(*values: Any) -> int:
    """By which a change of these values is noticed. A damaged text may be read as bytes."""
    return zlib.crc32(json.dumps(values, default=repr).encode())


def values_of(task: Row) -> tuple[Any, ...]:
    """A task as a row of the table."""
    one = task.customer
    customer = (one.id, one.number, one.name, one.email, task.created_at)
    return (task.row, task.sought, task.key, *customer, task.target, json.dumps(task.request), task.problem)


def _task(values: tuple[Any, ...]) -> Row:
    row, sought, key, *customer, created_at, target, request, problem = values
    return Row(row, sought, key, CustomerRef(*customer), created_at, target, json.loads(request), problem)
