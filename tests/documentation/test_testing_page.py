"""Tests that the tests on the pages about testing pass."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from reader import ROOT


def files_on_the_page(page: str) -> dict[str, str]:
    """Return the files on a page by name: the blocks that start with the name of the file, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    files: dict[str, str] = defaultdict(str)
    for name, block in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", text, re.DOTALL):
        files[name] += block + "\n\n"
    return files


@pytest.mark.parametrize("page", ["testing.md", "billing-tests.md"])
def test_the_tests_of_a_page_pass_in_a_users_project(page: str, pytester: pytest.Pytester) -> None:
    files = files_on_the_page(page)
    for name, text in files.items():
        Path(pytester.path, name).write_text(text, encoding="utf-8")
    outcomes = pytester.runpytest_subprocess("-W", "error").parseoutcomes()
    assert outcomes.keys() == {"passed"}
    assert outcomes["passed"] >= "".join(files.values()).count("def test_")
