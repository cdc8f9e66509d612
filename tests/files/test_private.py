"""Everything that the library writes about people can be read by its owner alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from click.testing import CliRunner, Result

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator
from invoiced.files import create_folder, write_atomically
from invoiced.imports import ContactImport
from invoiced.statements import Period, StatementDownload, Statements, merge

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids="umask {:03o}".format)
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:  # the folder is created before
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def everybody() -> Iterator[None]:
    """The umask of a program that lets everybody read and write its files."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        monkeypatch.setenv("INVOICED_API_KEY", "any key")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        client.Customer.create(name="Acme", email="acme@example.com")
        yield client


def modes(folder: Path) -> dict[str, str]:
    """Return the modes of all files and folders in a folder, by their path."""
    return {str(path.relative_to(folder)): oct(stat.S_IMODE(path.stat().st_mode)) for path in sorted(folder.rglob("*"))}


def command(*words: object) -> Result:
    return CliRunner().invoke(application(), [*map(str, words)])


# Files and folders


@pytest.mark.parametrize("options", [{}, {"replace": False}, {"durable": True}], ids=str)
def test_a_file_is_private_from_the_beginning_to_the_end(umask: None, options: dict[str, bool], tmp_path: Path) -> None:
    with write_atomically(tmp_path / "file", **options) as temporary:
        assert modes(tmp_path) == {temporary.name: "0o600"}
        temporary.write_bytes(b"new")
        assert modes(tmp_path) == {temporary.name: "0o600"}
    assert modes(tmp_path) == {"file": "0o600"}


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(everybody: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with write_atomically(tmp_path / "file") as temporary:
        temporary.write_bytes(b"new")
    assert modes(tmp_path) == {"file": "0o600"}


def test_a_file_is_written_even_if_no_longer_name_is_possible(tmp_path: Path) -> None:
    for name in ("x" * 255, "ü" * 127, "\N{GRINNING FACE}" * 63):
        with write_atomically(tmp_path / name) as temporary:
            temporary.write_bytes(b"new")
        assert (tmp_path / name).read_bytes() == b"new"


def test_a_link_is_replaced_and_its_target_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with write_atomically(tmp_path / "link") as temporary:
        temporary.write_bytes(b"new")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"old"


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("folder", "pipe", "link"):
        with pytest.raises(OSError, match=name), write_atomically(tmp_path / name):
            pytest.fail("nothing is written")
    assert sorted(modes(tmp_path)) == ["folder", "link", "pipe"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "link").is_symlink()


def test_a_folder_and_its_parents_are_private_and_an_existing_folder_keeps_its_mode(
    umask: None, tmp_path: Path
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old").chmod(0o755)
    for path in ("old", "old/a/b/c", "old/a", "new/../other/d"):
        create_folder(tmp_path / path)
    assert modes(tmp_path) == {
        **{"old": "0o755", "old/a": "0o700", "old/a/b": "0o700", "old/a/b/c": "0o700"},
        **{"new": "0o700", "other": "0o700", "other/d": "0o700"},
    }


def test_a_folder_where_a_file_is_raises_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in ("file", "file/folder"):
        with pytest.raises(OSError, match="file"):
            create_folder(tmp_path / path)


# What the library writes


def test_the_ledger_and_the_files_beside_it_are_private(umask: None, client: invoiced.Client, tmp_path: Path) -> None:
    period = Statements(client, ledger=tmp_path / "folder" / "ledger").period("2026-11")
    run = ContactImport(client, "contacts", ledger=tmp_path / "folder" / "ledger")
    plans = period.plan([1]), run.plan([{"customer_id": 1, "name": "Ann", "email": "ann@example.com"}])
    for results, session in ((period.send(plans[0]), 1), (run.send(plans[1]), 2)):
        assert next(results).done
        files = ("ledger", "ledger-wal", "ledger-shm", f"ledger.session-{session}")
        assert modes(tmp_path) == {"folder": "0o700", **{f"folder/{name}": "0o600" for name in files}}
        results.close()
    for ledger in (period.ledger, run.ledger):
        ledger.close()
    assert modes(tmp_path) == {"folder": "0o700", "folder/ledger": "0o600"}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="requires /proc")
def test_the_temporary_file_of_staged_rows_is_private(everybody: None, tmp_path: Path) -> None:
    program = """if True:
        import os, stat
        from invoiced.runs.rows import Row
        from invoiced.runs.staged_rows import StagedRows

        staged = StagedRows()
        staged._connection.execute("PRAGMA cache_size = 1")
        for number in range(1, 50):
            staged.add(Row(number, request={"message": "x" * 50_000}))
        descriptors = [int(name) for name in os.listdir("/proc/self/fd")]
        links = {number: os.readlink(f"/proc/self/fd/{number}") for number in descriptors[:-1]}
        files = [os.fstat(number) for number, link in links.items() if os.environ["TMPDIR"] in link]
        print(*(oct(stat.S_IMODE(file.st_mode)) for file in files))
    """
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(tmp_path), "SQLITE_TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(ran.stdout.split()) == {"0o600"}


def test_results_and_reports_are_private_even_if_they_replace_files_that_others_can_read(
    everybody: None, rows: Path, emulator: Emulator
) -> None:
    emulator.fail("POST /customers/1/emails", connection="reset")
    Path("result.csv").touch()
    assert command("statements", "send", "2026-11", "rows.csv", "--yes", "--result", "result.csv").exit_code == 1
    assert Path("result.csv").read_bytes().startswith(b"\xef\xbb\xbfperiod,")
    for name in ("report.csv", "report.xlsx"):
        for _ in range(2):
            assert command("statements", "report", "2026-11", "--out", name).exit_code == 0
            assert modes(rows.parent)[name] == "0o600"
            Path(name).chmod(0o666)
        Path(name).unlink()
    assert command("statements", "unknown", "2026-11", "--out", "unknown.xlsx").exit_code == 0
    assert modes(rows.parent) == {"rows.csv": "0o666", "result.csv": "0o600", "unknown.xlsx": "0o600"}


def test_downloaded_statements_and_their_folder_are_private(
    everybody: None, client: invoiced.Client, tmp_path: Path
) -> None:
    folder = tmp_path / "november" / "statements"
    downloads = [*StatementDownload(client, folder, period="2026-11").fetch([1])]
    merge(downloads, folder / "all.pdf")
    assert set(modes(folder).values()) == {"0o600"}
    assert sorted(modes(folder)) == sorted(["all.pdf", "statements.json", downloads[0].path.name])
    assert {name: mode for name, mode in modes(tmp_path).items() if "." not in name} == {
        "november": "0o700",
        "november/statements": "0o700",
    }


@responses.activate
def test_the_pdf_of_a_document_is_private(everybody: None, tmp_path: Path) -> None:
    responses.get("https://api.invoiced.com/invoices/7", b"%PDF-1.7 ...", content_type="application/pdf")
    (tmp_path / "old.pdf").touch()
    for name in ("old.pdf", "new.pdf"):
        invoiced.Invoice(invoiced.Client("any key"), 7).pdf(tmp_path / name)
    assert modes(tmp_path) == {"old.pdf": "0o600", "new.pdf": "0o600"}


# Result files of commands


@pytest.fixture
def rows(client: invoiced.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of recipients, in a folder of its own in which the commands run."""
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "rows.csv").write_text("id\n1\n", encoding="utf-8")
    return folder / "rows.csv"


@pytest.mark.parametrize("words", [["--type", "other"], ["--by", "email"], ["--start", "2026-13-01"]], ids=str)
def test_a_run_that_is_refused_leaves_no_result_file(words: list[str], rows: Path) -> None:
    result = command("statements", "send", "2026-11", rows, "--yes", "--result", "result.csv", *words)
    assert result.exit_code == 2
    assert [path.name for path in rows.parent.iterdir()] == ["rows.csv"]


def test_a_question_that_is_answered_with_no_and_a_dry_run_leave_no_result_file(rows: Path) -> None:
    for words in (["--dry-run"], []):
        command("statements", "send", "2026-11", rows, "--result", "result.csv", *words)
        assert [path.name for path in rows.parent.iterdir()] == ["rows.csv"]


def test_a_result_file_that_is_a_link_or_no_file_is_refused_and_its_target_is_not_touched(rows: Path) -> None:
    place = rows.parent
    (place / "empty").touch()
    (place / "link.csv").symlink_to(place / "empty")
    (place / "dangling.xlsx").symlink_to(place / "nothing")
    (place / "device.csv").symlink_to("/dev/null")
    (place / "folder.csv").mkdir()
    os.mkfifo(place / "pipe.csv")
    before = modes(place / "folder.csv"), sorted(os.listdir(place))
    for name in ("link.csv", "dangling.xlsx", "device.csv", "folder.csv", "pipe.csv"):
        result = command("statements", "send", "2026-11", rows, "--yes", "--result", name)
        assert result.exit_code == 2
        assert f"{name} is a link, a folder or a device" in result.output
    assert (modes(place / "folder.csv"), sorted(os.listdir(place))) == before
    assert (place / "empty").read_bytes() == b""


def test_the_result_file_cannot_be_the_ledger(
    rows: Path, client: invoiced.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICED_LEDGER", "ledger.csv")
    for name, status in (("./ledger.csv", 1), ("ledger.csv", 2)):  # at first, there is none yet
        result = command("statements", "send", "2026-11", rows, "--yes", "--result", name)
        assert result.exit_code == status
        assert "ledger.csv already exists and is not a report" in result.output
        assert Statements(client).period("2026-11").status().counts == {"sent": 1}


def test_a_file_that_appears_during_the_run_is_not_replaced_by_the_results(
    rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(period: Period, *arguments: object, **options: object) -> object:
        (rows.parent / "result.csv").write_text("somebody's", encoding="utf-8")
        return original(period, *arguments, **options)  # type: ignore[arg-type]

    original = Period.send
    monkeypatch.setattr(Period, "send", send)
    result = command("statements", "send", "2026-11", rows, "--yes", "--result", "result.csv")
    assert result.exit_code == 1
    assert "result.csv already exists and is not a report" in result.output
    assert (rows.parent / "result.csv").read_text(encoding="utf-8") == "somebody's"
