"""Tests of all examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_has_less_than_forty_lines_and_a_test(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) < 40
    assert (HERE / f"test_{example.name}").exists()


def test_every_test_has_an_example() -> None:
    tested = {path.name.removeprefix("test_") for path in HERE.glob("test_*.py")} - {"examples.py"}
    assert tested == {example.name for example in EXAMPLES}


@pytest.mark.parametrize("example", ["import_contacts.py", "month_end_statements.py"])
def test_a_program_without_arguments_shows_its_usage(run: Any, example: str) -> None:
    completed = run(example)
    assert completed.returncode == 1
    assert f"python {example}" in completed.stderr
