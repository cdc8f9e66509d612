"""Tests of the README, the pages of the site and the docstrings: their code blocks, links and completeness."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from reader import ROOT, reading

import invoiced
import invoiced.emulator
import invoiced.imports
import invoiced.ledger
import invoiced.runs
import invoiced.statements
import invoiced.webhooks

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [path for path in sorted((ROOT / "invoiced").rglob("*.py")) if ".. code-block:: python" in path.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_runs_and_has_the_expected_output(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(tmp_path, monkeypatch) as reader:
        reader.read(page)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_every_block_of_a_docstring_runs(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(tmp_path, monkeypatch) as reader, invoiced.Client() as client:
        acme = client.Customer.create(name="Acme", number="CUST-00042", email="billing@acmecorp.com")
        acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        reader.emulator.set_balance(acme.id, total_outstanding=470)
        names = {"invoiced": invoiced, "client": client, "customer": acme, "emulator": reader.emulator}
        assert reader.read_docstrings(module, names)


def test_the_errors_page_has_every_error() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for cls in vars(invoiced).values():
        if isinstance(cls, type) and issubclass(cls, Exception):
            assert f"`{cls.__name__}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_code_block_is_too_wide_for_the_site(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```(?:python|sh)\n(.*?)^```", text)
    for program in re.findall(r"(?m)^```\{literalinclude\} (.+)\n:language: python\n```", text):
        blocks.append((page.parent / program).read_text(encoding="utf-8"))
    assert [line for block in blocks for line in block.splitlines() if len(line) > 92] == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and MyST name them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_of_pages_outside_the_site_work(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    assert links
    for path, anchor in links:
        target = page.parent / path
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_the_reference_has_every_public_name() -> None:
    page = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("reference.md", "resources.md"))
    modules = set(re.findall(r"automodule:: (\S+)", page))
    names = set(re.findall(r"(?:auto(?:class|exception|function|data)|py:data):: (?:[\w.]+\.)?(\w+)", page))
    assert {"invoiced.runs", "invoiced.ledger"} <= modules  # with all their members
    members = {*invoiced.runs.__all__, *invoiced.ledger.__all__}
    for package in (invoiced, invoiced.statements, invoiced.imports, invoiced.emulator, invoiced.webhooks):
        public = set(package.__all__) - members - UNDOCUMENTED_NAMES
        assert {name for name in public if getattr(getattr(package, name), "__module__", "") not in modules} <= names


UNDOCUMENTED_NAMES = {"VERSION", "__version__", "ErrorBase"}
"""The version, and an alias."""
