"""The page of all calls: a new call is on it, under a heading of its own."""

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


def methods_of(cls: type, *, beside: type = object) -> dict[str, Any]:
    """The public methods of a class, without those that the class `beside` it has too."""
    methods = inspect.getmembers(cls, inspect.isfunction)
    return {name: method for name, method in methods if not name.startswith("_") and not hasattr(beside, name)}


def calls_of_collection(name: str, cls: type[invoiced.Collection[Any]]) -> Iterator[str]:
    yield from (f"{name}.{verb}" for verb in methods_of(cls))


def calls_of_record(cls: type[invoiced.Object]) -> Iterator[str]:
    """How the record is addressed, what may be done with it, and the calls of the collections that it hands out."""
    name, methods = cls.__name__.lower(), methods_of(cls, beside=invoiced.Object)
    if methods:
        yield f"invoiced.{cls.__name__}"
    for verb, method in methods.items():
        yield f"{name}.{verb}"
        answered = getattr(invoiced, str(inspect.signature(method).return_annotation), None)
        if inspect.isclass(answered) and issubclass(answered, invoiced.Collection):
            yield from calls_of_collection(f"{name}.{verb}()", answered)


def all_calls() -> Iterator[str]:
    yield "invoiced.Client"
    yield from (f"client.{verb}" for verb in methods_of(invoiced.Client))
    for name, cls in inspect.get_annotations(invoiced.Client, eval_str=True).items():
        if issubclass(cls, invoiced.Collection):
            yield from calls_of_collection(f"client.{name}", cls)
    for cls in map(vars(invoiced).get, invoiced.__all__):
        if inspect.isclass(cls) and issubclass(cls, invoiced.Object):
            yield from calls_of_record(cls)


CALLS = sorted(all_calls())


def test_the_calls_are_found() -> None:
    some = {"client.request", "client.Customer.create", "customer.balance", "customer.contacts().find", "contact.save"}
    assert some <= set(CALLS)
    assert not {"client.Customer.delete", "customer.create", "customer.to_dict", "email.save"} & set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_has_a_heading_that_is_linked_at_the_top(call: str) -> None:
    assert HEADINGS.count(call) == 1
    anchor = re.sub(r"[^\w -]", "", call.lower())
    assert f"(#{anchor})" in GLANCE


def test_every_heading_is_a_call() -> None:
    assert set(HEADINGS) <= set(CALLS)


def test_the_requests_at_a_glance_are_those_of_the_sections() -> None:
    rows = re.findall(r"(?m)^\| \[`[^`]+`\]\(#([\w-]+)\) \| `?(\w+)", GLANCE)
    sections = {
        re.sub(r"[^\w -]", "", name.lower()): text
        for name, text in re.findall(r"(?ms)^### `([^\n]+)`\n(.*?)(?=^##|\Z)", PAGE)
    }
    assert len(rows) == len(HEADINGS)
    for anchor, method in rows:
        sent = re.search(r"(?m)^```http\n([A-Z]+) ", sections[anchor])
        assert not method.isupper() or (sent and sent[1] == method), anchor
