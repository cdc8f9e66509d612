"""Storage of rows: an SQLite database with a checksum per row.

SQLite checks the structure of a database, but not its content.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from invoiced.display.escaping import one_line

from .errors import JournalError
from .journal_format import COLUMNS, Damaged, check_number, checksum
from .rows import SKIPPED, TO_DO, CustomerRef, Row


class RowTable(ABC):
    """Rows and their states, in a database that is open until `close` is called."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.close = weakref.finalize(self, _close, connection, self._lock)
        self._states: list[str] = []
        """States by row number, from 1; empty for numbers without a row. Equal states are the same string, so that each
        row takes only a pointer."""

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """Use the database in one thread at a time.

        Raises:
            JournalError: it cannot be read or written.
        """
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise self._failure(error) from None

    @abstractmethod
    def _failure(self, error: sqlite3.Error) -> JournalError:
        """Return the error that says that the database cannot be read or written, and what to do."""

    def rows(self, condition: str = "TRUE", *values: Any) -> Iterator[Row]:
        """Yield the rows that match a condition, in order. They may be updated while iterating."""
        last = 0
        while True:
            query = f"SELECT {COLUMNS} FROM rows WHERE number > ? AND ({condition}) ORDER BY number LIMIT 500"
            with self._database() as database:
                records = database.execute(query, (last, *values)).fetchall()
            if not records:
                return
            last = records[-1][0]
            yield from map(_row_of, records)

    def row(self, number: int) -> Row:
        """Return a row."""
        return next(self.rows("number = ?", number))

    def state(self, number: int) -> str:
        """Return the state of a row."""
        return self._states[number - 1]

    def counts(self) -> Counter[str]:
        """Return the number of rows by state."""
        return Counter(filter(None, self._states))

    def _check(self, values: Sequence[Any]) -> None:
        """Check the values of a row."""
        check_number(values[0])

    def _read_states(self, count: int) -> None:
        """Read the initial states of the rows, and verify the checksums.

        Raises:
            ValueError: rows are missing or invalid, or a row was changed.
        """
        self._states, found = [], 0
        for *values, expected in self._connection.execute(f"SELECT {COLUMNS}, checksum FROM rows ORDER BY number"):
            self._check(values)
            number = values[0]
            if expected != checksum(*values):
                raise Damaged(f"row {number} has a wrong checksum")
            found += 1
            self._states.extend(repeat("", number - 1 - len(self._states)))
            self._states.append(SKIPPED if values[-1] else TO_DO)
        if found != count:
            raise Damaged(f"it has {found} of {count} rows")


def _close(connection: sqlite3.Connection, lock: threading.RLock) -> None:
    with lock:  # not while another thread executes a statement
        connection.close()


def values_of(row: Row) -> tuple[Any, ...]:
    """Return the values of COLUMNS for a row."""
    customer = (row.customer.id, row.customer.number, row.customer.name, row.customer.email, row.created_at)
    return (row.number, row.lookup_field, row.lookup_value, *customer, row.target, json.dumps(row.request), row.problem)


def _row_of(values: tuple[Any, ...]) -> Row:
    number, lookup_field, lookup_value, *customer, created_at, target, request, problem = values
    ref = CustomerRef(*customer)
    return Row(number, lookup_field, lookup_value, ref, created_at, target, json.loads(request), one_line(problem))
