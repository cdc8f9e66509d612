"""Writes journals as invoiced 4.0 did, and as nobody did: with other content, and the checksums that belong to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from invoiced.journals.journal_format import TABLES, checksum

Change = Callable[[sqlite3.Connection], object]


def write_journal(
    path: Path,
    rows: Iterable[tuple[int, str | None]],
    *,
    account: str,
    kind: str = "statements",
    created_at: int | dict[int, int] = 1415222128,
    numbers: Mapping[int, str] | None = None,
    content: Any = None,
    at: int = 1_790_000_000,
) -> Path:
    """Write a journal of rows, given the ID of each customer and a state: `to do`, `started`, or how it ended."""
    rows = [*rows]
    content = {"type": "open_item"} if content is None else content
    description = {"kind": kind, "account": account, "content": content, "source": "x", "count": len(rows), "run": "r"}
    with closing(sqlite3.connect(path)) as database:
        for statement in TABLES:
            database.execute(statement)
        database.execute("INSERT INTO run VALUES (?, NULL)", (json.dumps(description),))
        position = 0
        for number, (id, state) in enumerate(rows, start=1):
            born = created_at[id] if isinstance(created_at, dict) else created_at
            problem = "neither the customer nor a contact has an e-mail address" if state == "skipped" else ""
            name = (numbers or {}).get(id, f"CUST-{id:05}")
            values = (number, None, None, id, name, f"Customer {id}", f"{id}@example.com", born, str(id))
            database.execute(f"INSERT INTO rows VALUES ({'?, ' * 11}NULL)", (*values, "{}", problem))
            events = [] if state in ("to do", "skipped") else [*dict.fromkeys(("started", state))]
            for each in events:
                position += 1
                why = "" if each in ("started", "sent") else "why"
                event = [each, f"key-{id}", why, {"emails": []} if each == "sent" else {}, at + position]
                database.execute("INSERT INTO events VALUES (?, ?, ?, 0)", (position, number, json.dumps(event)))
        seal(database)
        database.commit()
    return path


def seal(database: sqlite3.Connection) -> None:
    """Write the checksums that belong to what the tables contain."""
    database.create_function("checksum", -1, checksum)
    columns = [name for _, name, *_ in database.execute("PRAGMA table_info(rows)") if name != "checksum"]
    database.execute(f"UPDATE rows SET checksum = checksum({', '.join(columns)})")
    database.execute("UPDATE run SET checksum = checksum(body)")
    try:
        last = checksum(json.loads(database.execute("SELECT body FROM run").fetchone()[0])["run"])
    except (TypeError, KeyError, ValueError, RecursionError):
        return
    for position, number, body in database.execute(
        "SELECT position, row_number, body FROM events ORDER BY 1"
    ).fetchall():
        last = checksum(last, position, number, body)
        database.execute("UPDATE events SET checksum = ? WHERE position = ?", (last, position))


def tamper(path: Path, change: Change) -> None:
    """Change a journal, and write the checksums that belong to it then."""
    with closing(sqlite3.connect(path)) as database:
        before = database.total_changes
        change(database)
        assert database.total_changes > before or isinstance(change, Script)
        with suppress(sqlite3.Error):  # a view has no checksums to write
            seal(database)
        database.commit()


class Script:
    """A change of the tables."""

    def __init__(self, script: str) -> None:
        self._script = script

    def __call__(self, database: sqlite3.Connection) -> None:
        database.executescript(self._script)


def execute(statement: str, *values: object) -> Change:
    return lambda database: database.execute(statement, values)


def describe(**values: object) -> Change:
    """Change the description of the run. `...` removes a value."""

    def change(database: sqlite3.Connection) -> None:
        description = json.loads(database.execute("SELECT body FROM run").fetchone()[0])
        kept = {name: value for name, value in {**description, **values}.items() if value is not ...}
        database.execute("UPDATE run SET body = ?", (json.dumps(kept),))

    return change


def add_event(number: object, *event: object) -> Change:
    def change(database: sqlite3.Connection) -> None:
        (last,) = database.execute("SELECT max(position) FROM events").fetchone()
        database.execute("INSERT INTO events VALUES (?, ?, ?, 0)", (last + 1, number, json.dumps(event)))

    return change
