"""The page docs/api.md: every public call has a section."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from reader import ROOT

import invoiced

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
GLANCE = PAGE.partition("## At a glance")[2].partition("\n## ")[0]
HEADINGS = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)


def methods_of(cls: type, *, without: type = object) -> dict[str, Any]:
    """Return the public methods of a class, except the methods of the class `without`."""
    methods = inspect.getmembers(cls, inspect.isfunction)
    return {name: method for name, method in methods if not name.startswith("_") and not hasattr(without, name)}


def calls_of_collection(name: str, cls: type[invoiced.Collection[Any]]) -> Iterator[str]:
    """Yield the calls of a collection."""
    yield from (f"{name}.{verb}" for verb in methods_of(cls))


def calls_of_record(cls: type[invoiced.Object]) -> Iterator[str]:
    """Yield the constructor and the calls of a record, and the calls of the collections that it returns."""
    name, methods = cls.__name__.lower(), methods_of(cls, without=invoiced.Object)
    if methods:
        yield f"invoiced.{cls.__name__}"
    for verb, method in methods.items():
        yield f"{name}.{verb}"
        returned = getattr(invoiced, str(inspect.signature(method).return_annotation), None)
        if inspect.isclass(returned) and issubclass(returned, invoiced.Collection):
            yield from calls_of_collection(f"{name}.{verb}()", returned)


def all_calls() -> Iterator[str]:
    """Yield every call that the page must describe."""
    yield "invoiced.Client"
    yield from (f"client.{verb}" for verb in methods_of(invoiced.Client))
    for name, cls in inspect.get_annotations(invoiced.Client, eval_str=True).items():
        if issubclass(cls, invoiced.Collection):
            yield from calls_of_collection(f"client.{name}", cls)
    for cls in map(vars(invoiced).get, invoiced.__all__):
        if inspect.isclass(cls) and issubclass(cls, invoiced.Object):
            yield from calls_of_record(cls)


CALLS = sorted(all_calls())


def test_all_calls_include_clients_records_and_collections() -> None:
    expected = {
        "client.request",
        "client.Customer.create",
        "customer.balance",
        "customer.contacts().find",
        "contact.save",
    }
    assert expected <= set(CALLS)
    assert not {"client.Customer.delete", "customer.create", "customer.to_dict", "email.save"} & set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_has_a_heading_that_is_linked_at_the_top(call: str) -> None:
    assert HEADINGS.count(call) == 1
    anchor = re.sub(r"[^\w -]", "", call.lower())
    assert f"(#{anchor})" in GLANCE


def test_every_heading_is_a_call() -> None:
    assert set(HEADINGS) <= set(CALLS)


def test_the_tables_at_the_top_show_the_requests_of_the_sections() -> None:
    rows = re.findall(r"(?m)^\| \[`[^`]+`\]\(#([\w-]+)\) \| `?(\w+)", GLANCE)
    sections = {
        re.sub(r"[^\w -]", "", name.lower()): text
        for name, text in re.findall(r"(?ms)^### `([^\n]+)`\n(.*?)(?=^##|\Z)", PAGE)
    }
    assert len(rows) == len(HEADINGS)
    for anchor, method in rows:
        request = re.search(r"(?m)^```http\n([A-Z]+) ", sections[anchor])
        assert not method.isupper() or (request and request[1] == method), anchor
