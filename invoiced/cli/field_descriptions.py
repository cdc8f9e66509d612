"""Descriptions of fields, from the docstrings below their annotations."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
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
            yield field.target.id, " ".join(text.replace("`", "").split()).partition(". ")[0].rstrip(".") + "."


def _docstring(node: ast.stmt) -> str:
    """Return the docstring that a statement is, or an empty string."""
    text = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
    return text if isinstance(text, str) else ""
