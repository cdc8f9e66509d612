"""The ledger: which runs there are for which account, and which entries they have."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from os import PathLike
from types import TracebackType
from typing import NamedTuple

from sqlalchemy import func, insert, select

from invoiced import VERSION

from .database import Database
from .errors import LedgerError
from .location import find
from .schema import accounts, entries, runs, sessions, versions
from .session_locks import Release, is_running, lock


class Account(NamedTuple):
    """An account that has runs in the ledger."""

    id: int
    """ID in the ledger."""
    name: str
    """What it was recognized by when it came into the ledger, such as the host of its own pages."""


class RunKey(NamedTuple):
    """What identifies a run."""

    account_id: int
    """ID of its account in the ledger."""
    kind: str
    """Kind of the run, such as `statements`."""
    period: str
    """Period, such as `2026-11`."""
    name: str
    """Name of the run in its period; empty for the first."""


class Session:
    """A process that sends, for as long as it runs."""

    def __init__(self, id: int, release: Release) -> None:
        self.id, self.end = id, release


class Ledger:
    """The record of what was sent, in a file or in a PostgreSQL database that a team shares.

    Args:
        location: a path, or the URL of a PostgreSQL database, `postgresql://user@host/database`. By default, that in
            the environment variable INVOICED_LEDGER, otherwise a file in the user's data directory.

    Raises:
        LedgerError: the ledger cannot be used.
    """

    def __init__(self, location: str | PathLike[str] | None = None) -> None:
        self.database = Database(find(location))

    @property
    def name(self) -> str:
        """The path, or the URL without its password."""
        return self.database.name

    @property
    def identity(self) -> str:
        """What tells the ledger apart from others, such as `7f3a9c`. A copy has the same."""
        with self.database.begin() as connection:
            return str(connection.scalar(select(versions.c.identity)))

    def __repr__(self) -> str:
        return f"<Ledger {self.name!r}>"

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the ledger."""
        self.database.close()

    def check(self) -> None:
        """Check that a ledger in a file is not damaged.

        Raises:
            LedgerError: it is.
        """
        self.database.check()

    def accounts(self, api_url: str) -> list[Account]:
        """Return the accounts of an API, the latest first."""
        query = select(accounts.c.id, accounts.c.name).where(accounts.c.api_url == api_url)
        with self.database.begin() as connection:
            return [Account(*row) for row in connection.execute(query.order_by(accounts.c.id.desc()))]

    def add_account(self, api_url: str, name: str) -> Account:
        """Add an account unless there is one of the same name, and return it."""
        query = select(accounts.c.id, accounts.c.name).where(accounts.c.api_url == api_url, accounts.c.name == name)
        with self.database.begin() as connection:
            new = self.database.insert(accounts).values(api_url=api_url, name=name)
            connection.execute(new.on_conflict_do_nothing())
            return Account(*connection.execute(query).one())

    def customers(self, account_id: int, count: int) -> list[tuple[str, int]]:
        """Return the ID and the time of creation of some customers of an account, the latest and the first."""
        query = (
            select(entries.c.customer_id, func.max(entries.c.created_at))
            .join(runs)
            .where(runs.c.account_id == account_id, entries.c.created_at.is_not(None))
            .group_by(entries.c.customer_id)
        )
        latest, first = func.max(entries.c.started_at).desc(), func.max(entries.c.started_at)
        with self.database.begin() as connection:
            found = [*connection.execute(query.order_by(latest).limit(count)).all()]
            found += connection.execute(query.order_by(first).limit(count)).all()
        return [*dict.fromkeys((str(id), int(created_at)) for id, created_at in found)]

    def run_id(self, key: RunKey) -> int | None:
        """Return the ID of a run, or None if there is none yet."""
        query = select(runs.c.id).where(
            runs.c.account_id == key.account_id,
            runs.c.kind == key.kind,
            runs.c.period == key.period,
            runs.c.name == key.name,
        )
        with self.database.begin() as connection:
            return connection.scalar(query)

    def add_run(self, key: RunKey) -> int:
        """Add a run unless there is one, and return its ID."""
        with self.database.begin() as connection:
            connection.execute(self.database.insert(runs).values(**key._asdict()).on_conflict_do_nothing())
        id = self.run_id(key)
        if id is None:
            raise LedgerError(f"The ledger {self.name} has lost a run that was just added.")
        return id

    def runs(self, account_id: int, kind: str) -> Iterator[RunKey]:
        """Yield the runs of an account, by period."""
        query = select(runs.c.account_id, runs.c.kind, runs.c.period, runs.c.name)
        query = query.where(runs.c.account_id == account_id, runs.c.kind == kind)
        with self.database.begin() as connection:
            found = connection.execute(query.order_by(runs.c.period, runs.c.name)).all()
        return (RunKey(*row) for row in found)

    def start_session(self) -> Session:
        """Start a session of this process. It ends with the process at the latest."""
        values = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "user": user_name(),
            "version": VERSION,
            "started_at": int(time.time()),
        }
        with self.database.begin() as connection:
            (id,) = connection.execute(insert(sessions).values(values)).inserted_primary_key or (0,)
        release = lock(self.database, id)
        if release is None:
            raise LedgerError(f"The ledger {self.name} gave two programs the same session.")
        return Session(id, release)

    def is_running(self, session_id: int) -> bool:
        """Return whether a session still runs."""
        return is_running(self.database, session_id)


def user_name() -> str:
    """Return the name of the user of this process."""
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "unknown"
