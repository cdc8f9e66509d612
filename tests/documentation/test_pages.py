"""What the README, the pages of the site and the docstrings show, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reader import ROOT, reading

import invoiced

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [path for path in sorted((ROOT / "invoiced").rglob("*.py")) if ".. code-block:: python" in path.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_runs_and_prints_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(tmp_path, monkeypatch) as reader:
        reader.read(page)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_every_block_of_a_docstring_runs(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(tmp_path, monkeypatch) as reader, invoiced.Client() as client:
        acme = client.Customer.create(name="Acme", number="CUST-0042", email="billing@acmecorp.com")
        acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        reader.emulator.set_balance(acme.id, total_outstanding=470)
        names = {"invoiced": invoiced, "client": client, "customer": acme, "emulator": reader.emulator}
        assert reader.read_docstrings(module, names)


def test_the_page_on_errors_names_each_of_them() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for cls in vars(invoiced).values():
        if isinstance(cls, type) and issubclass(cls, Exception):
            assert f"`{cls.__name__}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_of_code_is_wider_than_the_site_shows_without_scrolling(page: Path) -> None:
    blocks = re.findall(r"^```(?:python|sh)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [line for block in blocks for line in block.splitlines() if len(line) > 92] == []
