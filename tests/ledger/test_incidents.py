"""A full disk, a kill, a lost connection, a wrong clock and other versions: nothing that was recorded is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from database_server import DatabaseServer
from ledger_entries import SENT, entries_of, output_of, row, running, states_of, take_over, told
from sqlalchemy import update
from waiting import wait_until

from invoiced.ledger import Ledger, LedgerError, database
from invoiced.ledger.ledger import Session
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.schema import VERSION, versions

Open = Callable[[], Ledger]

# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, left: int = 0) -> Path:
    """Fill a disk except for some bytes."""
    file = disk / "other data"
    with file.open("ab", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            os.truncate(file, max(0, file.stat().st_size - left))
    return file


def test_nothing_is_lost_when_the_disk_is_full_and_work_goes_on_when_there_is_room(small_disk: Path) -> None:
    with Ledger(small_disk / "ledger.sqlite") as ledger:
        entries, session = entries_of(ledger), ledger.start_session()
        take_over(entries, *map(str, range(100)), session=session)
        other_data = fill(small_disk)
        recorded = dict.fromkeys(map(str, range(100)), "to do")

        def start() -> None:
            for key in recorded:
                assert entries.start(key, "key", session)
                recorded[key] = "started"

        with pytest.raises(LedgerError, match=r"the disk is full|disk cannot be read or written") as raised:
            start()
        assert "Nothing further is sent; requests in flight may have been processed. Run again" in str(raised.value)
        assert states_of(entries) == recorded
        other_data.unlink()
        for key in recorded:
            if recorded[key] == "started":
                entries.finish(key, session, SENT, "key")
            else:
                assert entries.start(key, "key", session)
    with Ledger(small_disk / "ledger.sqlite") as ledger:
        ledger.check()
        assert sorted(states_of(entries_of(ledger)).values()) == sorted(
            "sent" if state == "started" else "started" for state in recorded.values()
        )


def test_a_list_that_does_not_fit_on_the_disk_changes_nothing(small_disk: Path) -> None:
    with Ledger(small_disk / "ledger.sqlite") as ledger:
        entries = entries_of(ledger)
        take_over(entries, "1")
        with pytest.raises(LedgerError, match="disk"):
            take_over(entries, *(row(str(number), customer_name="x" * 1000) for number in range(2000)))
        assert states_of(entries) == {"1": "to do"}
        ledger.check()


def test_no_ledger_is_left_half_created_on_a_full_disk(small_disk: Path) -> None:
    other_data, path = fill(small_disk, left=8192), small_disk / "ledger.sqlite"
    with pytest.raises(LedgerError, match=r"disk is full|No space left"):
        Ledger(path)
    assert [each.name for each in small_disk.iterdir()] == [other_data.name]
    other_data.unlink()
    Ledger(path).close()


def test_no_session_starts_on_a_full_disk(small_disk: Path) -> None:
    with Ledger(small_disk / "ledger.sqlite") as ledger:
        fill(small_disk)
        with pytest.raises(LedgerError, match="disk"):
            [ledger.start_session() for _ in range(100)]


def test_a_limit_of_the_size_of_files_is_like_a_full_disk(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    program = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    entries, session = entries_of(ledger), ledger.start_session()
    take_over(entries, *map(str, range(100)), session=session)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        for key in range(100):
            assert entries.start(str(key), "key", session)
    except LedgerError as error:
        tell(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert entries.counts()["started"] == key, (entries.counts(), key)
    assert entries.start(str(key), "key", session)
    """
    assert "disk" in output_of(program, str(tmp_path / "ledger.sqlite"))


# Killed programs


def test_what_a_killed_program_has_recorded_is_there(location: str, open_ledger: Open) -> None:
    program = """
    entries, session = entries_of(ledger), ledger.start_session()
    take_over(entries, *map(str, range(1000)), session=session)
    for key in map(str, range(1000)):
        entries.start(key, "key", session)
        entries.finish(key, session, SENT, "key")
        tell(key)
    """
    with running(program, location) as process:
        for _ in range(25):
            told(process)
        process.kill()
        process.wait()
        assert process.stdout
        last = int([*process.stdout, "24\n"][-1])
    entries = entries_of(open_ledger())
    wait_until(lambda: entries.recover() or "started" not in entries.counts())
    sent = entries.counts()["sent"]
    assert sent in (last + 1, last + 2)
    assert sent + entries.counts().get("unknown", 0) + entries.counts()["to do"] == 1000


def test_the_log_of_a_killed_program_is_part_of_its_ledger(tmp_path: Path) -> None:
    path, program = tmp_path / "ledger.sqlite", "take_over(entries_of(ledger), '1'); tell('done'); sys.stdin.read()"
    with running(program, str(path)) as process:
        told(process)
        process.kill()
        process.wait()
    assert (tmp_path / "ledger.sqlite-wal").stat().st_size
    with Ledger(path) as ledger:
        ledger.check()
        assert states_of(entries_of(ledger)) == {"1": "to do"}
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_a_program_that_is_killed_while_it_takes_over_a_list_has_taken_over_all_of_it_or_nothing(
    location: str, open_ledger: Open
) -> None:
    program = """
    def rows():
        for number in range(5000):
            if number == 4000:
                tell("half")
                sys.stdin.read()
            yield row(str(number))
    entries = entries_of(ledger)
    take_over(entries, "before")
    entries.replace_list(rows(), ledger.start_session(), "{}")
    """
    with running(program, location) as process:
        assert told(process) == "half"
    assert states_of(entries_of(open_ledger())) == {"before": "to do"}


# A lost connection


@pytest.fixture
def on_server(postgresql: DatabaseServer) -> str:
    return postgresql.create_database()


def test_a_connection_that_is_lost_between_two_transactions_is_replaced(
    postgresql: DatabaseServer, on_server: str
) -> None:
    with Ledger(on_server) as ledger:
        entries, session = entries_of(ledger), ledger.start_session()
        take_over(entries, "1", session=session)
        assert postgresql.end_connections(on_server)
        assert entries.start("1", "key", session)
        assert not ledger.is_running(session.id)  # its lock is lost, and it can be taken for interrupted
        entries.recover()
        entries.finish("1", session, SENT, "key")
        assert states_of(entries) == {"1": "sent"}


def test_a_connection_that_is_lost_in_a_transaction_is_an_error(postgresql: DatabaseServer, on_server: str) -> None:
    with Ledger(on_server) as ledger:
        entries = entries_of(ledger)

        def rows() -> Iterator[dict[str, object]]:
            yield from (row(str(number)) for number in range(1000))
            postgresql.end_connections(on_server)
            yield row("last")

        with pytest.raises(LedgerError, match=r"terminating connection|server closed the connection"):
            entries.replace_list(rows(), ledger.start_session(), "{}")
        assert states_of(entries_of(ledger)) == {}


def test_a_server_that_is_down_is_an_error_and_it_is_reached_again_when_it_is_back(
    postgresql: DatabaseServer, on_server: str
) -> None:
    with Ledger(on_server) as ledger:
        entries = entries_of(ledger)
        take_over(entries, "1")
        postgresql.stop()
        try:
            with pytest.raises(LedgerError, match=r"cannot be read or written: .*Run again to continue"):
                entries.counts()
            with pytest.raises(LedgerError, match="Nothing was sent"):
                Ledger(on_server)
            with pytest.raises(LedgerError):
                ledger.start_session()
            with pytest.raises(LedgerError):
                ledger.is_running(1)
        finally:
            postgresql.start()
        assert states_of(entries) == {"1": "to do"}


# The clock


def test_a_clock_that_is_set_back_keeps_the_order_of_events(
    entries: RunEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over(entries, "1")
    for seconds, key in ((1_795_000_000, "first"), (1_700_000_000, "second"), (0, "third")):
        monkeypatch.setattr("time.time", lambda seconds=seconds: seconds)
        session = entries.ledger.start_session()
        assert entries.start("1", key, session)
        entries.finish("1", session, {**SENT, "state": "failed", "reason": key}, key)
        session.end()
    assert [(event.reason, event.at) for event in entries.events("1")] == [
        ("first", 1_795_000_000),
        ("second", 1_700_000_000),
        ("third", 0),
    ]


def test_a_time_in_the_future_counts_as_now(entries: RunEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    take_over(entries, "old", "new", "future", "started")
    session, now = entries.ledger.start_session(), 1_795_000_000
    for key, seconds in {"old": now - 400, "new": now - 10, "future": now + 86_400}.items():
        monkeypatch.setattr("time.time", lambda seconds=seconds: seconds)
        entries.start(key, key, session)
        entries.finish(key, session, SENT, key)
    entries.start("started", "key", session)
    monkeypatch.setattr("time.time", lambda: now)
    assert dict(entries.recent(("sent", "started"), 330)) == {"new": now - 10, "future": now, "started": now}


# Ctrl-C


def test_an_interrupt_when_a_transaction_begins_leaves_none_open(tmp_path: Path) -> None:
    class Interrupted(sqlite3.Connection):
        is_interrupted = False

        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            cursor = super().execute(*arguments)
            if self.is_interrupted:
                self.is_interrupted = False
                raise KeyboardInterrupt  # as soon as the other program has ended its transaction
            return cursor

    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger, Ledger(path) as other:
        entries, session = entries_of(ledger), ledger.start_session()
        take_over(entries, "1", "2", session=session)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Interrupted)
        ledger.database._file, connection.is_interrupted = connection, True
        with pytest.raises(KeyboardInterrupt):
            entries.start("1", "key", session)
        assert entries.start("1", "key", session)
        assert entries_of(other).start("2", "key", other.start_session())
        connection.close()


def test_a_thread_does_not_take_its_change_for_refused_if_the_thread_that_wrote_it_was_interrupted(
    tmp_path: Path,
) -> None:
    class Interrupted(deque[Any]):
        def popleft(self) -> Any:
            super().popleft()
            raise KeyboardInterrupt

    with Ledger(tmp_path / "ledger.sqlite") as ledger, ThreadPoolExecutor(1) as threads:
        entries, session, shared = entries_of(ledger), ledger.start_session(), ledger.database._shared
        take_over(entries, "1", session=session)
        assert shared
        with shared._turn:
            future = threads.submit(entries.start, "1", "key", session)
            wait_until(lambda: len(shared._waiting) == 1)
            shared._waiting = Interrupted(shared._waiting)
            with pytest.raises(KeyboardInterrupt):
                shared._execute_waiting()
        with pytest.raises(LedgerError, match=r"interrupted while it wrote to the ledger.*may have been processed"):
            future.result()


# What contradicts itself


def test_a_change_that_contradicts_other_tables_is_an_error_that_says_so(entries: RunEntries) -> None:
    take_over(entries, "1")
    with pytest.raises(LedgerError, match=r"cannot be read or written: it contradicts itself \("):
        entries.start("1", "key", Session(999, lambda: None))
    assert states_of(entries) == {"1": "to do"}


def test_an_entry_is_in_none_of_no_states(entries: RunEntries) -> None:
    take_over(entries, "1")
    assert not entries.decide("1", "skipped", "by post", allowed=())
    assert states_of(entries) == {"1": "to do"}


# Versions


def test_a_ledger_of_a_newer_version_is_refused(location: str, ledger: Ledger, open_ledger: Open) -> None:
    with ledger.database.begin() as connection:
        connection.execute(update(versions).values(version=VERSION + 1))
    with pytest.raises(LedgerError, match=r"a newer version of invoiced wrote it \(format 2\). Install that version"):
        open_ledger()


def test_two_versions_of_the_library_use_the_same_ledger(
    location: str, ledger: Ledger, open_ledger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoiced.ledger.ledger.VERSION", "4.0.0")
    session = ledger.start_session()
    monkeypatch.setattr("invoiced.ledger.ledger.VERSION", "4.1.0")
    other = open_ledger()
    take_over(entries_of(ledger), "1", session=session)
    assert entries_of(other).start("1", "key", other.start_session())
    assert not entries_of(ledger).start("1", "key", session)


# Many programs


def test_a_ledger_that_another_program_has_locked_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    program = """
    with ledger.database.begin():
        tell("locked")
        sys.stdin.readline()
    """
    with Ledger(path) as ledger:
        entries = entries_of(ledger)
        with running(program, str(path)) as process:
            assert told(process) == "locked"
            connection = sqlite3.connect(path, isolation_level=None, timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                connection.execute("BEGIN IMMEDIATE")
            connection.close()
            assert process.stdin
            process.stdin.write("go on\n")
            process.stdin.flush()
            take_over(entries, "1")
        assert states_of(entries) == {"1": "to do"}


def test_a_ledger_that_stays_locked_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database._PRAGMAS, "busy_timeout", "10")
    with Ledger(tmp_path / "ledger.sqlite") as ledger, Ledger(tmp_path / "ledger.sqlite") as other:
        entries = entries_of(ledger)
        with other.database.begin(), pytest.raises(LedgerError, match="another process has kept it locked"):
            entries.counts()


def test_reading_and_writing_threads_of_one_program_wait_for_each_other(entries: RunEntries) -> None:
    keys, session = [str(number) for number in range(200)], entries.ledger.start_session()
    take_over(entries, *keys, session=session)

    def work(key: str) -> bool:
        started = entries.start(key, key, session)
        entries.counts()
        entries.finish(key, session, SENT, key)
        return started

    began = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(work, keys))
    assert entries.counts() == {"sent": 200}
    assert sum(1 for key in keys for _ in entries.events(key)) == 200
    assert time.monotonic() - began < 60
