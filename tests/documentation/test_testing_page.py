"""The tests that the page on testing shows are tests that pass."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from reader import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def shown_files() -> dict[str, str]:
    """By name, what the page says is in a file: the blocks that begin with its name, in order."""
    files: dict[str, str] = defaultdict(str)
    for name, block in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL):
        files[name] += block + "\n\n"
    return files


def test_the_tests_of_the_page_pass_as_a_users_own(pytester: pytest.Pytester) -> None:
    files = shown_files()
    for name, text in files.items():
        Path(pytester.path, name).write_text(text, encoding="utf-8")
    outcomes = pytester.runpytest_subprocess("-W", "error").parseoutcomes()
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] > "".join(files.values()).count("def test_")  # one of them runs twice
