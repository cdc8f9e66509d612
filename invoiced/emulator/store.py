"""What the emulator remembers, in SQLite: in memory, or in a file that survives the end of the process."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from invoiced.emulator import exact

Record = dict[str, Any]
RecordId = int | str

# Written into the head of a data file, so that nothing else is taken for one.
_IDENTITY = {"application_id": int.from_bytes(b"INVD", "big"), "user_version": 2}

_TABLES = (
    """
    CREATE TABLE records (
        position INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        id NOT NULL,
        parent,
        body TEXT NOT NULL,
        UNIQUE (type, id)
    )
    """,
    "CREATE INDEX records_by_parent ON records (parent, type)",
    "CREATE UNIQUE INDEX records_by_number ON records (type, json_extract(body, '$.number'))",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL)",
    *(f"PRAGMA {name} = {value}" for name, value in _IDENTITY.items()),
)

# How long to wait for another process that writes to the same file.
_PATIENCE_SECONDS = 30


class DataFileError(OSError):
    """The data file cannot be used."""


class Condition(NamedTuple):
    """What must hold of a record, in SQL, and the values bound to it."""

    sql: str
    values: Sequence[Any] = ()


def column(name: str) -> str:
    """The SQL for a property of the records; `name` must come from a schema."""
    return "records.id" if name == "id" else f"json_extract(records.body, '$.{name}')"


class Store:
    """The records of the account by type and ID. What belongs to another record has that one as `parent`.

    Everything below `transaction` is called inside one: what it wrote is kept whole or not at all.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._connection: sqlite3.Connection | None = None
        self._stays_open = True
        self._exists = path is not None and path.exists()
        weakref.finalize(self, self._opened.close)
        if path is None or self._exists:
            self.open()
        elif not path.absolute().parent.is_dir():
            raise DataFileError(f"cannot open the data file {path}: its folder does not exist")

    def open(self) -> None:
        """Open the data file, which is made when it is new.

        Raises:
            DataFileError: it cannot be used.
        """
        with self._lock:
            self._stays_open = True
            self._connected()

    def close(self) -> None:
        """Close the data file; further transactions open it for themselves. What is in memory stays."""
        with self._lock:
            self._stays_open = self._path is None
            self._release()

    @contextmanager
    def transaction(self, *, writes: bool = True) -> Iterator[None]:
        """One at a time; committed at the end, or undone when an exception leaves it."""
        with self._lock:
            try:
                with self._connected() as connection:
                    connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                    yield
            finally:
                self._release()

    def next(self, counter: str) -> int:
        """Count one further, from 1 on."""
        further = "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1"
        self._execute(further, counter)
        return int(self._execute("SELECT last FROM counters WHERE name = ?", counter).fetchone()[0])

    def next_number(self, record_type: str, prefix: str) -> str:
        """The next number in line, such as CUST-0001, that no record of the type has."""
        taken = f"SELECT 1 FROM records WHERE type = ? AND {column('number')} = ?"
        while True:
            number = f"{prefix}{self.next(f'{record_type} number'):04}"
            if not self._execute(taken, record_type, number).fetchone():
                return number

    def add(self, record_type: str, record_id: RecordId, body: Record, parent: RecordId | None = None) -> None:
        """Add a record.

        Raises:
            sqlite3.IntegrityError: the type has a record with the ID or the number of this one.
        """
        values = (record_type, record_id, parent, exact.written(body))
        self._execute("INSERT INTO records (type, id, parent, body) VALUES (?, ?, ?, ?)", *values)

    def write(self, record_type: str, record_id: RecordId, body: Record) -> None:
        """Replace a record.

        Raises:
            sqlite3.IntegrityError: another has the number of this one.
        """
        change = "UPDATE records SET body = ? WHERE type = ? AND id = ?"
        self._execute(change, exact.written(body), record_type, record_id)

    def find(self, record_type: str, record_id: RecordId, parent: RecordId | None = None) -> Record | None:
        """The record, or None; with `parent`, only if it belongs to it."""
        sought = "SELECT body FROM records WHERE type = ? AND id = ? AND parent IS ?"
        try:
            row = self._execute(sought, record_type, record_id, parent).fetchone()
        except OverflowError:  # An ID beyond the numbers of SQLite is not the ID of any record.
            return None
        return row and dict(exact.read(row[0]))

    def page(
        self,
        record_type: str,
        parent: RecordId | None = None,
        *,
        conditions: Sequence[Condition] = (),
        order: Sequence[str] = (),
        offset: int = 0,
        limit: int = -1,
    ) -> tuple[int, list[Record]]:
        """How many records meet the conditions, and those from `offset` on, at most `limit` (-1: all)."""
        conditions = [Condition("type = ? AND parent IS ?", (record_type, parent)), *conditions]
        where = " AND ".join(condition.sql for condition in conditions)
        values = [value for condition in conditions for value in condition.values]
        (total,) = self._execute(f"SELECT count(*) FROM records WHERE {where}", *values).fetchone()
        by = ", ".join([*order, "position"])
        # The places of the page first: putting whole bodies in order takes three times as long.
        page = f"SELECT position FROM records WHERE {where} ORDER BY {by} LIMIT ? OFFSET ?"
        found = f"SELECT body FROM records WHERE position IN ({page}) ORDER BY {by}"
        return total, [exact.read(body) for (body,) in self._execute(found, *values, limit, offset)]

    def remove(self, record_type: str, record_id: RecordId) -> None:
        """Remove a record, and all that belongs to it."""
        self._execute("DELETE FROM records WHERE type = ? AND id = ?", record_type, record_id)
        self._execute("DELETE FROM records WHERE parent = ?", record_id)

    def forget(self, record_type: str) -> None:
        """Remove all records of a type."""
        self._execute("DELETE FROM records WHERE type = ?", record_type)

    def counters(self) -> list[tuple[str, int]]:
        """What is counted, and how far."""
        return self._execute("SELECT name, last FROM counters ORDER BY name").fetchall()

    def count_from(self, counter: str, last: int) -> None:
        """Count on from `last`.

        Raises:
            sqlite3.IntegrityError: it counts already.
        """
        self._execute("INSERT INTO counters VALUES (?, ?)", counter, last)

    def highest_id(self) -> int:
        """The highest ID that is a number; 0 when there is none."""
        (highest,) = self._execute("SELECT max(id) FROM records WHERE typeof(id) = 'integer'").fetchone()
        return highest or 0

    def count_at_least(self, counter: str, last: int) -> None:
        """Count on from `last`, if it is not that far yet."""
        further = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)"
        self._execute(further, counter, last)

    def rows(self) -> Iterator[tuple[str, RecordId, RecordId | None, Record]]:
        """The type, ID, parent and body of all records, in the order in which they were made."""
        for *row, body in self._execute("SELECT type, id, parent, body FROM records ORDER BY position"):
            yield (*row, exact.read(body))

    def reset(self) -> None:
        """Forget everything; IDs and numbers start again."""
        self._execute("DELETE FROM records")
        self._execute("DELETE FROM counters")

    def _execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        assert self._connection is not None
        return self._connection.execute(sql, values)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._open()
            except sqlite3.Error as error:
                self._opened.close()
                raise DataFileError(f"cannot use the data file {self._path}: {error}") from None
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if self._exists and self._path is not None and not self._path.exists():
            raise DataFileError(f"the data file {self._path} has been removed")
        connection = sqlite3.connect(
            self._path or ":memory:", timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._opened.enter_context(closing(connection))
        self._exists = True
        _prepare(connection)
        return connection

    def _release(self) -> None:
        if not self._stays_open:
            self._opened.close()
            self._connection = None


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new database, and refuse a damaged one, and one that is not the emulator's."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")  # Of those that open a new file at once, one makes the tables.
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _TABLES:
                connection.execute(statement)
        if any(connection.execute(f"PRAGMA {name}").fetchone() != (value,) for name, value in _IDENTITY.items()):
            raise sqlite3.DatabaseError("it is not a database of this emulator")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {verdict.splitlines()[-1]}")
    # A write-ahead log keeps every committed write when the process is killed, without waiting for the disk.
    connection.execute("PRAGMA synchronous = NORMAL")
    for _ in range(_PATIENCE_SECONDS * 100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:  # Others open the same file. SQLite does not wait for them here.
            time.sleep(0.01)
    else:
        raise sqlite3.OperationalError("others keep it locked")
