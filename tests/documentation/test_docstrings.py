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
from typing_extensions import get_type_hints

import invoiced
import invoiced.emulator
import invoiced.imports
import invoiced.runs
import invoiced.statements
from invoiced import Collection, Object
from invoiced.cli.discovery import find_collections, hints_of
from invoiced.cli.field_descriptions import field_descriptions

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
    if "timeout" in inspect.signature(method).parameters
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
    assert names >= {"BalanceHistoryEntry", "CustomerCreate", "ListParams", "PaymentSource", "ReceivedRequest", "Row"}
    assert len(CALLS) > 12


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_has_a_docstring(cls: type) -> None:
    assert fields_of(cls) <= set(field_descriptions(cls))


@pytest.mark.parametrize("found", find_collections(invoiced.Client), ids=lambda found: found.name)
def test_a_field_has_the_same_description_in_the_record_and_in_parameters(found: Any) -> None:
    descriptions = field_descriptions(found.record)
    for method in (found.collection.create, found.collection.find, found.record.save):
        (params,) = [hint for hint in hints_of(method).values() if (get_args(hint) or (None,))[0] in CLASSES]
        shared = {name: text for name, text in field_descriptions(get_args(params)[0]).items() if name in descriptions}
        assert len(shared) > 10
        assert shared == {name: descriptions[name] for name in shared}


@pytest.mark.parametrize("call", CALLS)
def test_every_call_names_its_section_of_the_reference(call: Callable[..., Any]) -> None:
    assert re.search(r'\((section|chapter) "', str(inspect.getdoc(call)).partition("\n")[0])


CHAPTERS = {"Authentication", "Environments", "Errors", "Pagination", "Customers", "Contacts", "Payment Sources"}
"""Chapters of the reference that the library covers."""


def test_the_sections_named_in_docstrings_exist_in_the_reference() -> None:
    headings = set(re.findall(r"^#+ (.+)$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for _, text in docstrings() for name in re.findall(r'section "([^"]+)"', text)}
    assert len(named) > 8
    assert named <= headings
    chapter = re.compile(r'chapters? "([^"]+)"(?: and "([^"]+)")?')
    assert {name for _, text in docstrings() for names in chapter.findall(text) for name in names if name} == CHAPTERS


@pytest.mark.parametrize("call", CALLS)
def test_every_call_documents_its_arguments_and_errors(call: Callable[..., Any]) -> None:
    parameters = {name for name in inspect.signature(call).parameters if name != "self"}
    assert {name.lstrip("*") for name in section(call, "Args")} == parameters
    assert "InvoicedError" in section(call, "Raises")


@pytest.mark.parametrize("name", ["idempotency_key", "timeout", "deadline"])
def test_common_arguments_have_the_same_description_in_every_call(name: str) -> None:
    calls: list[Any] = [call.values[0] for call in CALLS]
    pages = [call for call in calls if "prefetch" in inspect.signature(call).parameters]
    for group in ([call for call in calls if call not in pages], pages):
        texts = {text for call in group if (text := section(call, "Args").get(name))}
        assert len(texts) == (0 if group is pages and name == "idempotency_key" else 1)


def test_errors_are_documented_only_in_the_raises_section() -> None:
    for path, text in docstrings():
        assert not re.search(r"\b[Rr]aises [`A-Z]", text), (path, text)
