"""What holds for every example."""

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


def test_every_test_has_its_example() -> None:
    tested = {path.name.removeprefix("test_") for path in HERE.glob("test_*.py")} - {"examples.py"}
    assert tested == {example.name for example in EXAMPLES}


@pytest.mark.parametrize("example", ["import_contacts.py", "month_end_statements.py"])
def test_a_program_for_the_desk_tells_how_to_run_it(run: Any, example: str) -> None:
    told = run(example)
    assert told.returncode == 1
    assert f"python {example}" in told.stderr
