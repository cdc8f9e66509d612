"""The connection to the database of a ledger. What was written is on disk when a transaction ends."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Engine, Table, Update, create_engine, event, func, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from invoiced.files import create_folder, write_atomically

from . import forks
from .changes import change_in_file, change_on_server
from .errors import LedgerError
from .location import name_of
from .schema import VERSION, metadata, versions
from .shared_transactions import SharedTransactions

LOCKS = 0x494E564F
"""The first number of all advisory locks of this library."""
CREATION = (LOCKS, 0)
"""The advisory lock of the program that creates the tables."""

_SECTOR = 512  # bytes: a file has a whole number of pages, each of which has a whole number of these
_BUSY = 30
"""Seconds to wait for a transaction of another process."""

_PRAGMAS = {
    "journal_mode": "WAL",  # so that others can read while a run writes
    "synchronous": "FULL",  # survives a power failure
    "foreign_keys": "ON",
    "cell_size_check": "ON",
    "trusted_schema": "OFF",
    "busy_timeout": str(_BUSY * 1000),
}


class Database:
    """The database of a ledger, created if there is none.

    Raises:
        LedgerError: it cannot be used: it is damaged, written by a newer version, or not a ledger.
    """

    def __init__(self, location: Path | URL) -> None:
        self.location, self.name = location, name_of(location)
        self._turn: AbstractContextManager[Any] = nullcontext()
        # A server flushes the transactions of several connections to disk together.
        self._shared = SharedTransactions(self._begin_in_file) if isinstance(location, Path) else None
        self._file: sqlite3.Connection | None = None  # that of the engine, since the first change
        try:
            self.engine = (
                self._connect_to_file(location) if isinstance(location, Path) else _connect_to_server(location)
            )
            weakref.finalize(self, self.engine.dispose)
            self._check_tables()
            self._engine_for_writes = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            forks.watch(self)
        except ModuleNotFoundError:
            raise LedgerError("A ledger in PostgreSQL requires psycopg: pip install 'invoiced[postgres]'.") from None
        except (OSError, SQLAlchemyError, UnicodeError) as error:
            raise LedgerError(
                f"The ledger {self.name} cannot be used: {problem_of(error)}. Nothing was sent."
            ) from None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Execute the statements of the block in a transaction.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        try:
            with self._turn, self.engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, UnicodeError) as error:
            raise self.error(error) from None

    def change(self, change: Update, parameters: Mapping[str, Any], states: Collection[str]) -> bool:
        """Change an entry, and add its event, if it is in one of some states. Return whether it was changed.

        In a file, this is a transaction, which other threads may share. On a server, each statement is a transaction of
        its own, because the beginning and the end of one would be messages, too.

        Raises:
            LedgerError: the ledger cannot be read or written.
        """
        try:
            if self._shared:
                return self._shared.execute(lambda connection: change_in_file(connection, change, parameters, states))
            with self._engine_for_writes.connect() as connection:
                return change_on_server(connection, change, parameters, states)
        except (SQLAlchemyError, InterruptedError) as error:
            raise self.error(error) from None

    def error(self, problem: Exception) -> LedgerError:
        """Return the error of a ledger that cannot be used any more."""
        return LedgerError(
            f"The ledger {self.name} cannot be read or written: {problem_of(problem)}. Nothing further is sent; "
            "requests in flight may have been processed. Run again to continue."
        )

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """Return a statement that inserts into a table, and can say what happens to rows that are there already."""
        return sqlite.insert(table) if self._shared else postgresql.insert(table)

    def check(self) -> None:
        """Check that a file is not damaged.

        Raises:
            LedgerError: it is.
        """
        if not isinstance(self.location, Path):
            return
        with self.begin() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if verdict != "ok":
            problem = str(verdict).splitlines()[-1]
            raise LedgerError(
                f"The ledger {self.name} is damaged ({problem}). Nothing was sent. Restore it from a backup: a new one "
                "would not know to whom statements were sent."
            )

    def close(self) -> None:
        """Close the connections."""
        with self._turn:
            self.engine.dispose()
            self._file = None

    def before_fork(self, after: ExitStack) -> None:
        """Wait for the transactions of other threads, and close the connection to a file; it is opened again."""
        after.enter_context(self._turn)
        if self._shared:
            self.close()

    def after_fork_in_child(self) -> None:
        """Forget the connections to a server, which belong to the parent process."""
        if self._shared:
            self._shared = SharedTransactions(self._begin_in_file)
        else:
            self.engine.dispose(close=False)

    @contextmanager
    def _begin_in_file(self) -> Iterator[sqlite3.Connection]:
        """Execute the statements of the block in a transaction of SQLite, without SQLAlchemy."""
        try:
            with self._turn:
                if self._file is None:
                    with self.engine.connect() as connection:
                        self._file = connection.connection.driver_connection
                assert self._file
                with self._file:  # commits or rolls back, also if the beginning is interrupted
                    self._file.execute("BEGIN IMMEDIATE")
                    yield self._file
        except (SQLAlchemyError, sqlite3.Error, UnicodeError) as error:
            raise self.error(error) from None

    def _connect_to_file(self, path: Path) -> Engine:
        self._turn = threading.RLock()
        _create_file(path)
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY
            ),
            poolclass=StaticPool,
        )

        @event.listens_for(engine, "connect")
        def configure(connection: sqlite3.Connection, _: object) -> None:
            for name, value in _PRAGMAS.items():
                connection.execute(f"PRAGMA {name} = {value}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # Otherwise, a transaction that reads first could fail when it writes.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    def _check_tables(self) -> None:
        """Create the tables on a server. Refuse those of a newer version, and a file of another program."""
        try:
            if self._shared is None:
                _create_tables(self.engine)
            with self.engine.begin() as connection:
                if not inspect(connection).has_table(versions.name):
                    raise OSError("it is a database of another program. Name another file")
                version = connection.scalar(select(versions.c.version))
            if version is None or version > VERSION:
                raise OSError(f"a newer version of invoiced wrote it (format {version}). Install that version")
        except BaseException:
            self.close()
            raise


def _create_tables(engine: Engine) -> None:
    """Create the tables unless they exist. Of several programs that begin at the same time, one creates them."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(*CREATION)))
        if not inspect(connection).has_table(versions.name):
            metadata.create_all(connection)
            connection.execute(insert(versions).values(version=VERSION, identity=token_hex(3)))


def _create_file(path: Path) -> None:
    """Create the file of a ledger, which only its owner can read, unless there is one.

    It appears with its tables, so an empty file is one that has lost them.
    """
    create_folder(path.parent)
    if not path.exists():
        with suppress(FileExistsError), write_atomically(path, replace=False, durable=True) as temporary:
            engine = create_engine(f"sqlite:///{temporary}", poolclass=NullPool)
            _create_tables(engine)
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a file. Name a file")
    if not os.access(path, os.R_OK | os.W_OK):
        raise OSError("the file cannot be written")
    if not status.st_size or status.st_size % _SECTOR:
        raise OSError(
            "it is empty, truncated or no ledger. Name another file, or restore it from a backup: a new one would not "
            "know what was sent"
        )


def _connect_to_server(url: URL) -> Engine:
    keep_alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "connect_timeout": 30}
    # A session keeps a connection of its own, next to one for each thread.
    return create_engine(url, pool_pre_ping=True, pool_size=20, max_overflow=4, connect_args=keep_alive)


def problem_of(error: Exception) -> str:
    """Return in words why a ledger cannot be read or written."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, (IntegrityError, sqlite3.IntegrityError)):
        return f"it contradicts itself ({getattr(error, 'orig', error)})"
    text = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    first = text[0] if text else type(error).__name__
    for part, meaning in {
        "is full": "the disk is full",
        "locked": f"another process has kept it locked for {_BUSY} s, or its file system has no locks",
        "unable to open": "its folder cannot be written",
        "readonly": "it cannot be written",
        "malformed": "it is damaged. Restore it from a backup",
        "codec": "it is damaged. Restore it from a backup",  # a text of the database, or about it, is none
        "not a database": "it is not a ledger, or damaged. Restore it from a backup",
        "disk I/O": "its disk cannot be read or written",
    }.items():
        if part in first:
            return f"{meaning} ({first})"
    return first
