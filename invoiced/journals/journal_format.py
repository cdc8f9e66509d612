"""The format of a journal: its tables, and what they may contain.

Checksums detect damage, but whoever writes a journal can also write its checksums. So a journal is only used if its
tables are those that the library creates, and each value has a type and a range that the library writes.
"""

from __future__ import annotations

import json
import re
import reprlib
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SKIPPED, TO_DO, STARTED, WAITING = "skipped", "to do", "started", "waiting"
"""States of a row that has a problem, that was not tried, whose request left, and between two attempts."""
FAILED, UNKNOWN = "failed", "unknown"
_DONE = ("sent", "created", "updated", "unchanged")

MAX_ROWS = 10**7
"""Highest number of a row."""
_MAX_TEXT, _MAX_JSON = 2**20, 2**22
"""Maximum number of characters of a text, and of a JSON text."""
_MAX_NESTING = 100
_MAX_INTEGER = 2**53
_MAX_VALUE = 2**25
"""Bytes that SQLite reads at once: four per character, and some for the other columns."""

APPLICATION_ID = int.from_bytes(b"INVR", "big")
TABLES = (
    "CREATE TABLE run (body TEXT NOT NULL, checksum INTEGER)",
    """
    CREATE TABLE rows (
        number INTEGER PRIMARY KEY, lookup_field TEXT, lookup_value TEXT,
        customer_id, customer_number TEXT, customer_name TEXT, customer_email TEXT, created_at INTEGER,
        target TEXT, request TEXT NOT NULL, problem TEXT NOT NULL, checksum INTEGER
    )
    """,
    """
    CREATE TABLE events (
        position INTEGER PRIMARY KEY, row_number INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL
    )
    """,
    "CREATE INDEX events_by_row ON events (row_number)",
    f"PRAGMA application_id = {APPLICATION_ID}",
)
_TEXT: tuple[type, ...] = (str, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int,),
    "lookup_field": _TEXT,
    "lookup_value": _TEXT,
    "customer_id": (int, *_TEXT),
    "customer_number": _TEXT,
    "customer_name": _TEXT,
    "customer_email": _TEXT,
    "created_at": (int, type(None)),
    "target": _TEXT,
    "request": (str,),
    "problem": (str,),
}
"""Types of the values of a row, by column."""
COLUMNS = ", ".join(_TYPES)
_DESCRIPTION = {"kind": str, "account": str, "content": dict, "source": str, "count": int, "run": str}
"""Types of the values of the description of a run."""


class Event(NamedTuple):
    """A change of a row's state."""

    state: str
    idempotency_key: str | None
    reason: str
    details: Mapping[str, Any]
    at: int
    """When the state changed, in Unix seconds."""


class Damaged(ValueError):
    """A journal that is damaged, or that the library did not write."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"it is damaged ({problem})")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


_ENCODER, _DECODER = json.JSONEncoder(default=repr), json.JSONDecoder(parse_constant=_refuse)


def checksum(*values: Any) -> int:
    """Return a checksum of values read from the database. Damaged text may be read as bytes."""
    return zlib.crc32(_ENCODER.encode(values).encode())


def limit_values(connection: sqlite3.Connection) -> None:
    """Refuse to read values that are too long for memory. Python 3.10 cannot."""
    if hasattr(connection, "setlimit"):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)


def check_tables(connection: sqlite3.Connection) -> None:
    """Check that the database has the tables of a journal, and nothing else, such as triggers and views.

    Raises:
        ValueError: it has not.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise ValueError("it is not a journal")
    found = connection.execute(f"SELECT sql FROM sqlite_master LIMIT {len(TABLES)}").fetchall()
    expected = sorted(" ".join(statement.split()) for statement in TABLES if "CREATE" in statement)
    if sorted(" ".join(str(statement).split()) for (statement,) in found) != expected:
        raise Damaged("it does not have the tables of a journal")


def read_description(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the description of the run: its kind, account, content and source, and its number of rows.

    Raises:
        ValueError: it is damaged.
    """
    records = connection.execute("SELECT body, checksum FROM run LIMIT 2").fetchall()
    if len(records) != 1 or records[0][1] != checksum(records[0][0]):
        raise Damaged("its description has a wrong checksum")
    description: Any = _parse(records[0][0])
    if type(description) is not dict or {name: type(value) for name, value in description.items()} != _DESCRIPTION:
        raise Damaged("it does not describe a run")
    if not 0 <= description["count"] <= MAX_ROWS:
        raise Damaged(f"it cannot have {reprlib.repr(description['count'])} rows")
    return description


def check_number(number: object) -> None:
    """Check the number of a row.

    Raises:
        ValueError: no row can have this number.
    """
    if type(number) is not int or not 1 <= number <= MAX_ROWS:
        raise ValueError(f"no row can have the number {reprlib.repr(number)}")


def check_row(values: Sequence[Any]) -> None:
    """Check the values of a row.

    Raises:
        ValueError: the library does not write such a row.
    """
    for (column, types), value in zip(_TYPES.items(), values, strict=True):
        if type(value) not in types or (type(value) is str and len(value) > _MAX_TEXT and column != "request"):
            raise Damaged(f"row {values[0]} has an invalid {column}")
    number, lookup_field, _, id, *_, created_at, target, request, problem = values
    for column, is_valid in (
        ("lookup_field", lookup_field in (None, "id", "number", "email")),
        ("customer_id", _is_id(id) or (id is None and problem)),
        ("created_at", created_at is None or 0 <= created_at <= _MAX_INTEGER),
        ("target", target is not None or problem),
        ("request", type(_parse(request)) is dict),
    ):
        if not is_valid:
            raise Damaged(f"row {number} has an invalid {column}")


def parse_event(body: object) -> Event:
    """Return an event.

    Raises:
        ValueError: the library does not write such an event.
    """
    values = _parse(body)
    if type(values) is not list or len(values) != len(Event._fields):
        raise Damaged("an event is incomplete")
    event = Event(*values)
    is_valid = (
        event.state in (STARTED, *_AFTER_STARTED),
        event.idempotency_key is None or _is_key(event.idempotency_key),
        type(event.reason) is str,
        type(event.details) is dict,
        type(event.at) is int and 0 <= event.at <= _MAX_INTEGER,
    )
    if not all(is_valid):
        raise Damaged(f"an event has an invalid {Event._fields[is_valid.index(False)]}")
    return event


def can_follow(state: str, before: str) -> bool:
    """Return whether an event can change the state of a row. A row that was processed is never started again."""
    return before in (TO_DO, WAITING, FAILED, UNKNOWN) if state == STARTED else before == STARTED


_AFTER_STARTED = (WAITING, FAILED, UNKNOWN, *_DONE)
"""States of a row after an attempt."""


def _is_key(key: object) -> bool:
    return type(key) is str and re.fullmatch("[!-~]{1,64}", key) is not None


def _is_id(id: object) -> bool:
    return 1 <= id <= 2**63 if type(id) is int else type(id) is str and id.strip() not in ("", ".", "..")


def _parse(text: object) -> Any:
    """Return the value of a JSON text that is neither long nor deeply nested.

    Raises:
        ValueError: it is not.
    """
    if type(text) is not str or len(text) > _MAX_JSON:
        raise Damaged("it has a value that is not a text, or too long")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise Damaged("it has a value that is too deeply nested") from None
    except ValueError as error:
        raise Damaged(str(error)) from None
    if text.count("[") + text.count("{") > _MAX_NESTING and _nesting(value) > _MAX_NESTING:
        raise Damaged("it has a value that is too deeply nested")
    return value


def _nesting(value: Any) -> int:
    """Return how deeply a value is nested."""
    level, depth = [value], 0
    while level:
        lists = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list)))
        level, depth = [child for children in lists for child in children], depth + 1
    return depth
