"""The journal of a run: what is to be done, and what came of it, in a file that outlives the process.

It is an SQLite database. Every event is on the disk before the program goes on, so that after a `kill -9` or a loss of
power each row is what it was: not tried, begun, or ended. Every row has a checksum, every event also that of the one
before it, because a database checks its own structure but not what it holds.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import weakref
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from .errors import JournalError
from .results import Recipient

_APPLICATION = int.from_bytes(b"INVR", "big")
_SMALLEST = 512  # bytes: a page of a database
_TABLES = (
    "CREATE TABLE run (body TEXT NOT NULL, sum INTEGER)",
    """
    CREATE TABLE tasks (
        row INTEGER PRIMARY KEY, sought TEXT, key TEXT, customer, number TEXT, name TEXT, email TEXT,
        created_at INTEGER, target TEXT, request TEXT NOT NULL, problem TEXT NOT NULL, sum INTEGER
    )
    """,
    "CREATE TABLE events (place INTEGER PRIMARY KEY, row INTEGER NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL)",
    "CREATE INDEX events_by_row ON events (row)",
    f"PRAGMA application_id = {_APPLICATION}",
)
_TASK = "row, sought, key, customer, number, name, email, created_at, target, request, problem"

# The states that are no outcome: how a task is before it is tried, while it is tried, and between two attempts.
TO_DO, STARTED, WAITING = "to do", "started", "waiting"


@dataclass
class Task:
    """One row of a run."""

    row: int
    sought: str | None
    """The field by which its customer is sought; None if there is none, or the customer is at hand."""
    key: str | None
    """The value that is sought."""
    customer: Recipient = field(default_factory=Recipient)
    created_at: int | None = None
    """When the customer was created, which tells it from that of another account."""
    target: str | None = None
    """What it does something to. No two tasks may have the same."""
    request: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    """Why it cannot be done; empty if it can."""


class Event(NamedTuple):
    """What happened to a task."""

    state: str
    key: str | None = None
    """The idempotency key that goes with the request."""
    reason: str = ""
    details: Mapping[str, Any] = {}
    at: int = 0
    """Unix time in seconds."""


class Journal:
    """The tasks of a run and what happened to them. Without a path, a draft that is gone when it is closed.

    Raises JournalError when the file is damaged, in use, or no journal.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.description: dict[str, Any] = {}
        """What run it is: written once, with the tasks."""
        self._lock = threading.Lock()
        self._connection = _connected(path)
        self.close = weakref.finalize(self, self._connection.close)
        self._states: list[str] = [TO_DO]
        """By row; they come from a few strings, so that each costs a pointer."""
        self._last_sum = 0
        try:
            if path is None:
                self._make()
            else:
                self._read()
        except (sqlite3.Error, ValueError) as error:
            self.close()
            raise _unusable(path, error) from None

    def _make(self) -> None:
        for statement in _TABLES:
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def _read(self) -> None:
        execute = self._connection.execute
        # Until it is closed, nobody else has it; EXTRA is what survives a loss of power.
        for pragma in ("locking_mode = EXCLUSIVE", "synchronous = EXTRA"):
            execute(f"PRAGMA {pragma}")
        execute("BEGIN EXCLUSIVE")
        execute("COMMIT")
        if execute("PRAGMA application_id").fetchone() != (_APPLICATION,):
            raise ValueError("it is no journal of a run")
        (verdict,) = execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise ValueError(f"it is damaged: {verdict.splitlines()[-1]}")
        rows = execute("SELECT body, sum FROM run").fetchall()
        if len(rows) != 1 or rows[0][1] != _sum(rows[0][0]):
            raise ValueError("it is damaged: its description is not what was written")
        self.description = json.loads(rows[0][0])
        self._read_tasks()
        self._read_events()

    def _read_tasks(self) -> None:
        count = 0
        for *values, sum in self._connection.execute(f"SELECT {_TASK}, sum FROM tasks ORDER BY row"):
            count += 1
            if values[0] != count or sum != _sum(*values):
                raise ValueError(f"it is damaged: row {count} is not what was written")
            self._states.append("skipped" if values[-1] else TO_DO)
        if count != self.description["count"]:
            raise ValueError(f"it is damaged: it has {count} of {self.description['count']} rows")

    def _read_events(self) -> None:
        events = self._connection.execute("SELECT place, row, body, sum FROM events ORDER BY place")
        for expected, (place, row, body, sum) in enumerate(events, start=1):
            if place != expected or sum != _sum(self._last_sum, place, row, body):
                raise ValueError(f"it is damaged: event {expected} is not what was written")
            self._last_sum = sum
            self._states[row] = _shared(json.loads(body)[0])

    def add(self, task: Task) -> None:
        """Add a task to a draft."""
        self._write_task(f"INSERT INTO tasks ({_TASK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", task)

    def change(self, task: Task) -> None:
        """Replace a task of a draft."""
        self._write_task(f"REPLACE INTO tasks ({_TASK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", task)

    def _write_task(self, statement: str, task: Task) -> None:
        customer = task.customer
        person = (customer.id, customer.number, customer.name, customer.email, task.created_at)
        request = json.dumps(task.request)
        values = (task.row, task.sought, task.key, *person, task.target, request, task.problem)
        self._connection.execute(statement, values)

    def index(self, *columns: str) -> None:
        """Let tasks of a draft be found by these columns."""
        self._connection.execute(f"CREATE INDEX {'_'.join(columns)} ON tasks ({', '.join(columns)})")

    def tasks(self, condition: str = "TRUE", *values: Any) -> Iterator[Task]:
        """The tasks that meet a condition, in order. Those of a draft may be changed meanwhile."""
        last = 0
        while True:
            chosen = f"SELECT {_TASK} FROM tasks WHERE row > ? AND ({condition}) ORDER BY row LIMIT 500"
            with self._lock:
                rows = self._connection.execute(chosen, (last, *values)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from map(_task, rows)

    def distinct(self, *columns: str, condition: str) -> list[tuple[Any, ...]]:
        """The different values that tasks have in these columns."""
        chosen = f"SELECT DISTINCT {', '.join(columns)} FROM tasks WHERE {condition} ORDER BY row"
        with self._lock:
            return self._connection.execute(chosen).fetchall()

    def refuse_repeated(self) -> None:
        """Let those tasks of a draft have a problem that have the target of an earlier one."""
        self.index("target")
        earlier = "SELECT min(row) FROM tasks AS earlier WHERE earlier.target = tasks.target AND earlier.problem = ''"
        for task in self.tasks(f"problem = '' AND row > ({earlier})"):
            first = next(self.tasks("target = ? AND problem = ''", task.target))
            task.problem = f"row {first.row} is about the same"
            self.change(task)

    def finish(self, description: Mapping[str, Any]) -> None:
        """Seal a draft: its tasks are complete."""
        execute = self._connection.execute
        (count,) = execute("SELECT count(*) FROM tasks").fetchone()
        self.description = {**description, "count": count}
        body = json.dumps(self.description)
        execute("INSERT INTO run VALUES (?, ?)", (body, _sum(body)))
        self._connection.create_function("checksum", -1, _sum, deterministic=True)
        execute(f"UPDATE tasks SET sum = checksum({_TASK})")
        execute("DROP INDEX IF EXISTS target")
        execute("DROP INDEX IF EXISTS sought_key")
        execute("COMMIT")
        self._read_tasks()

    def save(self, path: Path) -> Journal:
        """Write a draft to a file, whole or not at all, and answer the journal in it."""
        beside = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            with closing(sqlite3.connect(beside)) as copy:
                self._connection.backup(copy)
            _flush(beside)
            _rename_to_new(beside, path)
        except FileExistsError:
            raise JournalError(f"The journal {path} was made by another process meanwhile. Nothing was sent.") from None
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"The journal {path} cannot be made: {error}. Nothing was sent.") from None
        finally:
            with suppress(OSError):
                beside.unlink()
        _flush(path.absolute().parent)
        return Journal(path)

    def record(self, row: int, event: Event) -> None:
        """Note what happened to a task. It is on the disk when this returns."""
        body = json.dumps(event._replace(at=int(time.time())))
        with self._lock:
            place = self._places() + 1
            sum = _sum(self._last_sum, place, row, body)
            try:
                self._connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (place, row, body, sum))
            except sqlite3.Error as error:
                raise JournalError(f"The journal {self.path} cannot be written: {error}.") from None
            self._last_sum = sum
            self._states[row] = _shared(event.state)

    def _places(self) -> int:
        (last,) = self._connection.execute("SELECT max(place) FROM events").fetchone()
        return last or 0

    def rows_in(self, *states: str) -> Iterator[int]:
        """The rows whose tasks are in one of these states, in order; each is looked at when its turn comes."""
        return (row for row in range(1, len(self._states)) if self._states[row] in states)

    def task(self, row: int) -> Task:
        """The task of a row."""
        return next(self.tasks("row = ?", row))

    def last(self, row: int) -> Event | None:
        """What happened to a task last; None if nothing did."""
        sought = "SELECT body FROM events WHERE row = ? ORDER BY place DESC LIMIT 1"
        with self._lock:
            found = self._connection.execute(sought, (row,)).fetchone()
        return Event(*json.loads(found[0])) if found else None

    def counts(self) -> Counter[str]:
        """Number of tasks by state."""
        return Counter(self._states[1:])


def _connected(path: Path | None) -> sqlite3.Connection:
    """An open database: that of the path, or a temporary one."""
    try:
        # SQLite would make a database of an empty file. (To read it here would take SQLite's lock from it.)
        if path and path.stat().st_size < _SMALLEST:
            raise ValueError("it is empty or cut short")
        address = path.absolute().as_uri() + "?mode=rw" if path else ""
        return sqlite3.connect(address, uri=bool(path), isolation_level=None, timeout=0, check_same_thread=False)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _unusable(path, error) from None


def _unusable(path: Path | None, error: Exception) -> JournalError:
    problem = str(error)
    if isinstance(error, FileNotFoundError):
        problem = "there is no such file"
    elif isinstance(error, sqlite3.Error):
        locked = "locked" in problem
        problem = "another process is using it" if locked else f"it is damaged, or no journal ({problem})"
    return JournalError(f"The journal {path} cannot be used: {problem}. Nothing was sent.")


def _task(values: tuple[Any, ...]) -> Task:
    row, sought, key, *person, created_at, target, request, problem = values
    return Task(row, sought, key, Recipient(*person), created_at, target, json.loads(request), problem)


_STATES: dict[str, str] = {}


def _shared(state: str) -> str:
    """The same string for the same state."""
    return _STATES.setdefault(state, state)


def _sum(*values: Any) -> int:
    # A damaged text may be read as bytes.
    return zlib.crc32(json.dumps(values, default=repr).encode())


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk. Windows has no such thing for folders."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename_to_new(beside: Path, path: Path) -> None:
    """Give a file its name, which nothing may have yet."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(path) from None
        beside.rename(path)
