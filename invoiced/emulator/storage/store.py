"""Storage of all data in SQLite: in memory, or in a file that outlives the process."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from invoiced.emulator.errors import ApiError
from invoiced.emulator.storage import private_files
from invoiced.emulator.values import exact_json

Record = dict[str, Any]
RecordId = int | str

# Application ID in the header of a data file, to recognize the emulator's files.
_IDENTITY = {"application_id": int.from_bytes(b"INVD", "big"), "user_version": 3}

_SINCE_VERSION_3 = (
    "CREATE INDEX records_by_customer ON records (type, json_extract(body, '$.customer'))",
    "CREATE INDEX records_by_subscription ON records (type, json_extract(body, '$.subscription'))",
    "CREATE TABLE schedule (task TEXT, id, at INTEGER NOT NULL, PRIMARY KEY (task, id)) WITHOUT ROWID",
    "CREATE INDEX schedule_by_time ON schedule (at, task, id)",
    f"PRAGMA user_version = {_IDENTITY['user_version']}",
)
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
    "CREATE UNIQUE INDEX records_by_number ON records (type, json_extract(body, '$.number') COLLATE NOCASE)",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL)",
    f"PRAGMA application_id = {_IDENTITY['application_id']}",
    *_SINCE_VERSION_3,
)

STORED_RESPONSE = "answer"
"""Record type of responses stored by idempotency key, as in existing data files and snapshots."""

# Seconds to wait for another process that writes to the same file.
_LOCK_TIMEOUT_SECONDS = 30
_NUMBERS_TRIED = 100


class DataFileError(OSError):
    """The data file cannot be used."""


class Condition(NamedTuple):
    """Condition on records in SQL, and its bound values."""

    sql: str
    values: Sequence[Any] = ()


class ScheduledTask(NamedTuple):
    """A task for a record at a time in Unix seconds."""

    task: str
    record_id: RecordId
    at: int


def column(name: str) -> str:
    """Return the SQL for a property of records; `name` must come from a schema."""
    return "records.id" if name == "id" else f"json_extract(records.body, '$.{name}')"


class Store:
    """Records by type and ID. A record that belongs to another record has its ID as `parent`.

    The methods below `transaction` are called inside a transaction, which is committed or rolled back as a whole.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._resources = ExitStack()
        self._connection: sqlite3.Connection | None = None
        self._keeps_open = True
        self._after_commit: list[Callable[[], None]] = []
        self._exists = path is not None and path.exists()
        weakref.finalize(self, self._resources.close)
        if path is None or self._exists:
            self.open()
        elif not path.absolute().parent.is_dir():
            raise DataFileError(f"cannot open the data file {path}: its folder does not exist")

    def open(self) -> None:
        """Open the data file, creating it if it does not exist.

        Raises:
            DataFileError: the file cannot be used.
        """
        with self._lock:
            self._keeps_open = True
            self._connect()

    def close(self) -> None:
        """Close the data file. Later transactions open it again. Data in memory is kept."""
        with self._lock:
            self._keeps_open = self._path is None
            self._release()

    @contextmanager
    def transaction(self, *, writes: bool = True) -> Iterator[None]:
        """Run a transaction, one at a time; it is committed at the end, or rolled back if an exception is raised."""
        with self._lock:
            after_commit: list[Callable[[], None]] = []
            self._after_commit = after_commit
            try:
                with self._connect() as connection:
                    connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                    yield
            finally:
                self._release()
        for function in after_commit:
            function()

    def after_commit(self, function: Callable[[], None]) -> None:
        """Call a function once the transaction is committed, and never if it is rolled back."""
        self._after_commit.append(function)

    def next(self, counter: str) -> int:
        """Increment a counter, which starts at 1, and return it."""
        statement = "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1"
        self._execute(statement, counter)
        return int(self._execute("SELECT last FROM counters WHERE name = ?", counter).fetchone()[0])

    def next_number(self, record_type: str, prefix: str) -> str:
        """Return the next unused number of a record type, such as CUST-00001. `ApiError` if the next 100 are taken."""
        taken = f"SELECT 1 FROM records WHERE type = ? AND {column('number')} = ? COLLATE NOCASE"
        for _ in range(_NUMBERS_TRIED):
            number = f"{prefix}{self.next(record_type + ' number'):05}"
            if not self._execute(taken, record_type, number).fetchone():
                return number
        raise ApiError(400, f"The next {_NUMBERS_TRIED} numbers are taken: send one.", "number")

    def add(self, record_type: str, record_id: RecordId, body: Record, parent: RecordId | None = None) -> None:
        """Add a record.

        Raises:
            sqlite3.IntegrityError: another record of the type has the same ID or number.
        """
        values = (record_type, record_id, parent, exact_json.dumps(body))
        self._execute("INSERT INTO records (type, id, parent, body) VALUES (?, ?, ?, ?)", *values)

    def write(self, record_type: str, record_id: RecordId, body: Record) -> None:
        """Replace a record.

        Raises:
            sqlite3.IntegrityError: another record has the same number.
        """
        change = "UPDATE records SET body = ? WHERE type = ? AND id = ?"
        self._execute(change, exact_json.dumps(body), record_type, record_id)

    def rename(self, record_type: str, record_id: RecordId, new_id: RecordId) -> None:
        """Store a record below another ID."""
        self._execute("UPDATE records SET id = ? WHERE type = ? AND id = ?", new_id, record_type, record_id)

    def put(self, record_type: str, record_id: RecordId, body: Record, parent: RecordId | None = None) -> None:
        """Add a record, or replace the one with this ID. The record has no number."""
        self._execute(
            "INSERT INTO records (type, id, parent, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (type, id) DO UPDATE SET body = excluded.body",
            *(record_type, record_id, parent, exact_json.dumps(body)),
        )

    def find(self, record_type: str, record_id: RecordId, parent: RecordId | None = None) -> Record | None:
        """Return the record, or None; with `parent`, only if the record belongs to it."""
        query = "SELECT body FROM records WHERE type = ? AND id = ? AND parent IS ?"
        try:
            row = self._execute(query, record_type, record_id, parent).fetchone()
        except OverflowError:  # No record has an ID beyond SQLite's integers.
            return None
        return row and dict(exact_json.loads(row[0]))

    def get(self, record_type: str, record_id: RecordId) -> Record | None:
        """Return the record with an ID, whatever it belongs to, or None."""
        try:
            row = self._execute("SELECT body FROM records WHERE type = ? AND id = ?", record_type, record_id).fetchone()
        except OverflowError:  # No record has an ID beyond SQLite's integers.
            return None
        return row and dict(exact_json.loads(row[0]))

    def count(self, record_type: str, parent: RecordId | None = None, conditions: Sequence[Condition] = ()) -> int:
        """Return the number of matching records."""
        where, values = _where(record_type, parent, conditions)
        (total,) = self._execute(f"SELECT count(*) FROM records WHERE {where}", *values).fetchone()
        return int(total)

    def sums(
        self, record_type: str, amount: str, groups: Sequence[str], conditions: Sequence[Condition] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the sums of an amount of the matching records, by the values of SQL terms, which come first."""
        where, values = _where(record_type, None, conditions)
        by = ", ".join(groups)
        return self._execute(f"SELECT {by}, sum({amount}) FROM records WHERE {where} GROUP BY {by}", *values).fetchall()

    def changes(self) -> int:
        """Return the number of changes since the data was opened."""
        with self._lock:
            return self._connection.total_changes if self._connection else 0

    def page(
        self,
        record_type: str,
        parent: RecordId | None = None,
        *,
        conditions: Sequence[Condition] = (),
        order: Sequence[str] = (),
        offset: int = 0,
        limit: int = -1,
    ) -> list[Record]:
        """Return at most `limit` of the matching records from `offset` on (-1: all)."""
        where, values = _where(record_type, parent, conditions)
        by = ", ".join([*order, "position"])
        # Select the positions first: sorting whole bodies takes three times as long.
        page = f"SELECT position FROM records WHERE {where} ORDER BY {by} LIMIT ? OFFSET ?"
        found = f"SELECT body FROM records WHERE position IN ({page}) ORDER BY {by}"
        return [exact_json.loads(body) for (body,) in self._execute(found, *values, limit, offset)]

    def order_key(self, record_type: str, record_id: RecordId, id_column: str) -> RecordId:
        """Return the value of the column by which records are in the order of their creation."""
        query = f"SELECT {id_column} FROM records WHERE type = ? AND id = ?"
        key: RecordId = self._execute(query, record_type, record_id).fetchone()[0]
        return key

    def remove(self, record_type: str, record_id: RecordId) -> None:
        """Remove a record and its child records."""
        self._execute("DELETE FROM records WHERE type = ? AND id = ?", record_type, record_id)
        self._execute("DELETE FROM records WHERE parent = ?", record_id)

    def remove_type(self, record_type: str) -> None:
        """Remove all records of a type."""
        self._execute("DELETE FROM records WHERE type = ?", record_type)

    def remove_where(self, record_type: str, condition: Condition) -> None:
        """Remove the records of a type that meet a condition, whatever they belong to."""
        self._execute(f"DELETE FROM records WHERE type = ? AND {condition.sql}", record_type, *condition.values)

    def counters(self) -> list[tuple[str, int]]:
        """Return the counters by name."""
        return self._execute("SELECT name, last FROM counters ORDER BY name").fetchall()

    def set_counter(self, counter: str, last: int) -> None:
        """Set a new counter to `last`.

        Raises:
            sqlite3.IntegrityError: the counter exists already.
        """
        self._execute("INSERT INTO counters VALUES (?, ?)", counter, last)

    def highest_id(self, *, of_events: bool = False) -> int:
        """Return the highest integer ID, or 0: of events, or else of all other records."""
        of_type = "type = 'event'" if of_events else "type <> 'event'"
        query = f"SELECT max(id) FROM records WHERE typeof(id) = 'integer' AND {of_type}"
        (highest,) = self._execute(query).fetchone()
        return highest or 0

    def raise_counter(self, counter: str, last: int) -> None:
        """Raise a counter to at least `last`."""
        statement = (
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)"
        )
        self._execute(statement, counter, last)

    def schedule(self, task: str, record_id: RecordId, at: int | None) -> None:
        """Plan a task for a record at a time in Unix seconds, in place of the time planned before. None cancels it."""
        if at is None:
            self._execute("DELETE FROM schedule WHERE task = ? AND id = ?", task, record_id)
        else:
            statement = "INSERT INTO schedule VALUES (?, ?, ?) ON CONFLICT (task, id) DO UPDATE SET at = excluded.at"
            self._execute(statement, task, record_id, at)

    def next_task(self, until: int) -> ScheduledTask | None:
        """Return the first task that is planned for a time up to `until`, or None."""
        query = "SELECT task, id, at FROM schedule WHERE at <= ? ORDER BY at, task, id LIMIT 1"
        row = self._execute(query, until).fetchone()
        return ScheduledTask(*row) if row else None

    def scheduled(self) -> list[ScheduledTask]:
        """Return all tasks that are planned, in the order of time."""
        rows = self._execute("SELECT task, id, at FROM schedule ORDER BY at, task, id")
        return [ScheduledTask(*row) for row in rows]

    def rows(self) -> Iterator[tuple[str, RecordId, RecordId | None, Record]]:
        """Return the type, ID, parent and body of all records, in the order of their creation."""
        for *row, body in self._execute("SELECT type, id, parent, body FROM records ORDER BY position"):
            yield (*row, exact_json.loads(body))

    def reset(self) -> None:
        """Remove all data; IDs and numbers start again."""
        self._execute("DELETE FROM records")
        self._execute("DELETE FROM counters")
        self._execute("DELETE FROM schedule")

    def _execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        assert self._connection is not None
        return self._connection.execute(sql, values)

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._open()
            except DataFileError:
                raise
            except (sqlite3.Error, OSError) as error:
                self._resources.close()
                problem = error.strerror if isinstance(error, OSError) else error
                raise DataFileError(f"cannot use the data file {self._path}: {problem}") from None
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if self._exists and self._path is not None and not self._path.exists():
            raise DataFileError(f"the data file {self._path} has been removed")
        if self._path is not None:
            private_files.create(self._path)  # SQLite gives its side files the same permissions.
        connection = sqlite3.connect(
            self._path or ":memory:", timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._resources.enter_context(closing(connection))
        self._exists = True
        connection.create_function("lower", 1, _lower, deterministic=True)
        _prepare(connection)
        if self._path is not None:  # It may have been created by an earlier version.
            private_files.tighten(*(Path(f"{self._path}{end}") for end in ("", "-wal", "-shm")))
        return connection

    def _release(self) -> None:
        if not self._keeps_open:
            self._resources.close()
            self._connection = None


def _lower(text: str | None) -> str | None:
    """Return text in lower case, unlike SQLite's own function also of letters such as an umlaut."""
    return None if text is None else text.lower()


def _where(record_type: str, parent: RecordId | None, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """Return the SQL condition of a query, and its bound values."""
    conditions = [Condition("type = ? AND parent IS ?", (record_type, parent)), *conditions]
    values = [value for condition in conditions for value in condition.values]
    return " AND ".join(condition.sql for condition in conditions), values


def _identity(connection: sqlite3.Connection) -> dict[str, int]:
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _IDENTITY}


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the tables of a new database; reject a damaged database, or the database of another program."""
    with connection:
        connection.execute(
            "BEGIN IMMEDIATE"
        )  # If several processes open a new file, only the first creates the tables.
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _TABLES:
                connection.execute(statement)
        elif _identity(connection) == {**_IDENTITY, "user_version": 2}:  # a file of an earlier version
            for statement in _SINCE_VERSION_3:
                connection.execute(statement)
        if _identity(connection) != _IDENTITY:
            raise sqlite3.DatabaseError("it is not a database of this emulator")
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {result.splitlines()[-1]}")
    # A write-ahead log keeps every committed write when the process is killed, without waiting for the disk.
    connection.execute("PRAGMA synchronous = NORMAL")
    for _ in range(_LOCK_TIMEOUT_SECONDS * 100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:  # Other processes may open the same file; SQLite does not wait for them here.
            time.sleep(0.01)
    else:
        raise sqlite3.OperationalError("other processes keep it locked")
