"""Docstrings of fields, which only the source has."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from invoiced.cli.docstrings import first_sentence


def field_docstrings(cls: Any) -> dict[str, str]:
    """Return the first sentence of the docstring of each field of a class or TypedDict, inherited fields included."""
    node = _classes_in(cls.__module__)[cls.__name__]
    found: dict[str, str] = {}
    for name in node.bases:  # before Python 3.12, a TypedDict does not keep its bases
        base = getattr(sys.modules[cls.__module__], ast.unparse(name), None)
        if isinstance(base, type) and base.__module__.startswith("invoiced"):
            found |= field_docstrings(base)
    return found | dict(_documented_fields(node))


@cache
def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    source = inspect.getsource(sys.modules[module])
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _documented_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, first_sentence(text)
