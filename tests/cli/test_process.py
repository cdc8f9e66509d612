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
    """Customers on more pages than one, and more than a pipe holds."""
    for place in range(101):
        account.Customer.create(name=f"Customer {place}", notes="x" * 1000)


@pytest.fixture
def shown(start: Start) -> Callable[..., str]:
    """What a command shows on a terminal."""

    def shown(*arguments: object, **environment: str) -> str:
        here, there = pty.openpty()
        try:
            process = start(*arguments, stdout=there, TERM="xterm-256color", **environment)
            assert process.stderr
            assert process.stderr.read() == ""
            assert process.wait(timeout=30) == 0
            return os.read(here, 65536).decode()
        finally:
            os.close(here)
            os.close(there)

    return shown


def test_a_reader_that_goes_away_ends_it_quietly(start: Start, many: None) -> None:
    process = start("customers", "list")
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().startswith('{"id": ')
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is full")
@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_a_full_disk_is_one_line_and_status_1(start: Start, account: invoiced.Client, output: str) -> None:
    account.Customer.create(name=NAME)
    with open("/dev/full", "wb") as full:
        process = start("customers", "list", "--output", output, "--columns", "id", stdout=full.fileno())
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (1, "Error: [Errno 28] No space left on device\n")


def test_a_closed_stdout_is_no_mistake(account: invoiced.Client) -> None:
    account.Customer.create(name=NAME)
    command = f"'{sys.executable}' -m invoiced.cli customers list >&-"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_ctrl_c_ends_it_with_one_line_and_status_130(start: Start, many: None, emulator: Emulator) -> None:
    emulator.fail("GET /customers", query={"page": "2"}, connection="hang")
    process = start("customers", "list")
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "Interrupted.\n")


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_pipes_get_utf_8_whatever_the_locale(start: Start, account: invoiced.Client, output: str) -> None:
    account.Customer.create(name=NAME)
    options = ["--output", output, "--columns", "name"]
    text, errors = start("customers", "list", *options, **ASCII_LOCALE).communicate(timeout=30)
    assert errors == ""
    assert NAME in text


def test_errors_and_arguments_are_utf_8_too(start: Start, account: invoiced.Client) -> None:
    output, errors = start("customers", "create", "--name", NAME, **ASCII_LOCALE).communicate(timeout=30)
    assert errors == ""
    assert NAME in output
    _, errors = start("customers", "find", "--name", "Zoé", **ASCII_LOCALE).communicate(timeout=30)
    assert "Zoé" in errors


def test_a_terminal_that_cannot_show_a_character_shows_a_question_mark(
    shown: Callable[..., str], account: invoiced.Client
) -> None:
    account.Customer.create(name=NAME)
    assert "Zo? ??" in shown("customers", "list", **ASCII_LOCALE)
    assert "Zo? ??" in shown("customers", "get", 1, "--output", "json", **ASCII_LOCALE)


def test_a_terminal_gets_a_table(shown: Callable[..., str], account: invoiced.Client) -> None:
    account.Customer.create(name=NAME)
    listed = shown("customers", "list", "--columns", "id,name", LC_ALL="C.UTF-8")
    assert "\x1b[1m" in listed
    assert NAME in listed
    assert "\x1b" not in shown("customers", "list", NO_COLOR="1")
    assert "\x1b" not in shown("customers", "get", 1, NO_COLOR="1")


def test_a_narrow_terminal_is_wide_enough(shown: Callable[..., str], account: invoiced.Client) -> None:
    account.Customer.create(name="Quite a long name " * 5)
    for words in (["list"], ["list", "--columns", "id,name,email,metadata"], ["get", 1]):
        lines = shown("customers", *words, COLUMNS="20", NO_COLOR="1").splitlines()
        assert max(map(len, lines)) <= 20


def test_it_is_the_same_as_an_installed_command(account: invoiced.Client) -> None:
    program = "import sys; from invoiced.cli import main; sys.argv[0] = 'invoiced'; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "customers", "get", "9"], capture_output=True, text=True, env={**os.environ}
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Error: GET /customers/9 was answered 404: No such customer: 9.\n"
    assert KEY not in ran.stderr
