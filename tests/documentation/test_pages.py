"""What the README, the pages of the site and the docstrings show, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reader import ROOT, reading

import invoiced
import invoiced.emulator
import invoiced.imports
import invoiced.runs
import invoiced.statements

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
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```(?:python|sh)\n(.*?)^```", text)
    for program in re.findall(r"(?m)^```\{literalinclude\} (.+)\n:language: python\n```", text):
        blocks.append((page.parent / program).read_text(encoding="utf-8"))
    assert [line for block in blocks for line in block.splitlines() if len(line) > 92] == []


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can lead to: its headings, as GitHub and MyST name them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_link_beside_the_site_leads_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    assert links
    for path, anchor in links:
        target = page.parent / path
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_the_reference_has_every_public_name() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    modules = set(re.findall(r"automodule:: (\S+)", page))
    names = set(re.findall(r"auto(?:class|function):: (?:[\w.]+\.)?(\w+)", page))
    assert "invoiced.runs" in modules  # with its imported members, so with all that it has
    for room in (invoiced, invoiced.statements, invoiced.imports, invoiced.emulator):
        public = set(room.__all__) - set(invoiced.runs.__all__) - NAMES_OF_ANOTHER_KIND
        assert {name for name in public if getattr(room, name).__module__ not in modules} <= names


NAMES_OF_ANOTHER_KIND = {"VERSION", "__version__", "ErrorBase"}
"""A number, and an older name."""
