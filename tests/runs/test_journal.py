"""Tests of the journal of a run: storage, integrity and exclusive use."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from invoiced.runs import CustomerRef, JournalError
from invoiced.runs.journal import Journal
from invoiced.runs.rows import STARTED, Row, RowEvent
from invoiced.runs.staged_rows import StagedRows


def staged_rows(count: int) -> StagedRows:
    staged = StagedRows()
    for number in range(1, count + 1):
        customer = CustomerRef(number, f"CUST-{number}", f"Kundin Müller {number}", f"{number}@example.com")
        problem = "no address" if number == 3 else ""
        staged.add(Row(number, None, None, customer, 1415222128, str(number), {"subject": "Hé"}, problem))
    staged.finish({"kind": "statements", "account": "https://api.example.com", "content": {}, "source": "x"})
    return staged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Path of a journal with rows in every state."""
    path = tmp_path / "run.journal"
    with closing(staged_rows(40).save(path)) as journal:
        for number in range(4, 30):
            journal.record(number, RowEvent(STARTED, f"key-{number}"))
            outcome = ("sent", "failed", "unknown", STARTED)[number % 4]
            if outcome != STARTED:
                journal.record(number, RowEvent(outcome, f"key-{number}", "why", {"emails": [{"id": "a"}]}))
    return path


def content_of(path: Path) -> list[tuple[object, ...]]:
    with closing(Journal(path)) as journal:
        return [(row, journal.last(row.number)) for row in journal.rows()] + [(journal.description,)]


def test_a_journal_returns_what_was_written(path: Path) -> None:
    with closing(Journal(path)) as journal:
        assert journal.counts() == {"to do": 13, "skipped": 1, "sent": 7, "failed": 7, "unknown": 6, STARTED: 6}
        assert journal.row(2).customer == CustomerRef(2, "CUST-2", "Kundin Müller 2", "2@example.com")
        assert journal.last(2) is None
        last = journal.last(4)
        assert last
        assert last._replace(at=0) == RowEvent("sent", "key-4", "why", {"emails": [{"id": "a"}]})
        assert list(journal.numbers_in("sent")) == [4, 8, 12, 16, 20, 24, 28]


def test_a_journal_is_used_by_one_process_at_a_time(path: Path) -> None:
    program = f"from pathlib import Path; from invoiced.runs.journal import Journal; Journal(Path({str(path)!r}))"
    alias = path.with_name("alias")
    alias.symlink_to(path)
    with closing(Journal(path)):
        with pytest.raises(JournalError, match=r"this process is using it already.*results\.close\(\)"):
            Journal(path)
        with pytest.raises(JournalError, match="this process is using it already"):
            Journal(alias)
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "another process is using it" in other.stderr
    Journal(alias).close()


def test_an_existing_journal_is_not_replaced(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(JournalError, match="created by another process"):
        staged_rows(2).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_journal_that_cannot_be_created_raises_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be created"):
        staged_rows(2).save(tmp_path / "nowhere" / "run.journal")


@pytest.mark.parametrize("content", [b"", b"\n", b"customer,sent\n1,yes\n" * 200, b"SQLite format 3\0"])
def test_a_file_that_is_not_a_journal_is_refused_and_not_changed(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)
    assert path.read_bytes() == content


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE run (body, sum)")
    with pytest.raises(JournalError, match="not a journal"):
        Journal(path)


def test_a_missing_event_is_detected(path: Path) -> None:
    for number in (4, 29):  # in the middle, and the last row
        with closing(sqlite3.connect(path)) as database:
            before = database.execute("SELECT * FROM events WHERE row_number = ?", (number,)).fetchall()
            (count,) = database.execute("SELECT max(position) FROM events").fetchone()
            database.execute("DELETE FROM events WHERE row_number = ?", (number,))
            database.commit()
        if before[-1][0] < count:
            with pytest.raises(JournalError, match="damaged"):
                Journal(path)
        with closing(sqlite3.connect(path)) as database:
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", before)
            database.commit()
    Journal(path).close()


def damage(content: bytes, cuts: Iterator[int], flips: Iterator[tuple[int, int]]) -> Iterator[bytes]:
    for cut in cuts:
        yield content[:cut]
    for position, bits in flips:
        yield content[:position] + bytes([content[position] ^ bits]) + content[position + 1 :]


def count_misread(path: Path, contents: Iterator[bytes]) -> int:
    """Return the number of damaged journals that were not refused, and read differently from the original."""
    expected, wrong = content_of(path), 0
    other = path.with_name("damaged.journal")
    for content in contents:
        other.write_bytes(content)
        try:
            wrong += content_of(other) != expected
        except JournalError:
            continue
    return wrong


def test_a_truncated_or_damaged_journal_is_refused_or_read_correctly(path: Path) -> None:
    content, generator = path.read_bytes(), random.Random(7)
    cuts = iter(sorted(generator.sample(range(len(content)), 150)))
    flips = ((generator.randrange(len(content)), generator.randrange(1, 256)) for _ in range(700))
    assert count_misread(path, damage(content, cuts, flips)) == 0


@pytest.mark.long
def test_a_journal_truncated_or_damaged_at_any_byte_is_refused_or_read_correctly(path: Path) -> None:
    content = path.read_bytes()
    cuts = iter(range(len(content)))
    flips = ((position, bits) for position in range(len(content)) for bits in (0x01, 0x80, 0xFF))
    assert count_misread(path, damage(content, cuts, flips)) == 0


def test_the_leftover_log_of_a_deleted_journal_is_not_applied_to_a_new_journal(path: Path) -> None:
    program = f"""
import os, sqlite3
database = sqlite3.connect({str(path)!r}, isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN")
database.execute("DELETE FROM events")
database.execute("UPDATE rows SET customer_name = 'x'")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    leftover = path.with_name(f"{path.name}-journal")
    assert leftover.exists()  # as after a kill during a commit
    path.unlink()
    with closing(staged_rows(40).save(path)) as journal:
        assert journal.counts() == {"to do": 39, "skipped": 1}


def test_events_of_another_run_are_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.journal"
    staged_rows(40).save(other).close()
    with closing(sqlite3.connect(path)) as database:
        events = database.execute("SELECT * FROM events").fetchall()
    with closing(sqlite3.connect(other)) as database:
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
        database.commit()
    with pytest.raises(JournalError, match="event 1 has a wrong checksum"):
        Journal(other)


def test_a_journal_is_flushed_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr("os.fsync", lambda descriptor: (flushed.append(descriptor), fsync(descriptor))[1])
    with closing(staged_rows(4).save(tmp_path / "run.journal")) as journal:
        assert len(flushed) == (1 if os.name == "nt" else 2)  # the file and its directory
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA survives a power failure
