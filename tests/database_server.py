"""A PostgreSQL server of the tests' own, where the system has its programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

_UNTIL_THE_INPUT_ENDS = '"$@" & read -r nothing; kill -INT $!; wait'


class DatabaseServer:
    """A PostgreSQL server with its data and its socket in a folder. Nobody else can reach it.

    Args:
        programs: the folder of `initdb` and `postgres`.
        folder: an empty folder.
        options: settings of the server.
    """

    def __init__(self, programs: Path, folder: Path, **options: str) -> None:
        self._programs, self._folder, self._names = programs, folder, count(1)
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200", **options}
        self._options = [f"--{name}={value}" for name, value in settings.items()]
        # PostgreSQL does not run as root.
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            user = _unprivileged_user()
            shutil.chown(folder, user)
            self._user = {"user": user, "extra_groups": []}
        choices = ("--username=tests", "--auth=trust", "--encoding=UTF8", "--no-sync")
        with self._start(self._programs / "initdb", "--pgdata=data", *choices) as process:
            process.wait(60)
        self.start()

    def start(self) -> None:
        # The server ends when this process does, even if it is killed, because that closes the input.
        program = str(self._programs / "postgres")
        self.process = self._start("/bin/sh", "-c", _UNTIL_THE_INPUT_ENDS, "sh", program, "-D", "data", *self._options)
        wait_until(self._accepts_connections, self.process)

    def stop(self) -> None:
        """Stop the server. It ends all connections, also those with a transaction."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)

    def create_database(self) -> str:
        """Create a database, and return its URL."""
        name = f"ledger_{next(self._names)}"
        self.execute(self.url("postgres"), f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://tests@/{database}?host={self._folder}"

    def execute(self, url: str, query: Any) -> list[Any]:
        """Return the rows of a query."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def end_connections(self, url: str) -> int:
        """End all connections to a database, as a network does that fails. Return their number."""
        others = "datname = current_database() AND pid != pg_backend_pid()"
        return len(self.execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    def _start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        with (self._folder / "log").open("ab") as log:
            streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": log, "stderr": log}
            return subprocess.Popen(command, cwd=self._folder, env=environment, **streams, **self._user)

    def _accepts_connections(self) -> bool:
        import psycopg

        try:
            self.execute(self.url("postgres"), "SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def database_server(**options: str) -> Iterator[DatabaseServer]:
    """Yield a server. The test is skipped if the system has none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb in PATH or in /usr/lib/postgresql")
    pytest.importorskip("psycopg")
    # Not in pytest's own folder, which other users cannot read. The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = DatabaseServer(programs, Path(folder), **options)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """A PostgreSQL server for all tests of this process."""
    yield from database_server(fsync="off")


def _programs() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def _unprivileged_user() -> str:
    import pwd  # not on Windows

    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
