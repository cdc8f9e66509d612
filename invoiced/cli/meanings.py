"""What fields mean, as the library documents them: in the docstrings below their annotations."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any


def meanings_in(cls: Any) -> dict[str, str]:
    """The first sentence of what a class or TypedDict, or one that it is made of, says of each of its fields."""
    node = _classes_in(cls.__module__).get(cls.__name__)
    found: dict[str, str] = {}
    for name in node.bases if node else ():  # before Python 3.12, a TypedDict itself does not know what it is made of
        base = getattr(sys.modules[cls.__module__], ast.unparse(name), None)
        if isinstance(base, type) and base.__module__.startswith("invoiced"):
            found |= meanings_in(base)
    return found | dict(_documented_fields(node) if node else ())


@cache
def _classes_in(module: str) -> dict[str, ast.ClassDef]:
    """The source of its classes."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, KeyError):  # classes that were made while the program runs
        return {}
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _documented_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        text = _text(below)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and text:
            yield field.target.id, " ".join(text.replace("`", "").split()).partition(". ")[0].rstrip(".") + "."


def _text(node: ast.stmt) -> str:
    """A docstring; empty if the statement is something else."""
    text = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
    return text if isinstance(text, str) else ""
