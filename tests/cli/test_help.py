"""Help texts, however the package is compiled and packed."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import write_docstrings

from .conftest import ROOT

ALL_HELP = """
import click
from invoiced.cli.application import application

def show(command, path):
    context = click.Context(command, info_name=path, terminal_width=100)
    print(path, command.get_help(context), sep="\\n")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            show(command.get_command(context, name), f"{path} {name}")

print(click.__file__, __import__("invoiced").__file__)
show(application(), "invoiced")
"""


def all_help(*options: str, package: Path = ROOT, folder: Path) -> tuple[str, str]:
    """Return where the package was imported from, and the help of all commands."""
    command = [sys.executable, *options, "-c", f"import sys; sys.path.insert(0, {str(package)!r})\n{ALL_HELP}"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert ran.stderr == ""
    first, _, help = ran.stdout.partition("\n")
    return first.split()[-1], help


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    _, help = all_help(folder=tmp_path_factory.mktemp("empty"))
    assert help.count("Example: invoiced ") > 150
    assert "Skip the confirmation prompt" in help.partition("invoiced subscriptions cancel\n")[2][:1000]
    return help


def test_the_file_of_docstrings_is_what_its_tool_writes() -> None:
    written = write_docstrings.docstrings()
    assert write_docstrings.FILE.read_text(encoding="utf-8") == written, "run python tools/write_docstrings.py"


def test_all_commands_have_their_help_without_docstrings(expected: str, tmp_path: Path) -> None:
    _, help = all_help("-OO", folder=tmp_path)
    assert help == expected


def test_all_commands_have_their_help_without_docstrings_and_sources(expected: str, tmp_path: Path) -> None:
    package = tmp_path / "invoiced"
    shutil.copytree(ROOT / "invoiced", package, ignore=shutil.ignore_patterns("__pycache__", "hook-*"))
    assert compileall.compile_dir(package, quiet=1, legacy=True, optimize=2)
    for source in package.rglob("*.py"):
        source.unlink()
    imported_from, help = all_help(package=tmp_path, folder=tmp_path)
    assert imported_from == str(package / "__init__.pyc")
    assert help == expected


def test_all_commands_have_their_help_in_a_zip_archive(expected: str, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "packages"), "zip", ROOT, "invoiced")
    imported_from, help = all_help("-OO", package=Path(archive), folder=tmp_path)
    assert imported_from.startswith(archive)
    assert help == expected


def test_the_command_runs_from_a_zip_archive(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "packages"), "zip", ROOT, "invoiced")
    program = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('invoiced.cli', alter_sys=True)"
    main = program.replace("alter_sys=True", "run_name='__main__', alter_sys=True")
    ran = subprocess.run([sys.executable, "-c", main, archive, "demo"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.stderr == ""
    assert "The emulator sent 6 e-mails" in ran.stdout
