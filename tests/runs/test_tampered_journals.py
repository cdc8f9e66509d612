"""Journals that somebody else wrote, checksums and all: refused in one line, or run as any other journal."""

from __future__ import annotations

import json
import math
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
import responses
from click.testing import CliRunner
from fuzzing import fuzz
from hypothesis import strategies as st

import invoiced
from invoiced.cli.application import application
from invoiced.imports import ContactImport
from invoiced.runs import CustomerRef, JournalError, Run, RunError, RunStopped
from invoiced.runs.journal import Journal
from invoiced.runs.journal_format import checksum
from invoiced.runs.other_journals import recent_events
from invoiced.runs.rows import STARTED, WAITING, Row, RowEvent
from invoiced.runs.staged_rows import StagedRows
from invoiced.statements import StatementRun

ACCOUNT = "http://localhost:1"
DEEP = "[" * 100_000 + "]" * 100_000
NESTED = '{"a":' * 900 + "1" + "}" * 900
ANY_URL = re.compile(f"{ACCOUNT}/.*")
Change = Callable[[sqlite3.Connection], object]


def write(path: Path, *, kind: str = "statements", account: str = ACCOUNT) -> Path:
    """Write a journal: row 1 is sent, 2 failed, 3 has a problem, 4 is to do, 5 waits, 6 is unknown, 8 was started."""
    staged = StagedRows()
    for number in (1, 2, 3, 4, 5, 6, 8):
        request = (
            {"subject": "Hi"} if kind == "statements" else {"contact": None, "fields": {"name": "A", "email": "a@b.c"}}
        )
        problem = "no address" if number == 3 else ""
        staged.add(
            Row(number, None, None, CustomerRef(number, f"C-{number}"), 1415222128, str(number), request, problem)
        )
    content = {"type": "open_item"} if kind == "statements" else {"clear": False}
    staged.finish({"kind": kind, "account": account, "content": content, "source": "x"})
    done = "sent" if kind == "statements" else "created"
    with closing(staged.save(path)) as journal:
        for number, state in ((1, done), (2, "failed"), (5, WAITING), (6, "unknown"), (8, None)):
            journal.record(number, RowEvent(STARTED, f"key-{number}"))
            if state:
                journal.record(number, RowEvent(state, f"key-{number}", "why", {"emails": []}))
    return path


def seal(database: sqlite3.Connection) -> None:
    """Write the checksums that belong to what the tables contain."""
    database.create_function("checksum", -1, checksum)
    columns = [name for _, name, *_ in database.execute("PRAGMA table_info(rows)") if name != "checksum"]
    database.execute(f"UPDATE rows SET checksum = checksum({', '.join(columns)})")
    database.execute("UPDATE run SET checksum = checksum(body)")
    try:
        last = checksum(json.loads(database.execute("SELECT body FROM run").fetchone()[0])["run"])
    except (TypeError, KeyError, ValueError, RecursionError):
        return
    for position, number, body in database.execute(
        "SELECT position, row_number, body FROM events ORDER BY 1"
    ).fetchall():
        last = checksum(last, position, number, body)
        database.execute("UPDATE events SET checksum = ? WHERE position = ?", (last, position))


def tamper(path: Path, change: Change) -> None:
    with closing(sqlite3.connect(path)) as database:
        before = database.total_changes
        change(database)
        assert database.total_changes > before or isinstance(change, Script)
        with suppress(sqlite3.Error):  # a view has no checksums to write
            seal(database)
        database.commit()


class Script:
    """A change of the tables."""

    def __init__(self, script: str) -> None:
        self._script = script

    def __call__(self, database: sqlite3.Connection) -> None:
        database.executescript(self._script)


def execute(statement: str, *values: object) -> Change:
    return lambda database: database.execute(statement, values)


def set_row(column: str, value: object, number: int = 4) -> Change:
    return execute(f"UPDATE rows SET {column} = ? WHERE number = ?", value, number)


def set_event(*, body: object = None, number: object = None, position: int = 9) -> Change:
    if number is None:
        return execute("UPDATE events SET body = ? WHERE position = ?", body, position)
    return execute("UPDATE events SET row_number = ? WHERE position = ?", number, position)


def describe(**values: object) -> Change:
    def change(database: sqlite3.Connection) -> None:
        description = json.loads(database.execute("SELECT body FROM run").fetchone()[0])
        kept = {name: value for name, value in {**description, **values}.items() if value is not ...}
        database.execute("UPDATE run SET body = ?", (json.dumps(kept),))

    return change


def add_event(number: object, *event: object) -> Change:
    def change(database: sqlite3.Connection) -> None:
        (last,) = database.execute("SELECT max(position) FROM events").fetchone()
        database.execute("INSERT INTO events VALUES (?, ?, ?, 0)", (last + 1, number, json.dumps(event)))

    return change


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
    with closing(Journal(path)) as journal:
        states = {"sent": 1, "failed": 1, "skipped": 1, "to do": 1, WAITING: 1, "unknown": 1, STARTED: 1}
        assert journal.counts() == states


@pytest.mark.parametrize(
    "change",
    [pytest.param(each, id=f"{kind}: {name}") for kind, changes in ALL.items() for name, each in changes.items()],
)
def test_what_the_library_does_not_write_is_refused_in_one_line_before_anything_is_sent(
    change: Change, path: Path
) -> None:
    tamper(path, change)
    client = invoiced.Client("key", base_url=ACCOUNT)
    for use in (
        lambda: Journal(path),
        lambda: StatementRun(client, path).resume(),
        lambda: StatementRun(client, path).report(),
        lambda: list(StatementRun(client, path).results()),
        lambda: StatementRun(client, path).plan([1], source="x", type="open_item"),
    ):
        with pytest.raises(JournalError, match="cannot be used") as raised:
            use()
        assert len(str(raised.value)) < 1000
        assert len(str(raised.value).splitlines()) == 1


REQUESTS = {
    "statements": [
        *({"max_retries": 5}, {"idempotency_key": "x"}, {"deadline": 1}, {"template": 1}, {"subject": 1}),
        *({"to": each} for each in ([], "x@y.z", 1, {}, [1], ["x@y.z"], [{}], [{"email": 1}], [[]])),
    ],
    "contacts": [
        *({}, {"contact": 1}, {"fields": {}}, {"contact": None, "fields": []}, {"contact": 1, "fields": {}, "x": 1}),
        *({"contact": each, "fields": {}} for each in ([], {}, 1.5, True)),
        *(
            {"contact": 1, "fields": each}
            for each in ({"max_retries": 1}, {"id": 1}, {"name": 1}, {"name": {}}, {"": ""})
        ),
    ],
}
CONTENTS = {
    "statements": [
        {"max_retries": 5},
        {"type": "paid"},
        {"to": ""},
        {"to": [[1]]},
        {"start": 2026},
        {"start": "b", "end": 1},
    ],
    "contacts": [{}, {"clear": 1}, {"clear": None}, {"clear": False, "max_retries": 5}],
}


@pytest.mark.parametrize("kind", ["statements", "contacts"])
def test_requests_and_contents_that_the_run_never_sends_are_refused(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "journal", kind=kind)
    content = path.read_bytes()
    changes = [set_row("request", json.dumps(request)) for request in REQUESTS[kind]]
    changes += [describe(content=each) for each in CONTENTS[kind]]
    run = {"statements": StatementRun, "contacts": ContactImport}[kind]
    for change in changes:
        path.write_bytes(content)
        tamper(path, change)
        with pytest.raises(JournalError, match=r"cannot be used.*Nothing was sent"):
            run(invoiced.Client("key", base_url=ACCOUNT), path).resume()


def test_another_kind_of_run_and_another_account_are_refused(path: Path) -> None:
    for change, problem in ((describe(kind="contacts"), "different kind"), (describe(account="http://x"), "account")):
        content = path.read_bytes()
        tamper(path, change)
        with pytest.raises(JournalError, match=problem):
            StatementRun(invoiced.Client("key", base_url=ACCOUNT), path).resume()
        path.write_bytes(content)


def test_the_command_line_says_it_in_one_line_and_exits_with_2(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "key")
    monkeypatch.setenv("INVOICED_BASE_URL", ACCOUNT)
    tamper(path, set_event(number=-1))
    words = ["statements", "send", "--all", "--type", "open_item", "--yes", "--journal", str(path)]
    result = CliRunner().invoke(application(), words)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(f"Error: The journal {path} cannot be used: it is damaged (event 9 is of a row")


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


@fuzz(60, changes=st.lists(mutations, min_size=1, max_size=2), kind=st.sampled_from(["statements", "contacts"]))
def test_any_change_of_a_journal_is_refused_or_runs_within_its_bounds(
    changes: list[tuple[str, str, int, object]], kind: str
) -> None:
    path = SHARED / kind
    if not path.exists():
        write(path, kind=kind)
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
    check_run(other, kind)


SHARED = Path()


@pytest.fixture(autouse=True, scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    global SHARED
    SHARED = tmp_path_factory.mktemp("shared")


def check_run(path: Path, kind: str) -> None:
    """Resume a run. Each row that is not done is sent at most once, and no other."""
    run: Run = {"statements": StatementRun, "contacts": ContactImport}[kind](
        invoiced.Client("key", base_url=ACCOUNT), path, rate=None, concurrency=1
    )
    try:
        before = {result.row: result for result in run.results()}
    except JournalError:
        return
    left = [number for number, result in before.items() if result.outcome in ("not tried", "failed")]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as api:
        email = {"id": "e", "state": "sent", "email": "x@y.z"}
        api.get(ANY_URL, json={"id": 1, "created_at": 1415222128})
        api.post(ANY_URL, json=[email] if kind == "statements" else {"id": 1})
        api.patch(ANY_URL, json={"id": 1})
        try:
            results = list(run.resume())
        except (RunError, RunStopped, invoiced.InvoicedError):
            return
        sent = [call.request for call in api.calls if call.request.method != "GET"]
        assert len(sent) <= len(left)
        assert {result.row for result in results} <= {*left, *(n for n in before if before[n].outcome == "unknown")}
    after = {result.row: result.outcome for result in run.results()}
    assert all(after[number] == result.outcome for number, result in before.items() if result.done)


# What is recorded can be read


@pytest.mark.parametrize(
    "event",
    [
        RowEvent("failed", "k", "x" * 2**23),
        RowEvent("sent", "k", "", {"emails": [{"id": math.nan}]}),
        RowEvent("sent", "k", "", {"emails": "x" * 2**23}),
        RowEvent("sent", "k", "", {"emails": json.loads(NESTED)}),
        RowEvent("failed", "k", "why", {"error_type": "x" * 2**23}),
    ],
    ids=["a long reason", "a number that JSON does not have", "long details", "nested details", "a long type of error"],
)
def test_an_event_that_a_response_makes_absurd_does_not_spoil_the_journal(event: RowEvent, tmp_path: Path) -> None:
    with closing(Journal(write(tmp_path / "journal"))) as journal:
        journal.record(4, RowEvent(STARTED, "k"))
        journal.record(4, event)
    with closing(Journal(tmp_path / "journal")) as journal:
        last = journal.last(4)
    assert last is not None
    assert (last.state, last.idempotency_key, last.details.keys()) == (event.state, "k", event.details.keys())
    assert event.reason.startswith(last.reason)


def test_a_row_with_a_number_that_no_journal_can_have_is_refused_before_anything_is_sent() -> None:
    staged = StagedRows()
    staged.add(Row(10**9, problem="x"))
    with pytest.raises(JournalError, match=r"number 1000000000\. Nothing was sent"):
        staged.finish({})


# Journals of other runs


def files_in(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((each.name, each.read_bytes()) for each in folder.iterdir() if each.is_file())


def test_other_journals_that_were_tampered_with_do_not_stop_a_run_and_are_not_changed(tmp_path: Path) -> None:
    base = write(tmp_path / "base").read_bytes()
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, change in enumerate(each for changes in ALL.values() for each in changes.values()):
        path = folder / f"{number:03d}"
        path.write_bytes(base)
        tamper(path, change)
    before = files_in(folder)
    events = list(recent_events(folder / "mine", 10**12))
    assert all(type(each.event.at) is int and each.run["kind"] == "statements" for each in events)
    assert files_in(folder) == before


def test_databases_of_other_programs_are_neither_changed_nor_locked_nor_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / "wal", isolation_level=None)) as wal:
        wal.execute("PRAGMA journal_mode = WAL")
        wal.execute("CREATE TABLE t (a)")
        with closing(sqlite3.connect(tmp_path / "locked", isolation_level=None)) as locked:
            locked.execute("BEGIN EXCLUSIVE")
            before = files_in(tmp_path)
            assert list(recent_events(tmp_path / "mine", 10**12)) == []
            assert files_in(tmp_path) == before
    assert caplog.text == ""


def test_a_journal_with_a_write_ahead_log_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "journal")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    before = files_in(tmp_path)
    assert list(recent_events(tmp_path / "mine", 10**12)) == []
    assert files_in(tmp_path) == before


def test_a_run_that_was_killed_while_it_recorded_an_event_is_taken_into_account_and_not_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "journal")
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
    before = files_in(tmp_path)
    assert {each.event.state for each in recent_events(tmp_path / "mine", 10**12)} >= {"sent", "unknown"}
    assert files_in(tmp_path) == before
