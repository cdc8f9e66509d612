"""The command tree: help texts, examples and imports."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import invoiced
from invoiced.cli import application as module
from invoiced.cli.application import application
from invoiced.cli.lazy_group import import_command

from .conftest import ROOT, Run, Start


def commands(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command and group."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            yield (*words, name)
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from commands(command, *words, name)


COMMANDS = list(commands(application()))


def is_group(words: tuple[str, ...]) -> bool:
    return any(other[:-1] == words for other in COMMANDS)


def test_the_collections_and_the_explicit_commands_are_in_the_command_tree() -> None:
    customers = {words[1] for words in COMMANDS if words[0] == "customers" and len(words) == 2}
    contacts = {words[1] for words in COMMANDS if words[0] == "contacts" and len(words) == 2}
    verbs = {"list", "get", "find", "create", "update", "delete"}
    assert customers >= verbs | {"balance", "send-statement"}
    assert contacts >= verbs
    assert ("emulator",) in COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sage: invoiced " in result.stdout
    assert is_group(words) or f"  Example: invoiced {' '.join(words)}" in result.stdout


@pytest.mark.parametrize("words", [words for words in COMMANDS if not is_group(words)], ids=" ".join)
def test_every_example_can_be_parsed(words: tuple[str, ...]) -> None:
    command: click.Command = application()
    for word in words:
        with click.Context(command) as context:
            assert isinstance(command, click.Group)
            subcommand = command.get_command(context, word)
            assert subcommand
            command = subcommand
    for line in str(command.epilog).removeprefix("\b\n").splitlines():
        arguments = shlex.split(line.removeprefix("Example: invoiced "))
        assert tuple(arguments[: len(words)]) == words
        with command.make_context(words[-1], arguments[len(words) :]) as context:
            assert bool(context.params) == bool(command.params)


def test_examples_use_typical_options(run: Run) -> None:
    example = 'Example: invoiced customers create --name Acme --email billing@example.com --payment-terms "NET 30"'
    assert example in run("customers", "create", "--help").stdout
    assert 'Example: invoiced customers list --sort "name asc"\n' in run("customers", "list", "--help").stdout


@pytest.mark.parametrize("words", [(), ("customers",), ("contacts",)])
def test_a_group_without_a_command_shows_its_help_and_exits_with_2(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["customer", "list"], "No such command 'customer'. Did you mean 'customers'? See: invoiced --help"),
        (["customers", "lst"], "No such command 'lst'. Did you mean 'list'? See: invoiced customers --help"),
        (["xyz"], "No such command 'xyz'. See: invoiced --help"),
    ],
)
def test_a_command_that_does_not_exist_is_reported_with_a_similar_one(run: Run, words: list[str], error: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stderr) == (2, f"Error: {error}\n")


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").stdout == f"invoiced {invoiced.VERSION}\n"


def test_the_help_does_not_import_heavy_modules() -> None:
    program = (
        "import sys; sys.argv = ['invoiced', '--help']; from invoiced.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert "invoiced.cli.application" in loaded
    heavy = {"rich", "openpyxl", "pypdf", "invoiced.emulator", "invoiced.cli.emulator", "werkzeug", "sqlite3"}
    assert not heavy & set(loaded)


def test_explicit_commands_join_the_groups_of_collections_and_are_imported_when_they_run(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"contacts import": ("missing:command", "Import them."), "taxes file": ("missing:command", "File.")}
    monkeypatch.setattr(module, "EXPLICIT_COMMANDS", {**module.EXPLICIT_COMMANDS, **more})
    assert re.search("taxes +Work with taxes.", run("--help").stdout)
    contacts = run("contacts", "--help").stdout
    assert "import  Import them." in contacts
    assert "create  Create a contact" in contacts
    assert isinstance(run("contacts", "import").exception, ModuleNotFoundError)


@pytest.mark.parametrize("name", module.EXPLICIT_COMMANDS)
def test_an_explicit_command_can_be_imported_from_its_path(name: str) -> None:
    assert import_command(module.EXPLICIT_COMMANDS[name][0]).name == name.rpartition(" ")[2]


@pytest.mark.parametrize("package", ["click", "rich"])
def test_a_missing_extra_is_reported_in_one_line(package: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None; from invoiced.cli import main; main()"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f'The command line needs {package}: run pip install ".[cli]" in the checkout\n'


def completed(start: Start, *words: str) -> set[str]:
    environment = {"_INVOICED_COMPLETE": "bash_complete", "COMP_CWORD": str(len(words))}
    process = start(COMP_WORDS=" ".join(["invoiced", *words]), **environment)
    output, errors = process.communicate(timeout=30)
    assert errors == ""
    return {line.partition(",")[2] for line in output.splitlines()}


def test_commands_options_and_choices_are_completed(start: Start) -> None:
    assert completed(start, "inv") == {"invoice-chasing-cadences", "invoice-notes", "invoices"}
    statements = {"send-statement", "send-statement-letter", "send-statement-sms"}
    assert completed(start, "customers", "send") == statements
    assert completed(start, "customers", "create", "--payment-t") == {"--payment-terms"}
    assert completed(start, "customers", "send-statement", "--type", "open") == {"open_item"}
    assert completed(start, "customers", "update", "1", "--clear", "payment") == {"payment-terms"}
    assert completed(start, "contacts", "list", "--output", "json") == {"json", "jsonl"}


def test_the_completion_script_is_printed(start: Start) -> None:
    output, _ = start(_INVOICED_COMPLETE="zsh_source").communicate(timeout=30)
    assert output.startswith("#compdef invoiced")


def test_arguments_are_passed_on_to_the_emulator(start: Start) -> None:
    process = start("emulator", "--port", "0", "--seed", "7")
    assert process.stdout
    assert process.stdout.readline().startswith("The Invoiced API emulator listens on http://127.0.0.1:")
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_unknown_emulator_arguments_exit_with_2(start: Start) -> None:
    _, errors = (process := start("emulator", "--nothing")).communicate(timeout=30)
    assert process.returncode == 2
    assert "unrecognized arguments: --nothing" in errors


@pytest.mark.parametrize("arguments", [["emulator"], ["emulator", "--help"]])
def test_a_missing_emulator_extra_is_reported_in_one_line(start: Start, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "werkzeug.py").write_text("raise ModuleNotFoundError(name='werkzeug')", encoding="utf-8")
    process = start(*arguments, PYTHONPATH=str(tmp_path))
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert errors == 'Error: The emulator needs werkzeug: run pip install ".[emulator]" in the checkout\n'
