"""Docstrings of the public classes, methods and fields."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from field_docstrings import field_docstrings
from resource_writer.description import Description
from resource_writer.names import plural, sentence, words
from typing_extensions import get_type_hints

import invoiced
import invoiced.emulator
import invoiced.imports
import invoiced.runs
import invoiced.statements
from invoiced import Collection, Object
from invoiced.cli.discovery import hints_of

PACKAGE = Path(invoiced.__file__).parent
REFERENCE = Path(__file__).parents[1] / "reference" / "customers.md"
ROOMS = (invoiced, invoiced.emulator, invoiced.imports, invoiced.runs, invoiced.statements)


def own_methods(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods that a class defines itself, including properties and class methods."""
    for name, value in vars(cls).items():
        function = inspect.unwrap(getattr(value, "fget", None) or getattr(value, "__func__", value))
        if inspect.isfunction(function) and not name.startswith("_"):
            yield name, function


def classes_in(hint: Any) -> Iterator[type]:
    """Yield the classes of the library in a type hint."""
    if isinstance(hint, type) and hint.__module__.startswith("invoiced"):
        yield hint
    for argument in get_args(hint):
        yield from classes_in(argument)


def annotations_of(cls: type) -> dict[str, Any]:
    """Return the annotations of the class itself, without inherited annotations."""
    annotations: dict[str, Any] = vars(cls).get("__annotations__", {})
    return annotations


def hints_of_class(cls: type) -> Iterator[Any]:
    """Yield the types of the fields, parameters and return values that a class defines itself."""
    public = {name: getattr(invoiced, name) for name in invoiced.__all__}
    fields = {name: hint for name, hint in annotations_of(cls).items() if not name.startswith("_")}
    names = {**public, **vars(sys.modules[cls.__module__])}
    yield from get_type_hints(SimpleNamespace(__annotations__=fields), names).values()
    yield from (hint for _, method in own_methods(cls) for hint in hints_of(method).values())


def public_classes() -> list[type]:
    """Return the public classes, their base classes, and the classes in the types of their fields and methods."""
    found: dict[type, None] = {}
    to_do = [value for room in ROOMS for name in room.__all__ if inspect.isclass(value := getattr(room, name))]
    while to_do:
        cls = to_do.pop()
        if cls in found:
            continue
        found[cls] = None
        to_do += [base for base in cls.__mro__ if base.__module__.startswith("invoiced")]
        to_do += [named for hint in hints_of_class(cls) for named in classes_in(hint)]
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


CLASSES = public_classes()
CALLS = [
    pytest.param(method, id=f"{cls.__name__}.{name}")
    for cls in CLASSES
    if issubclass(cls, (Object, Collection))
    for name, method in own_methods(cls)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in inspect.signature(method).parameters.values())
]
"""Methods that send a request."""


def fields_of(cls: type) -> set[str]:
    """Return the names of the public fields, including inherited fields."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("invoiced")]
    return {name for base in bases for name in annotations_of(base) if not name.startswith("_")}


def docstrings() -> Iterator[tuple[Path, str]]:
    """Yield all docstrings of the library with their files, including the docstrings of fields."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield path, inspect.cleandoc(node.value.value)


def section(method: Callable[..., Any], title: str) -> dict[str, str]:
    """Return the entries of a section of a docstring, such as `Args`, by name."""
    _, _, below = str(inspect.getdoc(method)).partition(f"\n{title}:\n")
    lines = below.partition("\n\n")[0]
    return dict(re.findall(r"^    ([*\w]+): (.*(?:\n        .*)*)", lines, re.MULTILINE))


def test_the_public_classes_include_types_of_parameters_and_return_values() -> None:
    names = {cls.__name__ for cls in CLASSES}
    assert names >= {"BalanceHistoryEntry", "CustomerCreate", "ListParams", "ReceivedRequest", "Row"}
    assert len(CALLS) > 150


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_has_a_docstring(cls: type) -> None:
    assert fields_of(cls) <= set(field_docstrings(cls))


FILTERS = [name.removesuffix("Filter") for name in invoiced.__all__ if name.endswith("Filter")]


@pytest.mark.parametrize("name", FILTERS)
def test_a_field_has_the_same_description_in_the_record_and_in_its_filter(name: str) -> None:
    record, filter = field_docstrings(getattr(invoiced, name)), field_docstrings(getattr(invoiced, f"{name}Filter"))
    shared = {field: text for field, text in filter.items() if field in record}
    assert shared or name == "SignUpPageAddon"
    assert shared == {field: record[field] for field in shared}


@pytest.mark.parametrize("call", CALLS)
def test_every_call_names_its_request(call: Callable[..., Any]) -> None:
    inherited = {"list": "GET", "all": "Yield every record", "delete": "DELETE", "find": "GET", "retrieve": "GET"}
    first = str(inspect.getdoc(call)).partition("\n")[0]
    assert re.search(r": (GET|POST|PATCH|PUT|DELETE)\b", first) or inherited[call.__name__] in first


CHAPTERS = {sentence(plural(words(name))) for name in Description.read().chapters}
OTHER_CHAPTERS = {"Authentication", "Environments", "Errors", "Pagination"}


def test_the_chapters_and_sections_named_in_docstrings_exist_in_the_reference() -> None:
    headings = set(re.findall(r"^#+ (.+)$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for _, text in docstrings() for name in re.findall(r'section "([^"]+)"', text)} <= headings
    chapter = re.compile(r'chapters? "([^"]+)"(?: and "([^"]+)")?')
    named = {name for _, text in docstrings() for names in chapter.findall(text) for name in names if name}
    assert len(named) > 20
    assert named <= CHAPTERS | OTHER_CHAPTERS


def test_errors_are_documented_only_in_the_raises_section() -> None:
    for path, text in docstrings():
        assert not re.search(r"\b[Rr]aises [`A-Z]", text), (path, text)
