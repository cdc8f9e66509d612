"""Where a ledger is, who can read it, and what is said when it cannot be used. None is replaced by a new one."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from database_server import DatabaseServer
from ledger_entries import entries_of, output_of, row, running, states_of, take_over, told

from invoiced.ledger import Ledger, LedgerError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger with entries, which nobody has opened."""
    path = tmp_path / "folder" / "ledger.sqlite"
    with Ledger(path) as ledger:
        take_over(entries_of(ledger), *(row(str(number), customer_name="x" * 100) for number in range(200)))
    return path


def read(location: Path | str) -> dict[str, str]:
    with Ledger(location) as ledger:
        ledger.check()
        return states_of(entries_of(ledger))


def problem_of(location: Path | str) -> str:
    """Return why a ledger cannot be used."""
    with pytest.raises(LedgerError) as raised:
        read(location)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# Where it is


def test_the_ledger_is_in_the_users_data_directory_unless_the_environment_names_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    for value in ("", "  "):
        monkeypatch.setenv("INVOICED_LEDGER", value)
        with Ledger() as ledger:
            assert ledger.name == str(tmp_path / "data" / "ledger.sqlite")
    monkeypatch.setenv("INVOICED_LEDGER", f" {tmp_path / 'own.sqlite'} ")
    with Ledger() as ledger:
        assert ledger.name == str(tmp_path / "own.sqlite")
        assert repr(ledger) == f"<Ledger '{tmp_path / 'own.sqlite'}'>"


def test_the_folder_of_the_user_can_be_written_as_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with Ledger("~/ledger.sqlite") as ledger:
        assert ledger.name == str(tmp_path / "ledger.sqlite")


def test_a_relative_path_stays_the_same_when_the_program_changes_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with Ledger("ledger.sqlite") as ledger:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        take_over(entries_of(ledger), "1")
        assert ledger.name == str(tmp_path / "ledger.sqlite")


def test_a_link_to_a_ledger_is_that_ledger_with_its_sessions(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.sqlite"
    link.symlink_to(path)
    with Ledger(path) as ledger, Ledger(link) as linked:
        session = ledger.start_session()
        assert linked.is_running(session.id)
        assert linked.name == str(path)


# Who can read it


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_only_the_owner_can_read_the_files_of_a_ledger(umask: int, tmp_path: Path) -> None:
    folder, before = tmp_path / "new" / "folder", os.umask(umask)
    try:
        with Ledger(folder / "ledger.sqlite") as ledger:
            entries, session = entries_of(ledger), ledger.start_session()
            take_over(entries, "1", session=session)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        [
            "ledger.sqlite",
            "ledger.sqlite-shm",
            "ledger.sqlite-wal",
            "ledger.sqlite.session-1",
            "ledger.sqlite.session-2",
        ][:4],
        0o600,
    )
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_only_the_ledger_is_left_when_all_have_closed_it(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == ["ledger.sqlite"]


def test_the_lock_of_a_killed_session_is_deleted_by_who_looks_at_it(path: Path) -> None:
    program = """
    session = ledger.start_session()
    tell(session.id)
    sys.stdin.read()
    """
    with running(program, str(path)) as process, Ledger(path) as ledger:
        id, lock = int(told(process)), next(path.parent.glob("*.session-*"))
        assert ledger.is_running(id)
        process.kill()
        process.wait()
        assert lock.exists()
        assert not ledger.is_running(id)
        assert not lock.exists()


# What cannot be used


def test_an_empty_file_is_not_replaced_by_a_new_ledger(path: Path) -> None:
    path.write_bytes(b"")
    assert "it is empty, truncated or no ledger. Name another file, or restore it from a backup" in problem_of(path)
    assert path.read_bytes() == b""


def test_a_truncated_ledger_is_refused(path: Path) -> None:
    content = path.read_bytes()
    for size in (1, 100, 511, 512, 4096, len(content) // 2, len(content) - 4096, len(content) - 1):
        path.write_bytes(content[:size])
        assert re.search("truncated|damaged|not a ledger|contradicts|another program", problem_of(path)), size


def test_a_damaged_ledger_never_passes_as_another_one(path: Path) -> None:
    """Whatever byte has changed: the ledger is refused, or it says nothing else than before."""
    content = path.read_bytes()
    with Ledger(path) as ledger:
        before = [*entries_of(ledger).read()]
    refused = 0
    for position in [*range(0, 100), *range(100, len(content), 997)]:
        path.write_bytes(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
        for other in path.parent.glob("ledger.sqlite-*"):
            other.unlink()
        try:
            with Ledger(path) as ledger:
                ledger.check()
                after = [*entries_of(ledger).read()]
        except LedgerError:
            refused += 1
        else:
            states = [(entry.key, entry.state) for entry in after]
            assert states == [(entry.key, entry.state) for entry in before], position
    assert refused


def test_a_state_that_no_version_knows_is_found(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("UPDATE invoiced_entries SET state = 'snet' WHERE \"key\" = '7'")
    connection.close()
    assert "is damaged (CHECK constraint failed" in problem_of(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("Number,Name\n" * 100)
    assert "it is empty, truncated or no ledger" in problem_of(path)
    path.write_text("Number,Name,,,,\n" * 512)
    assert "it is not a ledger, or damaged. Restore it from a backup" in problem_of(path)


def test_a_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (id)")
    connection.close()
    assert "it is a database of another program. Name another file" in problem_of(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    connection.close()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "it is not a file. Name a file" in problem_of(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert re.search("Not a directory|File exists", problem_of(tmp_path / "file" / "ledger.sqlite"))


def test_a_link_to_nothing_is_where_the_ledger_is_created(tmp_path: Path) -> None:
    link = tmp_path / "link.sqlite"
    link.symlink_to(tmp_path / "ledger.sqlite")
    with Ledger(link):
        assert (tmp_path / "ledger.sqlite").is_file()


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("mysql://root:hunter2@host/db", r"must be a file or a postgresql:// URL, not mysql://\."),
        ("https://hunter2.example.com/", r"must be a file or a postgresql:// URL, not https://\."),
        ("postgresql://eva:hunter2@host:port/db", r"The URL of the ledger in INVOICED_LEDGER is not valid\."),
        ("postgresql://eva:hunter2@[::1/db", r"The URL of the ledger in INVOICED_LEDGER is not valid\."),
        ("postgresql://eva:hunter2@127.0.0.1:1/db", r"postgresql\+psycopg://eva:\*\*\*@127.0.0.1:1/db cannot be used"),
        ("postgres://eva@127.0.0.1:1/db?password=hunter2", r"postgresql\+psycopg://eva@127.0.0.1:1/db cannot be used"),
        ("postgresql://eva:hunter2@127.0.0.1:1/db?sslmode=nonsense", "cannot be used: .*nonsense"),
        ("postgresql://eva:hunter2@127.0.0.1:1/db?nonsense=1", "cannot be used: .*nonsense"),
        ("~nobody-of-this-name/ledger.sqlite", "cannot be used: "),
        ("a\0b", "cannot be used: .*null"),
    ],
)
def test_an_unusable_location_is_refused_and_no_password_is_shown(
    location: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICED_LEDGER", location) if "\0" not in location else None
    with pytest.raises(LedgerError, match=problem) as raised:
        Ledger(location)
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in repr(raised.value)


def test_no_password_is_shown_in_the_name_of_a_ledger(postgresql: DatabaseServer) -> None:
    url = postgresql.create_database()
    with Ledger(url.replace("tests@", "tests:hunter2@") + "&password=hunter2&sslpassword=hunter2") as ledger:
        assert "hunter2" not in ledger.name + repr(ledger)
        postgresql.execute(url, "DROP TABLE invoiced_runs CASCADE")
        with pytest.raises(LedgerError, match="does not exist") as raised:
            entries_of(ledger)
    assert "hunter2" not in str(raised.value)


def test_a_database_that_does_not_exist_is_not_created(postgresql: DatabaseServer) -> None:
    assert 'database "nowhere" does not exist' in problem_of(postgresql.url("nowhere"))


def test_a_user_of_the_database_who_cannot_create_tables_is_told(postgresql: DatabaseServer) -> None:
    url = postgresql.create_database()
    postgresql.execute(url, "CREATE ROLE reader LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert "permission denied" in problem_of(url.replace("tests@", "reader@"))


def without_rights_of_root() -> list[str]:
    """Return the beginning of a command that cannot write what its mode forbids, even if root runs it."""
    if os.name == "nt":
        pytest.skip("Windows has no such modes")
    if os.getuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root can write everything, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override"]


def test_a_ledger_that_cannot_be_written_is_refused(path: Path) -> None:
    program = """
    from pathlib import Path

    def attempt():
        try:
            with Ledger(path) as ledger:
                take_over(entries_of(ledger), "new")
                tell("written")
        except LedgerError as error:
            tell(error)

    path = Path(sys.argv[2])
    path.chmod(0o400)
    attempt()
    path.chmod(0o600)
    path.parent.chmod(0o500)
    attempt()
    path = path.with_name("other.sqlite")
    attempt()
    path.parent.chmod(0o700)
    attempt()
    """
    outputs = output_of(program, "", str(path), before=without_rights_of_root())
    read_only, in_a_folder_that_is, not_there, writable = outputs.splitlines()
    assert "the file cannot be written" in read_only
    assert "cannot be written" in in_a_folder_that_is
    assert "Permission denied" in not_there
    assert writable == "written"
