"""The journal of a run: what it remembers, and what it refuses."""

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


def draft_of(count: int) -> StagedRows:
    draft = StagedRows()
    for row in range(1, count + 1):
        person = CustomerRef(row, f"CUST-{row}", f"Kundin Müller {row}", f"{row}@example.com")
        problem = "no address" if row == 3 else ""
        draft.add(Row(row, None, None, person, 1415222128, str(row), {"subject": "Hé"}, problem))
    draft.finish({"kind": "statements", "account": "https://api.example.com", "content": {}, "source": "x"})
    return draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal in which each kind of state occurs."""
    path = tmp_path / "run.journal"
    with closing(draft_of(40).save(path)) as journal:
        for row in range(4, 30):
            journal.record(row, RowEvent(STARTED, f"key-{row}"))
            outcome = ("sent", "failed", "unknown", STARTED)[row % 4]
            if outcome != STARTED:
                journal.record(row, RowEvent(outcome, f"key-{row}", "why", {"emails": [{"id": "a"}]}))
    return path


def told(path: Path) -> list[tuple[object, ...]]:
    with closing(Journal(path)) as journal:
        return [(task, journal.last(task.row)) for task in journal.tasks()] + [(journal.description,)]


def test_a_journal_tells_what_was_written(path: Path) -> None:
    with closing(Journal(path)) as journal:
        assert journal.counts() == {"to do": 13, "skipped": 1, "sent": 7, "failed": 7, "unknown": 6, STARTED: 6}
        assert journal.task(2).customer == CustomerRef(2, "CUST-2", "Kundin Müller 2", "2@example.com")
        assert journal.last(2) is None
        last = journal.last(4)
        assert last
        assert last._replace(at=0) == RowEvent("sent", "key-4", "why", {"emails": [{"id": "a"}]})
        assert list(journal.rows_in("sent")) == [4, 8, 12, 16, 20, 24, 28]


def test_a_journal_is_used_by_one_process_at_a_time(path: Path) -> None:
    program = f"from pathlib import Path; from invoiced.runs.journal import Journal; Journal(Path({str(path)!r}))"
    with closing(Journal(path)):
        with pytest.raises(JournalError, match="another process is using it"):
            Journal(path)
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "another process is using it" in other.stderr
    Journal(path).close()


def test_a_journal_that_is_there_is_not_replaced(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(JournalError, match="made by another process"):
        draft_of(2).save(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_journal_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be made"):
        draft_of(2).save(tmp_path / "nowhere" / "run.journal")


@pytest.mark.parametrize("content", [b"", b"\n", b"customer,sent\n1,yes\n" * 200, b"SQLite format 3\0"])
def test_what_is_no_journal_is_refused_and_not_written(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE run (body, sum)")
    with pytest.raises(JournalError, match="no journal"):
        Journal(path)


def test_an_event_that_vanished_is_noticed(path: Path) -> None:
    for row in (4, 29):  # from the middle, and the last one
        with closing(sqlite3.connect(path)) as database:
            before = database.execute("SELECT place, row, body, sum FROM events WHERE row = ?", (row,)).fetchall()
            (count,) = database.execute("SELECT max(place) FROM events").fetchone()
            database.execute("DELETE FROM events WHERE row = ?", (row,))
            database.commit()
        if before[-1][0] < count:
            with pytest.raises(JournalError, match="damaged"):
                Journal(path)
        with closing(sqlite3.connect(path)) as database:
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", before)
            database.commit()
    Journal(path).close()


def damaged(content: bytes, cuts: Iterator[int], flips: Iterator[tuple[int, int]]) -> Iterator[bytes]:
    for cut in cuts:
        yield content[:cut]
    for place, bits in flips:
        yield content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :]


def misread(path: Path, contents: Iterator[bytes]) -> int:
    """How many damaged journals were read otherwise than the whole one; those that are refused are not."""
    truth, wrong = told(path), 0
    other = path.with_name("damaged.journal")
    for content in contents:
        other.write_bytes(content)
        try:
            wrong += told(other) != truth
        except JournalError:
            continue
    return wrong


def test_a_journal_that_is_cut_short_or_damaged_anywhere_is_refused_or_read_as_it_was(path: Path) -> None:
    content, chance = path.read_bytes(), random.Random(7)
    cuts = iter(sorted(chance.sample(range(len(content)), 150)))
    flips = ((chance.randrange(len(content)), chance.randrange(1, 256)) for _ in range(700))
    assert misread(path, damaged(content, cuts, flips)) == 0


@pytest.mark.long
def test_a_journal_that_is_cut_short_or_damaged_at_any_byte_is_refused_or_read_as_it_was(path: Path) -> None:
    content = path.read_bytes()
    cuts = iter(range(len(content)))
    flips = ((place, bits) for place in range(len(content)) for bits in (0x01, 0x80, 0xFF))
    assert misread(path, damaged(content, cuts, flips)) == 0


def test_what_sqlite_left_beside_a_journal_that_was_removed_does_not_get_into_a_new_one(path: Path) -> None:
    program = f"""
import os, sqlite3
database = sqlite3.connect({str(path)!r}, isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN")
database.execute("DELETE FROM events")
database.execute("UPDATE tasks SET name = 'x'")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    left = path.with_name(f"{path.name}-journal")
    assert left.exists()  # as a kill amid a commit leaves it
    path.unlink()
    with closing(draft_of(40).save(path)) as journal:
        assert journal.counts() == {"to do": 39, "skipped": 1}


def test_the_events_of_another_run_are_no_events_of_this_one(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.journal"
    draft_of(40).save(other).close()
    with closing(sqlite3.connect(path)) as database:
        events = database.execute("SELECT place, row, body, sum FROM events").fetchall()
    with closing(sqlite3.connect(other)) as database:
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
        database.commit()
    with pytest.raises(JournalError, match="event 1 is not what was written"):
        Journal(other)


def test_what_a_journal_notes_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr("os.fsync", lambda descriptor: (flushed.append(descriptor), fsync(descriptor))[1])
    with closing(draft_of(4).save(tmp_path / "run.journal")) as journal:
        assert len(flushed) == (1 if os.name == "nt" else 2)  # the file, and its name in the folder
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA: a loss of power, too
