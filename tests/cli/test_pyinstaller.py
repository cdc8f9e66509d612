"""Hooks for PyInstaller: programs that it makes have the modules and files that are found when they run."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from invoiced.cli.application import EXPLICIT_COMMANDS
from invoiced.object import MODULE_BY_TYPE
from invoiced.pyinstaller import hook_directories

from .conftest import ROOT

pytest.importorskip("PyInstaller")
(HOOKS,) = map(Path, hook_directories())


def hook(module: str) -> dict[str, Any]:
    return runpy.run_path(str(HOOKS / f"hook-{module}.py"))


def modules() -> set[str]:
    """Return the modules that a program can use."""
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "invoiced").rglob("*.py"))
    return {name.removesuffix(".__init__") for name in names if not re.search(r"\.(pyinstaller|testing)\b", name)}


def test_pyinstaller_finds_the_hooks() -> None:
    hooks = {each.value for each in entry_points(group="pyinstaller40")}
    assert "invoiced.pyinstaller:hook_directories" in hooks


def test_every_module_that_is_imported_by_name_is_included() -> None:
    commands = {*hook("invoiced.cli")["hiddenimports"]}
    assert modules() <= commands
    assert {path.partition(":")[0] for path, _ in EXPLICIT_COMMANDS.values()} <= commands
    assert {*MODULE_BY_TYPE.values()} <= {*hook("invoiced")["hiddenimports"]}


@pytest.mark.parametrize("package", ["cli", "emulator"])
def test_every_data_file_is_included(package: str) -> None:
    included = {Path(source).name for source, _ in hook(f"invoiced.{package}")["datas"]}
    assert {path.name for path in (ROOT / "invoiced" / package).glob("*.json")} <= included


@pytest.mark.long
def test_a_frozen_program_has_all_commands_with_their_help(tmp_path: Path) -> None:
    def run(*command: str) -> str:
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=300)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    (tmp_path / "program.py").write_text("from invoiced.cli import main; main()", encoding="utf-8")
    options = ["--optimize", "2", "--paths", str(ROOT), "--additional-hooks-dir", str(HOOKS)]
    run(sys.executable, "-m", "PyInstaller", *options, "program.py")
    program = str(tmp_path / "dist" / "program" / "program")
    for name in ("statements send", "contacts import", "contract", "emulator", "demo", "subscriptions cancel"):
        installed = run(sys.executable, "-m", "invoiced.cli", *name.split(), "--help")
        assert run(program, *name.split(), "--help") == installed
    assert "The emulator sent 6 e-mails" in run(program, "demo")
