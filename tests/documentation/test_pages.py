"""What the README and the pages of the site show, run as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from reader import ROOT, reading

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_runs_and_says_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(tmp_path, monkeypatch) as reader:
        reader.read(page)
