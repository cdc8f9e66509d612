"""The pages of all calls and classes, which tools/write_pages.py writes."""

from __future__ import annotations

import re

import pytest
from resource_writer.description import Description
from write_pages import DOCS, pages

PAGE = DOCS / "api.md"
OPERATIONS = [operation for operation in Description.read().operations.values() if operation.is_offered]


def normalized(request: str) -> str:
    """Return a request without the names of the IDs in its path."""
    return re.sub(r":\w+", ":id", request)


@pytest.mark.parametrize("name", pages())
def test_a_page_is_what_the_tool_writes(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_the_page_has_every_operation_of_the_service(operation: object) -> None:
    requests = {normalized(request) for request in re.findall(r"\| `([A-Z]+ /[^`]+)` \|", PAGE.read_text("utf-8"))}
    assert normalized(operation.line) in requests  # type: ignore[attr-defined]


def test_the_page_has_no_other_requests() -> None:
    known = {normalized(operation.line) for operation in OPERATIONS}
    assert {
        normalized(found) for found in re.findall(r"\| `([A-Z]+ /[^`]+)` \|", PAGE.read_text("utf-8"))
    } - known == set()
