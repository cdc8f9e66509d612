"""Locks that end with the process that holds them, so that others can tell whether a session still runs.

A file's session holds a lock of SQLite on a small file beside the ledger, because SQLite knows the locks of every
system. A server's session holds an advisory lock of PostgreSQL, which ends with its connection. Who looks whether a
session runs shares the lock for a moment, so that several can look at the same time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from invoiced.files.private import create_file

from .database import LOCKS, Database

Release = Callable[[], None]


def lock(database: Database, session_id: int) -> Release | None:
    """Lock a session. Return the function that releases it, or None if another process has locked it.

    Raises:
        LedgerError: it cannot be locked.
    """
    try:
        release = (
            _lock_server(database, session_id)
            if isinstance(database.location, URL)
            else _lock_file(_path_of(database.location, session_id))
        )
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise database.error(error) from None
    owner = os.getpid()
    # A forked process has a copy of the session, and must not end it.
    return release and (lambda: release() if os.getpid() == owner else None)


def is_running(database: Database, session_id: int) -> bool:
    """Return whether the process of a session runs.

    Raises:
        LedgerError: that cannot be found out.
    """
    try:
        if isinstance(database.location, URL):
            return _is_locked_on_server(database, session_id)
        return _is_locked_file(_path_of(database.location, session_id))
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise database.error(error) from None


def _path_of(ledger: Path, session_id: int) -> Path:
    return ledger.with_name(f"{ledger.name}.session-{session_id}")


def _lock_file(path: Path) -> Release | None:
    with suppress(FileExistsError):
        create_file(path)
    connection = _open(path)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if _is_busy(error):
            return None
        raise

    def release() -> None:
        connection.close()
        with suppress(OSError):
            path.unlink()

    return release


def _is_locked_file(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with closing(_open(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        if _is_busy(error):
            return True
        if path.exists():
            raise
    with suppress(OSError):
        path.unlink()  # its process was killed
    return False


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0, check_same_thread=False
    )


def _is_busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error)


def _lock_server(database: Database, session_id: int) -> Release | None:
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    query = text("SELECT pg_try_advisory_lock(:class, :id)")
    if connection.scalar(query, {"class": LOCKS, "id": session_id}):

        def release() -> None:
            connection.invalidate()  # closes it, so that the server releases the lock
            connection.close()

        return release
    connection.close()
    return None


def _is_locked_on_server(database: Database, session_id: int) -> bool:
    query = text("SELECT pg_try_advisory_xact_lock_shared(:class, :id)")
    with database.engine.begin() as connection:
        return not connection.scalar(query, {"class": LOCKS, "id": session_id})
