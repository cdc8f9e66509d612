"""Journals that somebody else wrote, checksums and all: refused in one line, or taken over as any other journal."""

from __future__ import annotations

import json
import math
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from fuzzing import fuzz
from hypothesis import strategies as st
from journal_writer import Change, Script, add_event, describe, execute, seal, tamper, write_journal

from invoiced.journals import JournalError, read_journal
from invoiced.journals.journal_format import STARTED, WAITING

ACCOUNT = "http://localhost:1"
DEEP = "[" * 100_000 + "]" * 100_000
NESTED = '{"a":' * 900 + "1" + "}" * 900


def write(path: Path) -> Path:
    """Write a journal: row 1 is sent, 2 failed, 3 has a problem, 4 is to do, 5 waits, 6 is unknown, 8 was started."""
    states = ["sent", "failed", "skipped", "to do", WAITING, "unknown", "to do", STARTED]
    write_journal(path, [*enumerate(states, start=1)], account=ACCOUNT)
    tamper(path, Script("DELETE FROM rows WHERE number = 7"))
    tamper(path, describe(count=7))
    return path


def set_row(column: str, value: object, number: int = 4) -> Change:
    return execute(f"UPDATE rows SET {column} = ? WHERE number = ?", value, number)


def set_event(*, body: object = None, number: object = None, position: int = 9) -> Change:
    if number is None:
        return execute("UPDATE events SET body = ? WHERE position = ?", body, position)
    return execute("UPDATE events SET row_number = ? WHERE position = ?", number, position)


def event_of(**values: object) -> str:
    event = {"state": STARTED, "key": "key-8", "reason": "", "details": {}, "at": 1_700_000_000, **values}
    return json.dumps([*event.values()])


ROWS: dict[str, Change] = {
    **{f"row {value!r}": set_row("number", value) for value in (0, -1, -4, -(2**63), 10**7 + 1, 10**12, 2**63 - 1)},
    **{
        f"{column} {repr(value)[:20]}": set_row(column, value)
        for column, values in {
            "lookup_field": [1, b"id", "name", ""],
            "lookup_value": [b"C-4", "x" * (2**20 + 1)],
            "customer_id": [None, 0, -1, 1.5, math.inf, b"4", "", " ", ".", "..", "x" * (2**20 + 1)],
            "customer_number": [b"C-4", "x" * (2**20 + 1)],
            "customer_name": [b"x", "x" * 2**25],
            "customer_email": [b"x"],
            "created_at": ["soon", -1, 2**60, 0.5, math.inf, b"1"],
            "target": [None, b"4"],
            "request": [
                "",
                "null",
                "[]",
                "1",
                '"x"',
                "{",
                DEEP,
                NESTED,
                '{"a":NaN}',
                '{"a":-Infinity}',
                b"{}",
                "9" * 5000,
            ],
            "problem": [b"", "x" * (2**20 + 1)],
        }.items()
        for value in values
    },
}
DESCRIPTIONS: dict[str, Change] = {
    **{
        f"{name} {value!r}": describe(**{name: value})
        for name, values in {
            "count": [0, 6, 8, -1, 10**12, "7", 7.0, True, None, ...],
            "kind": [1, None, [], ...],
            "account": [1, None, {}, ...],
            "content": [None, [], "x", 1, ...],
            "source": [1, None, [], ...],
            "run": [1, None, [], ...],
            "other": [1],
        }.items()
        for value in values
    },
    **{
        f"body {repr(body)[:20]}": execute("UPDATE run SET body = ?", body)
        for body in ("", "{", "[]", "null", DEEP, NESTED, "NaN", "9" * 5000, b"{}", 5)
    },
    "no description": execute("DELETE FROM run"),
    "two descriptions": execute("INSERT INTO run SELECT * FROM run"),
}
EVENTS: dict[str, Change] = {
    **{
        f"of row {value!r}": set_event(number=value)
        for value in (0, -1, -4, 7, 9, 999, 10**12, 2**63 - 1, "999", "x", 8.5, b"8")
    },
    **{
        f"body {repr(body)[:40]}": set_event(body=body)
        for body in (
            *("", "[", "[]", "{}", "null", "1", '"started"', '["started"]', DEEP, NESTED, "NaN", b"[]", 5),
            *(event_of(state=state) for state in ([], {}, None, 1, "", "to do", "skipped", "paid", "SENT")),
            *(event_of(key=key) for key in (1, [], "ü", {})),
            *(event_of(reason=reason) for reason in (None, 1, [], "x" * (2**22 + 1))),
            *(event_of(details=details) for details in (None, [], "x", {"a": math.nan})),
            *(event_of(at=at) for at in (-1, 1.5, "now", None, 2**60, True, math.inf)),
            event_of()[:-1] + ", 1]",
        )
    },
    "of a row with a problem": add_event(3, STARTED, "k", "", {}, 1),
    "of a row that was sent": add_event(1, STARTED, "k", "", {}, 1),
    "of a row that was sent, and failed": add_event(1, "failed", "k", "", {}, 1),
    "of a row that was sent, and waits": add_event(1, WAITING, "k", "", {}, 1),
    "of a row that was not started": add_event(4, "failed", "k", "", {}, 1),
    "of a row that is started twice": add_event(8, STARTED, "k", "", {}, 1),
    "missing": execute("DELETE FROM events WHERE position = 1"),
    "before the first": execute("UPDATE events SET position = -1 WHERE position = 1"),
}
TABLES: dict[str, Change] = {
    name: Script(script)
    for name, script in {
        "a trigger": "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
        "a view": "CREATE VIEW v AS SELECT * FROM rows",
        "a view in place of a table": "ALTER TABLE events RENAME TO e; CREATE VIEW events AS SELECT * FROM e",
        "an endless view": "ALTER TABLE rows RENAME TO r; CREATE VIEW rows AS WITH RECURSIVE n(number) AS (SELECT 1 "
        "UNION ALL SELECT number + 1 FROM n) SELECT n.number, lookup_field, lookup_value, customer_id, "
        "customer_number, customer_name, customer_email, created_at, target, request, problem, checksum FROM n JOIN r",
        "another table": "CREATE TABLE t (a)",
        "another index": "CREATE INDEX i ON rows (target)",
        "another column": "ALTER TABLE rows ADD COLUMN a",
        "a generated column": "ALTER TABLE events ADD COLUMN a GENERATED ALWAYS AS (hex(zeroblob(1000)))",
        "no index": "DROP INDEX events_by_row",
    }.items()
}
ALL = {"row": ROWS, "description": DESCRIPTIONS, "event": EVENTS, "table": TABLES}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("sealed") / "journal").read_bytes()


@pytest.fixture
def path(sealed: bytes, tmp_path: Path) -> Path:
    (tmp_path / "journal").write_bytes(sealed)
    return tmp_path / "journal"


def test_the_journal_of_these_tests_is_accepted_with_new_checksums(path: Path) -> None:
    tamper(path, set_row("customer_name", "Another"))
    states = Counter(row.state for row in read_journal(path).rows)
    assert states == {"sent": 1, "failed": 1, "skipped": 1, "to do": 1, WAITING: 1, "unknown": 2}


@pytest.mark.parametrize(
    "change",
    [pytest.param(each, id=f"{kind}: {name}") for kind, changes in ALL.items() for name, each in changes.items()],
)
def test_what_the_library_did_not_write_is_refused_in_one_line(change: Change, path: Path) -> None:
    tamper(path, change)
    with pytest.raises(JournalError, match=r"cannot be used.*Nothing was taken over") as raised:
        read_journal(path)
    assert len(str(raised.value)) < 1000
    assert len(str(raised.value).splitlines()) == 1


def test_a_change_without_its_checksum_is_noticed(path: Path) -> None:
    content = path.read_bytes()
    for change in (set_row("customer_name", "Another"), describe(source="y"), set_event(body=event_of(reason="x"))):
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as database:
            change(database)
            database.commit()
        with pytest.raises(JournalError, match="wrong checksum"):
            read_journal(path)


def test_what_is_no_journal_is_refused(path: Path, tmp_path: Path) -> None:
    for content in (b"", b"x" * 100, b"x" * 5000, path.read_bytes()[:5000]):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(JournalError, match="cannot be used"):
            read_journal(tmp_path / "other")
    with closing(sqlite3.connect(tmp_path / "database")) as database:
        database.execute("CREATE TABLE t (a)")
    for name in ("database", "missing", "."):
        with pytest.raises(JournalError, match="cannot be used"):
            read_journal(tmp_path / name)


def test_a_journal_in_use_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError, match="a run is using it"):
            read_journal(path)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that kills")
def test_a_run_that_was_killed_while_it_recorded_an_event_is_read_without_that_event(path: Path) -> None:
    program = f"""if True:
        import os, sqlite3
        database = sqlite3.connect({str(path)!r}, isolation_level=None)
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE rows SET customer_name = customer_name || 'x'")
        database.execute("CREATE TABLE t (a)")
        database.execute("DROP TABLE t")
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", program], check=False)
    if not path.with_name("journal-journal").exists():
        pytest.skip("the system wrote nothing before the end")
    assert {row.customer_name for row in read_journal(path).rows} == {f"Customer {n}" for n in (1, 2, 3, 4, 5, 6, 8)}


def test_reading_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    read_journal(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["journal"]


def test_a_journal_that_cannot_be_written_can_be_read(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert len(read_journal(path).rows) == 7
    finally:
        path.parent.chmod(0o700)


# Anything


# Values that are near to what is valid, and any others.
TEXTS = st.one_of(
    st.sampled_from(["", "null", "[]", "{}", "NaN", "..", STARTED, "sent", "failed", "x@y.z", DEEP, NESTED]),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
ANYTHING = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-10, 10), st.floats(), st.binary(max_size=5), TEXTS
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
).map(json.dumps)
EVENT = st.tuples(
    st.sampled_from([STARTED, WAITING, "sent", "failed", "unknown", "created", "skipped", "to do", []]),
    st.sampled_from([None, "key", "a b", "", "x" * 300, "a\nb", 1]),
    st.sampled_from(["", "why", None]),
    st.sampled_from([{}, {"error_type": 1}, {"emails": 5}, []]),
    st.sampled_from([0, 1, 2**53, -1, "x"]),
).map(json.dumps)
REQUEST = st.dictionaries(
    st.sampled_from(["to", "subject", "message", "contact", "fields", "max_retries"]),
    st.sampled_from(["x", "", 1, None, [], {}, [{"email": "x@y.z"}], [{"email": ""}], [{"email": 5}]]),
    max_size=2,
).map(json.dumps)


COLUMNS = {
    "run": ["body"],
    "rows": [
        *("number", "lookup_field", "lookup_value", "customer_id", "customer_number", "customer_name"),
        *("customer_email", "created_at", "target", "request", "problem"),
    ],
    "events": ["position", "row_number", "body"],
}
mutations = st.sampled_from([(table, column) for table, columns in COLUMNS.items() for column in columns]).flatmap(
    lambda at: st.tuples(
        st.just(at[0]),
        st.just(at[1]),
        st.integers(1, 9),
        {"request": st.one_of(REQUEST, JSON), "body": st.one_of(EVENT, JSON)}.get(at[1], ANYTHING) | ANYTHING,
    )
)


@fuzz(60, changes=st.lists(mutations, min_size=1, max_size=2))
def test_any_change_of_a_journal_is_refused_or_read_with_states_that_exist(
    changes: list[tuple[str, str, int, object]],
) -> None:
    path = SHARED / "journal"
    if not path.exists():
        write(path)
    other = SHARED / "tampered"
    other.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(other)) as database:
        for table, column, number, value in changes:
            try:
                database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, number))
            except sqlite3.Error:
                return
        seal(database)
        database.commit()
    try:
        rows = read_journal(other).rows
    except JournalError:
        return
    assert {row.state for row in rows} <= {"sent", "failed", "skipped", "to do", WAITING, "unknown", "created"}


SHARED = Path()


@pytest.fixture(autouse=True, scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    global SHARED
    SHARED = tmp_path_factory.mktemp("shared")
