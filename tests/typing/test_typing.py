"""Type checking with mypy and pyright. Run by `tox -e types`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
DECLARED = HERE / "declared.py"
MISUSE = HERE / "misuse.py"


def errors_of_mypy(path: Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--show-error-codes", "--no-pretty", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    return {int(line) for line in re.findall(rf"^.*{path.name}:(\d+): error: ", run.stdout, re.MULTILINE)}


def errors_of_pyright(path: Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    diagnostics = json.loads(run.stdout)["generalDiagnostics"]
    return {item["range"]["start"]["line"] + 1 for item in diagnostics if item["severity"] == "error"}


checkers = pytest.mark.parametrize("errors_of", [errors_of_mypy, errors_of_pyright])


@checkers
def test_the_type_checkers_know_all_public_types(errors_of: Callable[[Path], set[int]]) -> None:
    assert errors_of(DECLARED) == set()


@checkers
def test_the_type_checkers_reject_every_misuse_and_nothing_else(errors_of: Callable[[Path], set[int]]) -> None:
    lines = MISUSE.read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, start=1) if line.endswith("# error")}
    assert len(expected) > 30
    assert errors_of(MISUSE) == expected


def test_a_type_checker_accepts_the_examples_of_the_pages(tmp_path: Path) -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        blocks = re.findall(r"(?ms)^```python\n(.*?)^```", page.read_text(encoding="utf-8"))
        (tmp_path / f"{page.stem.replace('-', '_')}.py").write_text("\n".join(blocks), encoding="utf-8")
    settings = {"extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
