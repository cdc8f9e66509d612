"""The command line as a process: pipes, locales, terminals and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import KEY

import invoiced
from invoiced.emulator import Emulator

from .conftest import ROOT, Start

pty = pytest.importorskip("pty")

ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
NAME = "Zoë 日本"


@pytest.fixture
def many(account: invoiced.Client) -> None:
    """Create customers on several pages, more than a pipe can buffer."""
    for place in range(101):
        account.Customer.create(name=f"Customer {place}", notes="x" * 1000)


@pytest.fixture
def shown(start: Start) -> Callable[..., str]:
    """Return the output of a command on a terminal."""

    def shown(*arguments: object, **environment: str) -> str:
        reader, writer = pty.openpty()
        try:
            process = start(*arguments, stdout=writer, TERM="xterm-256color", **environment)
            assert process.stderr
            assert process.stderr.read() == ""
            assert process.wait(timeout=30) == 0
            return os.read(reader, 65536).decode()
        finally:
            os.close(reader)
            os.close(writer)

    return shown


def test_a_closed_pipe_ends_the_program_silently(start: Start, many: None) -> None:
    process = start("customers", "list")
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().startswith('{"ach_gateway": ')
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_a_full_disk_exits_with_1_and_one_line(start: Start, account: invoiced.Client, output: str) -> None:
    account.Customer.create(name=NAME)
    with open("/dev/full", "wb") as full:
        process = start("customers", "list", "--output", output, "--columns", "id", stdout=full.fileno())
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (1, "Error: [Errno 28] No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("command", "redirection", "status", "errors"),
    [
        ("customers list", ">&-", 0, ""),
        ("customers list", "2>&-", 0, ""),
        ("customers list", "<&- >&- 2>&-", 0, ""),
        ("customers get 9", "<&- >&- 2>&-", 1, ""),
        ("customers get 9", "2>/dev/full", 1, ""),
        ("customers bogus", "2>&-", 2, ""),
        ("customers bogus", "2>/dev/full", 2, ""),
        ("customers bogus --debug", "2>/dev/full", 2, ""),
        ("--help", ">/dev/full", 1, "Error: [Errno 28] No space left on device\n"),
        ("customers list", ">/dev/full 2>/dev/full", 1, ""),
        ("--api-key", "<&-", 2, "Error: No such option '--api-key'. See: invoiced --help\n"),
    ],
)
def test_streams_that_are_closed_or_full_do_not_change_the_exit_status(
    command: str, redirection: str, status: int, errors: str, account: invoiced.Client
) -> None:
    account.Customer.create(name=NAME)
    program = f"'{sys.executable}' -m invoiced.cli {command} {redirection}"
    ran = subprocess.run(["sh", "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=30)
    shown = ran.stderr.replace("option: --api-key.", "option '--api-key'.")  # as versions of click word it
    assert (ran.returncode, shown) == (status, errors)


def test_ctrl_c_exits_with_130_and_one_line(start: Start, many: None, emulator: Emulator) -> None:
    emulator.fail("GET /customers", query={"page": "2"}, connection="hang")
    process = start("customers", "list")
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "Interrupted.\n")


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_pipes_get_utf_8_in_any_locale(start: Start, account: invoiced.Client, output: str) -> None:
    account.Customer.create(name=NAME)
    options = ["--output", output, "--columns", "name"]
    text, errors = start("customers", "list", *options, **ASCII_LOCALE).communicate(timeout=30)
    assert errors == ""
    assert NAME in text


def test_errors_and_arguments_are_utf_8(start: Start, account: invoiced.Client) -> None:
    output, errors = start("customers", "create", "--name", NAME, **ASCII_LOCALE).communicate(timeout=30)
    assert errors == ""
    assert NAME in output
    _, errors = start("customers", "find", "--name", "Zoé", **ASCII_LOCALE).communicate(timeout=30)
    assert "Zoé" in errors


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_files_can_have_any_name_in_any_locale(
    start: Start, account: invoiced.Client, tmp_path: Path, locale: str
) -> None:
    def ran(*arguments: object) -> str:
        process = start(*arguments, **{**ASCII_LOCALE, "LC_ALL": locale, "INVOICED_LEDGER": str(ledger)})
        output, errors = process.communicate(timeout=30)
        assert "Error" not in errors
        assert process.returncode == 0
        return output

    account.Customer.create(name=NAME, number="A-1", email="a@example.com")
    names = ("März.csv", "Übersicht.sqlite", "Ergebnis-日本.csv", "Schlüssel", "mö.json", "Zoë.pdf")
    table, ledger, result, key, metadata, pdf = (tmp_path / name for name in names)
    table.write_text("number\nA-1\n", encoding="utf-8")
    key.write_text(KEY, encoding="utf-8")
    metadata.write_text('{"rep": "Zoë"}', encoding="utf-8")
    assert "1 sent" in ran("statements", "send", "2026-11", table, "--result", result, "--yes")
    assert ledger.exists()
    assert NAME in result.read_text(encoding="utf-8")
    assert "Zoë" in ran("customers", "update", 1, "--api-key-file", key, "--metadata", f"@{metadata}")
    ran("statements", "download", "2026-11", table, "--to", tmp_path / "Auszüge", "--merge", pdf)
    assert pdf.exists()
    process = start("statements", "send", "2026-11", tmp_path / "fehlt-ü.csv", **ASCII_LOCALE)
    assert "fehlt-ü.csv: No such file or directory" in process.communicate(timeout=30)[1]


def test_characters_that_a_terminal_cannot_show_become_question_marks(
    shown: Callable[..., str], account: invoiced.Client
) -> None:
    account.Customer.create(name=NAME)
    assert "Zo? ??" in shown("customers", "list", PYTHONIOENCODING="ascii")
    assert "Zo? ??" in shown("customers", "get", 1, "--output", "json", PYTHONIOENCODING="ascii")


def test_a_terminal_gets_a_table(shown: Callable[..., str], account: invoiced.Client) -> None:
    account.Customer.create(name=NAME)
    listed = shown("customers", "list", "--columns", "id,name", LC_ALL="C.UTF-8")
    assert "\x1b[1m" in listed
    assert NAME in listed
    assert "\x1b" not in shown("customers", "list", NO_COLOR="1")
    assert "\x1b" not in shown("customers", "get", 1, NO_COLOR="1")


def test_tables_fit_a_narrow_terminal(shown: Callable[..., str], account: invoiced.Client) -> None:
    account.Customer.create(name="Quite a long name " * 5)
    for words in (["list"], ["list", "--columns", "id,name,email,metadata"], ["get", 1]):
        lines = shown("customers", *words, COLUMNS="20", NO_COLOR="1").splitlines()
        assert max(map(len, lines)) <= 20


def test_the_installed_command_behaves_the_same(account: invoiced.Client) -> None:
    program = "import sys; from invoiced.cli import main; sys.argv[0] = 'invoiced'; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "customers", "get", "9"], capture_output=True, text=True, env={**os.environ}
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Error: GET /customers/9 failed with status 404: Customer was not found: 9.\n"
    assert KEY not in ran.stderr
