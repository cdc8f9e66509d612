"""Tests that the tests on the testing page pass."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from reader import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def files_on_the_page() -> dict[str, str]:
    """Return the files on the page by name: the blocks that start with the name of the file, in order."""
    files: dict[str, str] = defaultdict(str)
    for name, block in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL):
        files[name] += block + "\n\n"
    return files


def test_the_tests_of_the_page_pass_in_a_users_project(pytester: pytest.Pytester) -> None:
    files = files_on_the_page()
    for name, text in files.items():
        Path(pytester.path, name).write_text(text, encoding="utf-8")
    outcomes = pytester.runpytest_subprocess("-W", "error").parseoutcomes()
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] > "".join(files.values()).count("def test_")  # one test is parametrized
