"""Docstrings of the library and of the commands, from which help texts are made.

They are read from a file that tools/write_docstrings.py writes, because Python has them neither with the option `-OO`
nor, for fields, without the source.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any


def docstring_of(function: Callable[..., Any]) -> str:
    """Return the docstring of a function or method. Python itself has those of classes that a program adds."""
    written = docstring_at(f"{function.__module__}:{function.__qualname__}")
    return written or inspect.getdoc(function) or ""


def docstring_at(path: str) -> str:
    """Return the docstring of the function at a path such as "invoiced.cli.demo:demo", or an empty string."""
    docstrings: Mapping[str, str] = _read()["functions"]
    return docstrings.get(path, "")


def field_descriptions(cls: Any) -> dict[str, str]:
    """Return the first sentence of the docstring of each field of a TypedDict, inherited fields included."""
    descriptions: dict[str, str] = _read()["fields"].get(f"{cls.__module__}:{cls.__qualname__}", {})
    return descriptions


def argument_descriptions(function: Callable[..., Any]) -> dict[str, str]:
    """Return the first sentence of each argument's description below "Args:" in the docstring of a function."""
    arguments = re.search(r"^Args:\n((?: +.*\n?)+)", docstring_of(function), re.MULTILINE)
    items = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", arguments[1] if arguments else "", re.MULTILINE)
    return {name: first_sentence(text[:1].upper() + text[1:]) for name, text in items}


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, without marks of code."""
    return " ".join(text.replace("`", "").split()).partition(". ")[0].rstrip(".") + "."


@cache
def _read() -> Mapping[str, Any]:
    file = resources.files("invoiced.cli").joinpath("docstrings.json")
    docstrings: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return docstrings
