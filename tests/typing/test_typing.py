"""What the type checkers accept and refuse. Run by `tox -e types`, which has them."""

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


def lines_refused_by_mypy(path: Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--show-error-codes", "--no-pretty", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    return {int(line) for line in re.findall(rf"^.*{path.name}:(\d+): error: ", run.stdout, re.MULTILINE)}


def lines_refused_by_pyright(path: Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    found = json.loads(run.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


checkers = pytest.mark.parametrize("refused_by", [lines_refused_by_mypy, lines_refused_by_pyright])


@checkers
def test_the_checkers_know_the_types_of_everything_public(refused_by: Callable[[Path], set[int]]) -> None:
    assert refused_by(DECLARED) == set()


@checkers
def test_the_checkers_refuse_every_misuse_and_nothing_else(refused_by: Callable[[Path], set[int]]) -> None:
    lines = MISUSE.read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, start=1) if line.endswith("# refused")}
    assert len(expected) > 30
    assert refused_by(MISUSE) == expected


def test_a_type_checker_accepts_what_the_pages_show(tmp_path: Path) -> None:
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
