"""Locks that end with the process that holds them, so that others can tell whether a session still runs.

A file's session holds a lock of SQLite on a small file beside the ledger, because SQLite knows the locks of every
system. A server's session holds an advisory lock of PostgreSQL, which ends with its connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from invoiced.files.private import create_file

from .database import LOCKS, Database

Release = Callable[[], None]


def lock(database: Database, session_id: int) -> Release | None:
    """Lock a session. Return the function that releases it, or None if a process that runs has locked it."""
    if isinstance(database.location, Path):
        return _lock_file(database.location.with_name(f"{database.location.name}.session-{session_id}"))
    return _lock_server(database, session_id)


def is_running(database: Database, session_id: int) -> bool:
    """Return whether the process of a session runs."""
    release = lock(database, session_id)
    if release:
        release()
    return release is None


def _lock_file(path: Path) -> Release | None:
    with suppress(FileExistsError):
        create_file(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            return None
        raise

    def release() -> None:
        with suppress(OSError):
            path.unlink()
        connection.close()

    return release


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
