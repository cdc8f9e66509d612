"""The rows of a run before it starts: parsed, looked up and checked, in a temporary database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

from invoiced.files import write_atomically

from .errors import JournalError
from .journal import Journal, problem_of
from .journal_format import COLUMNS, TABLES, checksum
from .row_table import RowTable, values_of
from .rows import Row

_PLACEHOLDERS = ", ".join("?" * len(COLUMNS.split(", ")))


class StagedRows(RowTable):
    """Rows that can still be changed. Few of them are in memory at a time."""

    def __init__(self) -> None:
        super().__init__(sqlite3.connect("", isolation_level=None, check_same_thread=False))
        with self._database() as database:
            for statement in TABLES:
                database.execute(statement)
            database.execute("BEGIN")

    def add(self, row: Row) -> None:
        """Add a row."""
        self._write(f"INSERT INTO rows ({COLUMNS}) VALUES ({_PLACEHOLDERS})", values_of(row))

    def add_all(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Add rows, and yield each row."""
        for row in rows:
            self.add(row)
            yield row

    def update(self, row: Row) -> None:
        """Replace the row with the same number."""
        self._write(f"REPLACE INTO rows ({COLUMNS}) VALUES ({_PLACEHOLDERS})", values_of(row))

    def index(self, *columns: str) -> None:
        """Create a temporary index on these columns."""
        self._write(f"CREATE INDEX staged_{'_'.join(columns)} ON rows ({', '.join(columns)})")

    def distinct(self, *columns: str, condition: str) -> list[tuple[Any, ...]]:
        """Return the distinct values of these columns."""
        with self._database() as database:
            query = f"SELECT DISTINCT {', '.join(columns)} FROM rows WHERE {condition} ORDER BY number"
            return database.execute(query).fetchall()

    def mark_duplicates(self) -> None:
        """Set a problem on rows with the same target as an earlier row."""
        self.index("target")
        earlier = "SELECT min(number) FROM rows AS earlier WHERE earlier.target = rows.target AND earlier.problem = ''"
        for row in self.rows(f"problem = '' AND number > ({earlier})"):
            first = next(self.rows("target = ? AND problem = ''", row.target))
            row.problem = f"duplicate of row {first.number}"
            self.update(row)

    def finish(self, description: Mapping[str, Any]) -> None:
        """Complete the staged rows: add the description of the run and the checksums."""
        with self._database() as database:
            (count,) = database.execute("SELECT count(*) FROM rows").fetchone()
            body = json.dumps({**description, "count": count, "run": uuid4().hex})
            database.execute("INSERT INTO run VALUES (?, ?)", (body, checksum(body)))
            database.create_function("checksum", -1, checksum, deterministic=True)
            database.execute(f"UPDATE rows SET checksum = checksum({COLUMNS})")
            for (index,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'staged%'").fetchall():
                database.execute(f"DROP INDEX {index}")
            database.execute("COMMIT")
            try:
                self._read_states(count)
            except ValueError as error:
                raise JournalError(f"The rows cannot be processed: {error}. Nothing was sent.") from None

    def _write(self, statement: str, values: Sequence[Any] = ()) -> None:
        with self._database() as database:
            database.execute(statement, values)

    def _failure(self, error: sqlite3.Error) -> JournalError:
        return JournalError(
            f"The rows do not fit into the temporary folder: {error}. Nothing was sent. Set TMPDIR (Windows: TEMP) "
            "to a folder that can be written and has room, and start again."
        )

    def save(self, path: Path) -> Journal:
        """Write the rows to a new file atomically, and open it as a journal.

        Raises:
            JournalError: the file cannot be written, or it already exists.
        """
        try:
            with write_atomically(path, replace=False, durable=True) as temporary:
                with closing(sqlite3.connect(temporary, isolation_level=None, timeout=0)) as copy:
                    copy.execute("BEGIN EXCLUSIVE")  # raises an error without locks, for which `backup` waits forever
                    copy.execute("COMMIT")
                    self._connection.backup(copy)
                if path.exists():  # then the files below are in use
                    raise FileExistsError(path)
                # SQLite would apply the leftover log of a deleted journal to the new one.
                for suffix in ("-journal", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
        except FileExistsError:
            raise JournalError(
                f"The journal {path} was created by another process in the meantime. Nothing was sent."
            ) from None
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"The journal {path} cannot be created: {problem_of(error)}. Nothing was sent."
            ) from None
        return Journal(path)
