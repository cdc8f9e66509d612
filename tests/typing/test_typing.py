"""Type checking with mypy and pyright. Run by `tox -e types`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import invoiced

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


def lines_about(collection: str, cls: str) -> Iterator[str]:
    """Yield statements about a collection and its records. The checkers must report those with `# error`."""
    verbs, access = getattr(invoiced, cls), f"client.{collection}"
    yield f"assert_type({access}, invoiced.{cls})"
    if hasattr(verbs, "retrieve"):
        yield f"assert_type({access}.retrieve(1), invoiced.{collection})"
        yield f"{access}.retrieve(1, tmieout=5)  # error"
        yield f"{access}.retrieve(1).nonsense  # error"
    if hasattr(verbs, "list"):
        yield f"assert_type({access}.list(per_page=5), tuple[list[invoiced.{collection}], invoiced.List])"
        yield f"assert_type({access}.all(deadline=5), Generator[invoiced.{collection}, None, None])"
        yield f"{access}.list(nonsense=1)  # error"
    if hasattr(verbs, "find"):
        yield f"assert_type({access}.find(id=1), invoiced.{collection})" if collection not in NAMED else ""
        yield f"{access}.find(nonsense=1)  # error"
    if hasattr(verbs, "create"):
        yield f"{access}.create(nonsense=1)  # error"
    if hasattr(getattr(invoiced, collection), "save"):
        yield f"invoiced.{collection}(client, 1).save(nonsense=1)  # error"
    yield f"{access}.delete()  # error"


NAMED = {
    collection
    for collection in invoiced.COLLECTIONS
    if getattr(invoiced, f"{collection}Filter", None)
    and "int" not in str(getattr(invoiced, f"{collection}Filter").__annotations__.get("id", ""))
}
"""Collections of which find() does not take an integer as ID."""


@checkers
def test_the_type_checkers_know_every_collection(errors_of: Callable[[Path], set[int]], tmp_path: Path) -> None:
    given = ["from collections.abc import Generator", "from typing_extensions import assert_type", "import invoiced"]
    lines = [*given, 'client = invoiced.Client("key")']
    for collection, cls in invoiced.COLLECTIONS.items():
        lines += lines_about(collection, cls)
    program = tmp_path / "every_collection.py"
    program.write_text("\n".join(lines), "utf-8")
    expected = {number for number, line in enumerate(lines, start=1) if line.endswith("# error")}
    assert len(expected) > 3 * len(invoiced.COLLECTIONS)
    assert errors_of(program) == expected


def test_a_type_checker_accepts_the_examples_of_the_pages(tmp_path: Path) -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        blocks = re.findall(r"(?ms)^```python\n(.*?)^```", page.read_text(encoding="utf-8"))
        (tmp_path / f"{page.stem.replace('-', '_')}.py").write_text("\n".join(blocks), encoding="utf-8")
    settings = {"extraPaths": [str(ROOT), str(ROOT / "docs" / "recipes")], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
