"""Runs on file systems that are full or cannot lock or flush files, and journals that this process is using."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import JournalError
from invoiced.statements import StatementRun


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        for number in (1, 2, 3):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield client


def send(client: invoiced.Client, journal: Path) -> list[str]:
    return [result.outcome for result in StatementRun(client, journal, rate=None).send([1, 2, 3])]


# Temporary folders


FULL_FOLDER = """
import resource
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
staged = StagedRows()
for number in range(1, 3000):
    staged.add(Row(number, request={"message": "x" * 5000}))
"""


def test_rows_that_do_not_fit_into_the_temporary_folder_raise_a_journal_error() -> None:
    ran = subprocess.run([sys.executable, "-c", FULL_FOLDER], capture_output=True, text=True, timeout=60)
    assert "JournalError: The rows do not fit into the temporary folder" in ran.stderr
    assert "Nothing was sent. Set TMPDIR" in ran.stderr


class Failing(sqlite3.Connection):
    """A connection to a database whose file cannot be written after some statements."""

    left = 10**9

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        Failing.left -= 1
        if Failing.left < 0:
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(*arguments)


@pytest.fixture
def full_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that sets the number of statements after which the disk is full."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: connect(*a, **options, factory=Failing))
    return lambda count: monkeypatch.setattr(Failing, "left", count)


def test_a_disk_that_is_full_at_any_moment_raises_a_journal_error_and_nothing_is_sent_twice(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path, full_after: Callable[[int], None]
) -> None:
    errors = 0
    for count in range(0, 1000, 3):
        full_after(count)
        try:
            send(client, tmp_path / "run")
            break
        except JournalError as error:
            errors += 1
            if "Nothing was sent" in str(error):
                assert emulator.outbox == []
    assert errors > 10
    assert len(emulator.outbox) <= 3
    assert all(emulator.outbox.count(email) == 1 for email in emulator.outbox)


# Folders and journals


def test_a_journal_in_a_place_that_cannot_be_used_is_refused_before_anything_is_sent(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "run")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, problem in {
        "folder": "it is a folder",
        "nowhere/run": "there is no folder",
        "file/run": "Not a directory",
        "x" * 300: "name too long",
        "loop": "symbolic links",
        "dangling": "symbolic link to a file that does not exist",
    }.items():
        with pytest.raises(JournalError, match=problem) as raised:
            send(client, tmp_path / name)
        assert str(raised.value).endswith("Nothing was sent.")
    assert [request for request in emulator.requests if request.path.startswith("/customers/")] == []


def test_a_journal_behind_a_symbolic_link_is_used(client: invoiced.Client, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert send(client, tmp_path / "folder" / "run") == ["sent"] * 3
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "run").symlink_to(tmp_path / "folder" / "run")
    assert send(client, tmp_path / "link" / "run") == []
    assert send(client, tmp_path / "run") == []


# File systems that can do less


@pytest.mark.parametrize("number", ["EINVAL", "ENOTSUP", "EACCES", "EBADF", "EPERM", "ENOSYS", "EISDIR"])
def test_a_file_system_that_cannot_flush_folders_is_used(
    number: str, client: invoiced.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_on_folders(monkeypatch, getattr(errno, number))
    assert send(client, tmp_path / "run") == ["sent"] * 3


@pytest.mark.parametrize("number", ["EIO", "ENOSPC"])
def test_a_folder_that_is_not_on_disk_stops_the_run_before_anything_is_sent(
    number: str, client: invoiced.Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_on_folders(monkeypatch, getattr(errno, number))
    with pytest.raises(JournalError, match=r"cannot be created: .*Nothing was sent"):
        send(client, tmp_path / "run")
    assert emulator.outbox == []


def _fail_on_folders(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def flush(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    real = os.fsync
    monkeypatch.setattr(os, "fsync", flush)


@pytest.mark.parametrize("message", ["database is locked", "disk I/O error"])
def test_a_file_system_without_locks_is_named(
    message: str, client: invoiced.Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unlockable(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            if "EXCLUSIVE" in arguments[0]:
                raise sqlite3.OperationalError(message)
            return super().execute(*arguments)

    connect = sqlite3.connect
    send(client, tmp_path / "run")
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: connect(*a, **options, factory=Unlockable))
    for name in ("run", "new"):
        with pytest.raises(JournalError, match=r"its file system .*cannot lock.*Nothing was sent"):
            send(client, tmp_path / name)
    assert len(emulator.outbox) == 3


# Runs that are started again in the same process


def test_a_run_whose_earlier_results_are_unfinished_says_what_to_do(client: invoiced.Client, tmp_path: Path) -> None:
    results = StatementRun(client, tmp_path / "run", rate=None, concurrency=1).send([1, 2, 3])
    next(results)
    with pytest.raises(JournalError, match=r"this process is using it already.*results\.close\(\)"):
        send(client, tmp_path / "run")
    results.close()
    assert set(send(client, tmp_path / "run")) == {"sent"}


def test_an_error_in_a_loop_over_results_without_a_name_frees_the_journal(
    client: invoiced.Client, tmp_path: Path
) -> None:
    def stop_at_the_first() -> None:
        for _ in StatementRun(client, tmp_path / "run", rate=None, concurrency=1).send([1, 2, 3]):
            raise KeyError

    with pytest.raises(KeyError):
        stop_at_the_first()
    assert set(send(client, tmp_path / "run")) == {"sent"}


def test_results_that_are_no_longer_referenced_free_the_journal(client: invoiced.Client, tmp_path: Path) -> None:
    results = StatementRun(client, tmp_path / "run", rate=None, concurrency=1).send([1, 2, 3])
    next(results)
    del results
    assert set(send(client, tmp_path / "run")) == {"sent"}


def test_a_plan_that_was_not_sent_is_named(client: invoiced.Client, tmp_path: Path) -> None:
    next(StatementRun(client, tmp_path / "run", rate=None, concurrency=1).send([1, 2, 3]))
    plan = StatementRun(client, tmp_path / "run", rate=None).plan([1, 2, 3])
    with pytest.raises(JournalError, match="If a plan was not sent, send or delete it"):
        send(client, tmp_path / "run")
    assert plan.resumes


def test_a_journal_that_was_deleted_does_not_hide_another(client: invoiced.Client, tmp_path: Path) -> None:
    results = StatementRun(client, tmp_path / "run", rate=None, concurrency=1).send([1, 2, 3])
    next(results)
    (tmp_path / "run").unlink()
    assert send(client, tmp_path / "other") == ["sent"] * 3
