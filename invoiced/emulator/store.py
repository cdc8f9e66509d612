"""What the emulator remembers, in SQLite: in memory, or in a file that survives the end of the process."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]

# Written into the head of a data file, so that nothing else is taken for one.
_APPLICATION_ID = int.from_bytes(b"INVD", "big")
_VERSION = 1

_TABLES = f"""
BEGIN;
CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    parent INTEGER REFERENCES records ON DELETE CASCADE,
    body TEXT NOT NULL DEFAULT '{{}}'
);
CREATE INDEX records_by_parent ON records (parent, type);
CREATE UNIQUE INDEX records_by_number ON records (type, json_extract(body, '$.number'));
CREATE TABLE numbers (type TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE balances (
    customer INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    currency TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (customer, currency)
);
CREATE TABLE outbox (position INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE answers (
    credentials TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (credentials, key)
);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class DataFileError(OSError):
    """The data file cannot be used."""


class NumberTaken(Exception):
    """Another record of the type has this number already."""


class Condition(NamedTuple):
    """What must hold of a record, in SQL, and the values bound to it."""

    sql: str
    values: Sequence[Any] = ()


def column(name: str) -> str:
    """The SQL for a property of the records; `name` must come from a schema."""
    return "records.id" if name == "id" else f"json_extract(records.body, '$.{name}')"


class Store:
    """The records of the account, its outbox, balances and remembered answers.

    Everything below `transaction` is called inside one: what it wrote is kept whole or not at all.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = self._open()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One at a time; committed at the end, or undone when an exception leaves it."""
        with self._lock:
            self._connection = self._connection or self._open()
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes the data file; the next transaction opens it again. What is in memory stays."""
        with self._lock:
            if self._path is not None and self._connection is not None:
                self._connection.close()
                self._connection = None

    def add(self, record_type: str, parent: int | None = None) -> int:
        """Adds an empty record, to be written next; answers its ID."""
        added = self._execute("INSERT INTO records (type, parent) VALUES (?, ?)", record_type, parent)
        assert added.lastrowid is not None
        return added.lastrowid

    def write(self, record_id: int, body: Record) -> None:
        """Writes all properties of a record. Raises `NumberTaken`."""
        try:
            self._execute("UPDATE records SET body = ? WHERE id = ?", _text(body), record_id)
        except sqlite3.IntegrityError:
            raise NumberTaken from None

    def find(self, record_type: str, record_id: int, parent: int | None = None) -> Record | None:
        """The record, or None; with `parent`, only if it belongs to it."""
        row = self._execute(
            "SELECT body FROM records WHERE id = ? AND type = ? AND parent IS ?", record_id, record_type, parent
        ).fetchone()
        return _read(row)

    def page(
        self,
        record_type: str,
        parent: int | None = None,
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
        by = ", ".join([*order, "id"])
        # The IDs of the page first: putting whole bodies in order takes three times as long.
        page = f"SELECT id FROM records WHERE {where} ORDER BY {by} LIMIT ? OFFSET ?"
        found = f"SELECT body FROM records WHERE id IN ({page}) ORDER BY {by}"
        return total, [json.loads(body) for (body,) in self._execute(found, *values, limit, offset)]

    def remove(self, record_id: int) -> None:
        """Removes a record, and all that belongs to it."""
        self._execute("DELETE FROM records WHERE id = ?", record_id)

    def next_number(self, record_type: str, prefix: str) -> str:
        """The next number in line, such as CUST-0001, that no record of the type has."""
        row = self._execute("SELECT last FROM numbers WHERE type = ?", record_type).fetchone()
        last = row[0] if row else 0
        taken = f"SELECT 1 FROM records WHERE type = ? AND {column('number')} = ?"
        while True:
            last += 1
            number = f"{prefix}{last:04}"
            if not self._execute(taken, record_type, number).fetchone():
                self._execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", record_type, last)
                return number

    def balance(self, customer: int, currency: str) -> Record | None:
        """The customer's balance in a currency, if one was set."""
        row = self._execute(
            "SELECT body FROM balances WHERE customer = ? AND currency = ?", customer, currency
        ).fetchone()
        return _read(row)

    def set_balance(self, customer: int, currency: str, balance: Record) -> None:
        self._execute("INSERT OR REPLACE INTO balances VALUES (?, ?, ?)", customer, currency, _text(balance))

    def outbox(self) -> list[Record]:
        """The e-mails sent, in order."""
        return [json.loads(body) for (body,) in self._execute("SELECT body FROM outbox ORDER BY position")]

    def post(self, email: Record) -> None:
        """Puts an e-mail in the outbox."""
        self._execute("INSERT INTO outbox (body) VALUES (?)", _text(email))

    def empty_outbox(self) -> None:
        self._execute("DELETE FROM outbox")

    def answer(self, credentials: str, key: str) -> tuple[str, int, str] | None:
        """The request that first used an idempotency key, and the status and body of its answer."""
        row: tuple[str, int, str] | None = self._execute(
            "SELECT request, status, body FROM answers WHERE credentials = ? AND key = ?", credentials, key
        ).fetchone()
        return row

    def remember(self, credentials: str, key: str, request: str, status: int, body: str) -> None:
        """Remembers the first answer to an idempotency key."""
        self._execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", credentials, key, request, status, body)

    def forget(self) -> None:
        """Forgets everything; IDs and numbers start again."""
        for table in ("records", "numbers", "balances", "outbox", "answers", "sqlite_sequence"):
            self._execute(f"DELETE FROM {table}")

    def _execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        assert self._connection is not None
        return self._connection.execute(sql, values)

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path or ":memory:", isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise DataFileError(f"cannot open the data file {self._path}: {error}") from None
        weakref.finalize(self, connection.close)
        try:
            _prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            raise DataFileError(f"cannot use the data file {self._path}: {error}") from None
        return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Makes the tables of a new database. Refuses a damaged one, and one that is not the emulator's."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables and (application, version) != (_APPLICATION_ID, _VERSION):
        raise sqlite3.DatabaseError("it is not a database of this emulator")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)
    connection.execute("PRAGMA foreign_keys = ON")
    # A write-ahead log keeps every committed write when the process is killed, without waiting for the disk.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if not tables:
        connection.executescript(_TABLES)


def _read(row: tuple[str] | None) -> Record | None:
    return None if row is None else dict(json.loads(row[0]))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
