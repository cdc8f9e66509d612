"""Text of classes, methods and docstrings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

WIDTH = 120


class Field(NamedTuple):
    """A field of a record or a key of parameters."""

    type: str
    meaning: str


def comment(text: str, indent: str = "    ") -> str:
    """Return the docstring of a field, wrapped."""
    return textwrap.fill(f'{text}"""', WIDTH, initial_indent=f'{indent}"""', subsequent_indent=indent)


def docstring(text: str, indent: str = "") -> str:
    """Return the docstring of a class or a function: a line, and the other sentences in a paragraph below it."""
    line = f'{indent}"""{text}"""'
    if len(line) <= WIDTH:
        return line
    summary, _, details = text.partition(". ")
    details = textwrap.fill(details, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return f'{indent}"""{summary.removesuffix(".")}.\n\n{details}\n{indent}"""'


def fields(members: Mapping[str, Field]) -> Iterator[str]:
    """Yield the lines of annotated fields with docstrings."""
    for name, field in members.items():
        yield f"    {name}: {field.type}"
        yield comment(field.meaning)


def method(name: str, params: str, returned: str, text: str, body: Iterable[str]) -> str:
    """Return a method."""
    arguments = f"self, {params}" if params else "self"
    lines = [f"    def {name}({arguments}) -> {returned}:", docstring(text, "        ")]
    return "\n".join([*lines, *(f"        {line}".rstrip() for line in body)])


def mapping(name: str, items: Mapping[str, str]) -> str:
    """Return the assignment of a dict to a class attribute."""
    members = ", ".join(f'"{key}": "{value}"' for key, value in items.items())
    return f"    {name} = {{{members}}}"
