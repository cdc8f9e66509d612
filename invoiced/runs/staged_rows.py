"""The tasks of a run before it begins: read, looked up and checked, in a database that vanishes with the program."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from .errors import JournalError
from .journal import Journal
from .row_table import COLUMNS, TABLES, RowTable, checksum, values_of
from .rows import Row

_PLACES = ", ".join("?" * len(COLUMNS.split(", ")))


class StagedRows(RowTable):
    """Tasks that can still be changed. Of any number, few are in memory."""

    def __init__(self) -> None:
        super().__init__(sqlite3.connect("", isolation_level=None, check_same_thread=False))
        for statement in TABLES:
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def add(self, task: Row) -> None:
        """Add a task."""
        self._connection.execute(f"INSERT INTO tasks ({COLUMNS}) VALUES ({_PLACES})", values_of(task))

    def added(self, tasks: Iterable[Row]) -> Iterator[Row]:
        """Add tasks as they pass."""
        for task in tasks:
            self.add(task)
            yield task

    def change(self, task: Row) -> None:
        """Replace a task."""
        self._connection.execute(f"REPLACE INTO tasks ({COLUMNS}) VALUES ({_PLACES})", values_of(task))

    def index(self, *columns: str) -> None:
        """Let tasks be found by these columns."""
        self._connection.execute(f"CREATE INDEX draft_{'_'.join(columns)} ON tasks ({', '.join(columns)})")

    def distinct(self, *columns: str, condition: str) -> list[tuple[Any, ...]]:
        """The different values that tasks have in these columns."""
        chosen = f"SELECT DISTINCT {', '.join(columns)} FROM tasks WHERE {condition} ORDER BY row"
        return self._connection.execute(chosen).fetchall()

    def mark_duplicates(self) -> None:
        """Give those tasks a problem that have the target of an earlier one."""
        self.index("target")
        earlier = "SELECT min(row) FROM tasks AS earlier WHERE earlier.target = tasks.target AND earlier.problem = ''"
        for task in self.tasks(f"problem = '' AND row > ({earlier})"):
            first = next(self.tasks("target = ? AND problem = ''", task.target))
            task.problem = f"row {first.row} is about the same"
            self.change(task)

    def finish(self, description: Mapping[str, Any]) -> None:
        """Seal the draft: its tasks are complete."""
        execute = self._connection.execute
        (count,) = execute("SELECT count(*) FROM tasks").fetchone()
        body = json.dumps({**description, "count": count, "run": uuid4().hex})
        execute("INSERT INTO run VALUES (?, ?)", (body, checksum(body)))
        self._connection.create_function("checksum", -1, checksum, deterministic=True)
        execute(f"UPDATE tasks SET sum = checksum({COLUMNS})")
        for (index,) in execute("SELECT name FROM sqlite_master WHERE name LIKE 'draft%'").fetchall():
            execute(f"DROP INDEX {index}")
        execute("COMMIT")
        self._read_states(count)

    def save(self, path: Path) -> Journal:
        """Write the draft to a file, whole or not at all, and answer the journal in it.

        Raises:
            JournalError: it cannot be written, or somebody else's is there.
        """
        beside = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            with closing(sqlite3.connect(beside)) as copy:
                self._connection.backup(copy)
            _flush(beside)
            if path.exists():  # and what is beside it is its own
                raise FileExistsError(path)
            # What SQLite left beside a journal that was removed would be rolled back into this one.
            for suffix in ("-journal", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
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
