"""The rows of a plan: parsed, looked up, and compared with the ledger, in a temporary database."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from invoiced.display.escaping import one_line
from invoiced.ledger.entries import Entry
from invoiced.ledger.states import FAILED, HELD, INVALID, NO_ADDRESS, NOT_ON_THE_LIST, TO_DO

from .errors import RunError
from .rows import DUPLICATE, CustomerRef, Row

_COLUMNS = (
    "number, lookup_field, lookup_value, customer_id, customer_number, customer_name, customer_email, created_at, "
    '"key", request, problem, state, found, attempts'
)
_PLACEHOLDERS = ", ".join("?" * len(_COLUMNS.split(", ")))
_PAGE = 500
_MAX_KEY = 100
_MAX_INTEGER = 2**53

_TABLES = (
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, lookup_field, lookup_value, customer_id, customer_number, "
    'customer_name, customer_email, created_at, "key", request, problem, state, found, attempts)',
    'CREATE TABLE firsts ("key" PRIMARY KEY, number) WITHOUT ROWID',
    'CREATE TABLE entries ("key" PRIMARY KEY, state, customer_number, customer_name, attempts) WITHOUT ROWID',
)


class StagedRows:
    """Rows that can still be changed. Few of them are in memory at a time."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection, self._lock = connection, threading.RLock()
        self.close = weakref.finalize(self, _close, connection, self._lock)
        for statement in (*_TABLES, "BEGIN"):
            self._execute(statement)
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a row."""
        self._execute(f"INSERT INTO rows ({_COLUMNS}) VALUES ({_PLACEHOLDERS})", _values_of(row))

    def update(self, row: Row) -> None:
        """Replace the row with the same number."""
        self._execute(f"REPLACE INTO rows ({_COLUMNS}) VALUES ({_PLACEHOLDERS})", _values_of(row))

    def rows(self, condition: str = "TRUE", *values: Any) -> Iterator[Row]:
        """Yield the rows that match a condition, in order. They may be updated while iterating."""
        last = 0
        while True:
            query = f"SELECT {_COLUMNS} FROM rows WHERE number > ? AND ({condition}) ORDER BY number LIMIT {_PAGE}"
            records = self._execute(query, (last, *values))
            if not records:
                return
            last = records[-1][0]
            yield from map(_row_of, records)

    def index(self, *columns: str) -> None:
        """Create an index on these columns."""
        self._execute(f"CREATE INDEX staged_{'_'.join(columns)} ON rows ({', '.join(map(_quoted, columns))})")

    def distinct(self, *columns: str, condition: str) -> list[tuple[Any, ...]]:
        """Return the distinct values of these columns."""
        names = ", ".join(map(_quoted, columns))
        return self._execute(f"SELECT DISTINCT {names} FROM rows WHERE {condition} ORDER BY number")

    def counts(self) -> dict[str, int]:
        """Return the number of rows by state."""
        return dict(self._execute("SELECT state, count(*) FROM rows GROUP BY state"))

    def set_customers_as_keys(self) -> None:
        """Let the ID of its customer be the key of each row without a problem."""
        self._execute("UPDATE rows SET \"key\" = CAST(customer_id AS TEXT) WHERE problem = ''")

    def set_states(self) -> None:
        """Set the state of rows with a problem, mark duplicates, and give each row a key."""
        self.index("key")
        firsts = 'SELECT "key", min(number) FROM rows WHERE problem = \'\' AND "key" IS NOT NULL GROUP BY "key"'
        self._execute(f"INSERT INTO firsts {firsts}")
        first = 'SELECT number FROM firsts WHERE firsts."key" = rows."key"'
        self._execute(
            f"UPDATE rows SET problem = 'duplicate of row ' || ({first}), state = ?, found = NULL "
            f"WHERE problem = '' AND number > ({first})",
            (DUPLICATE,),
        )
        for row in self.rows("problem != '' AND state = ?", TO_DO):
            row.state = HELD if row.is_held else INVALID
            self.update(row)
        for row in self.rows('"key" IS NULL OR state IN (?, ?)', HELD, INVALID):
            # It is not the entry of its customer, which another row of the list may have.
            row.key = key_of(f"{row.lookup_field or 'row'} {row.lookup_value or row.number}")
            self.update(row)

    def compare(self, entries: Iterable[Entry], reopened: Sequence[str]) -> None:
        """Set the state of rows whose entry was sent, started or decided, unless its state is one of `reopened`.

        Rows that were found in the account, but failed according to the ledger, were processed all the same.
        """
        statement = "INSERT INTO entries VALUES (?, ?, ?, ?, ?)"
        for entry in entries:
            values = (entry.key, entry.state, entry.customer_number, entry.customer_name, entry.attempts)
            self._execute(statement, values)
        known = 'SELECT state FROM entries WHERE entries."key" = rows."key"'
        listed = (TO_DO, HELD, NO_ADDRESS, INVALID, NOT_ON_THE_LIST, *reopened)
        marks = ", ".join("?" * len(listed))
        self._execute(
            f"UPDATE rows SET state = ({known}), found = NULL WHERE state != ? AND ({known}) NOT IN ({marks}) "
            f"AND NOT (found IS NOT NULL AND ({known}) = ?)",
            (DUPLICATE, *listed, FAILED),
        )
        attempts = known.replace("state", "attempts", 1)
        self._execute(f"UPDATE rows SET attempts = coalesce(({attempts}), 0)")

    def absent(self, *states: str) -> Iterator[tuple[str, str | None, str | None, str]]:
        """Yield the key, number, name and state of entries in these states that are not on the list."""
        marks, last = ", ".join("?" * len(states)), ""
        while True:
            records = self._execute(
                'SELECT "key", customer_number, customer_name, state FROM entries WHERE "key" > ? AND state IN '
                f'({marks}) AND "key" NOT IN (SELECT "key" FROM rows) ORDER BY "key" LIMIT {_PAGE}',
                (last, *states),
            )
            if not records:
                return
            last = records[-1][0]
            yield from records

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise RunError(
                    f"The rows do not fit into the temporary folder: {error}. Nothing was sent. Set TMPDIR (Windows: "
                    "TEMP) to a folder that can be written and has room, and start again."
                ) from None


def key_of(text: str) -> str:
    """Return a text as a key. A long one is replaced by its hash."""
    return text if len(text) <= _MAX_KEY and text.isprintable() else sha256(text.encode(errors="replace")).hexdigest()


def _close(connection: sqlite3.Connection, lock: threading.RLock) -> None:
    with lock:  # not while another thread executes a statement
        connection.close()


def _quoted(column: str) -> str:
    return f'"{column}"'


def _values_of(row: Row) -> tuple[Any, ...]:
    created_at = row.created_at if 0 <= (row.created_at or 0) < _MAX_INTEGER else None
    customer = (row.customer.id, row.customer.number, row.customer.name, row.customer.email, created_at)
    request = json.dumps(row.request)
    found = None if row.found is None else json.dumps(row.found)
    lookup = (row.number, row.lookup_field, row.lookup_value)
    return (*lookup, *customer, row.key, request, row.problem, row.state, found, row.attempts)


def _row_of(values: tuple[Any, ...]) -> Row:
    number, lookup_field, lookup_value, *customer, created_at, key, request, problem, state, found, attempts = values
    ref, request = CustomerRef(*customer), json.loads(request)
    found = None if found is None else json.loads(found)
    return Row(
        number, lookup_field, lookup_value, ref, created_at, key, request, one_line(problem), state, found, attempts
    )
