"""Tests that comments, docstrings, string literals and pages use the vocabulary of the glossary in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("invoiced", "tests", "examples", "docs", "benchmarks", "tools")
PROGRAMS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *sorted(ROOT.glob("docs/*.md"))]

REPLACED = {
    r"answer\w*": "response, or return",
    r"(?<!there )is no (?!longer\b|more\b|less\b)\w+": "is not a, or is not a valid",
    r"told": "a verb such as: report, inform, contain",
    r"sought": "searched, or looked up",
    r"struck|strikes": "matched, or applied",
    r"anew": "again, or new",
    r"as it is meant": "as intended",
    r"carried out": "processed",
    r"under way": "in flight, or running",
}
"""Regular expressions of words that are avoided, with the words to use instead."""

ALLOWED: dict[str, set[str]] = {
    "invoiced/emulator/storage/store.py": {"answer"}
}  # the name of a record type in data files
"""Exceptions by file, such as quoted texts of the API: a finding that contains one of them is ignored."""


def comments(source: str) -> Iterator[str]:
    """Yield the comments. Those on consecutive lines are joined."""
    block, last_line = "", 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line, text = token.start[0], token.string.lstrip("#")
            if block and line != last_line + 1:
                yield block
                block = ""
            block, last_line = block + text, line
    if block:
        yield block


def literals(source: str) -> Iterator[str]:
    """Yield the docstrings and the other string literals, including the constant parts of f-strings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def replaced_words(texts: Iterator[str]) -> Iterator[str]:
    """Yield each occurrence of a replaced word, with its context and the words to use."""
    for text in texts:
        line = re.sub(r"\s+", " ", text)
        for pattern, better in REPLACED.items():
            for found in re.finditer(rf"\b(?:{pattern})\b", line, re.IGNORECASE):
                yield f"{line[max(found.start() - 40, 0) : found.end() + 40]!r}: instead of {found[0]!r}, use {better}"


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def check(path: Path, texts: Iterator[str]) -> None:
    allowed = ALLOWED.get(name(path), set())
    assert [found for found in replaced_words(texts) if not any(text in found for text in allowed)] == []


@pytest.mark.parametrize("path", [path for path in PROGRAMS if path != Path(__file__)], ids=name)
def test_comments_and_strings_use_the_vocabulary(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    check(path, iter([*comments(source), *literals(source)]))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_use_the_vocabulary(path: Path) -> None:
    check(path, iter([path.read_text(encoding="utf-8")]))


@pytest.mark.parametrize("text", ["'x' is no\n amount", "The API answered", "what a client is told", "Told, not asked"])
def test_replaced_words_are_found(text: str) -> None:
    assert [*replaced_words(iter([text]))]


@pytest.mark.parametrize("text", ["there is no retry", "the list is no longer complete", "a told_you", "tolder"])
def test_other_words_are_not_found(text: str) -> None:
    assert not [*replaced_words(iter([text]))]


def test_consecutive_comments_are_joined() -> None:
    source = "x = 1  # a value\n# that is no\n# number\n\n# another\n"
    assert [*comments(source)] == [" a value that is no number", " another"]


def test_every_exception_is_needed() -> None:
    for file, allowed in ALLOWED.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert [word for word in allowed if word not in text] == []
