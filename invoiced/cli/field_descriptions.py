"""Descriptions of fields and arguments, from docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any


def field_descriptions(cls: Any) -> dict[str, str]:
    """Return the first sentence of the docstring of each field of a class or TypedDict, inherited fields included."""
    node = _classes_in(cls.__module__).get(cls.__name__)
    descriptions: dict[str, str] = {}
    for name in node.bases if node else ():  # before Python 3.12, a TypedDict does not keep its bases
        base = getattr(sys.modules[cls.__module__], ast.unparse(name), None)
        if isinstance(base, type) and base.__module__.startswith("invoiced"):
            descriptions |= field_descriptions(base)
    return descriptions | dict(_documented_fields(node) if node else ())


def argument_descriptions(function: Callable[..., Any]) -> dict[str, str]:
    """Return the first sentence of each argument's description below "Args:" in the docstring of a function."""
    arguments = re.search(r"^Args:\n((?: +.*\n?)+)", inspect.getdoc(function) or "", re.MULTILINE)
    items = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", arguments[1] if arguments else "", re.MULTILINE)
    return {name: _first_sentence(text[:1].upper() + text[1:]) for name, text in items}


@cache
def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    """Return the syntax tree of each class in a module."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, KeyError):  # classes that are created at run time
        return {}
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _documented_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        text = _docstring(below)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and text:
            yield field.target.id, _first_sentence(text)


def _first_sentence(text: str) -> str:
    return " ".join(text.replace("`", "").split()).partition(". ")[0].rstrip(".") + "."


def _docstring(node: ast.stmt) -> str:
    """Return the text of a statement that is a docstring, or an empty string."""
    text = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
    return text if isinstance(text, str) else ""
