"""Rows in JSON: an array of objects, or an object per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .bounds import MAX_CELLS, MAX_COLUMNS, MAX_NUMBER_LENGTH, MAX_ROW_LENGTH
from .errors import TableError, too_large
from .rows import TableRow

_START = re.compile(r'\s*(\[\s*([\[{\]"]|-?\d+\s*,)|\{\s*["}])')
_LINE = re.compile(r"[^\n]+\n?|\n")
_SEPARATOR = re.compile(r"\s*"), re.compile(r"\s*,\s*")
"""What is before the first element of an array, and before each other element."""
_END = re.compile(r"\s*]\s*")

_USUAL_LENGTH = 10_000
"""Number of characters in which the end of an element is searched first."""
_LONGEST_TOKEN = len("-Infinity")


def is_json(text: str) -> bool:
    """Return whether a text begins like an array or an object."""
    return _START.match(text) is not None


def read_json(file: str, text: str) -> Iterator[TableRow]:
    """Yield the rows. Their number is that of their line, or their position in the array.

    Raises:
        TableError: it is not JSON, a row is not an object, or there are no rows or too many.
    """
    number = count = 0
    try:
        for number, record in _elements(file, text) if text.lstrip().startswith("[") else _lines(file, text):
            if not isinstance(record, dict):
                raise TableError(f'Row {number} in {file} is not a JSON object, such as {{"number": "A-1"}}.')
            count += len(record) or 1
            if len(record) > MAX_COLUMNS:
                raise too_large(file, MAX_COLUMNS, "columns")
            if count > MAX_CELLS:
                raise too_large(file, MAX_CELLS, "cells")
            yield TableRow(number, list(record), record.values())
        if not number:
            raise TableError(f"{file} has no rows.")
    except (json.JSONDecodeError, RecursionError) as error:
        raise TableError(f"Invalid JSON in {file} after row {number}: {error}.") from None


def _lines(file: str, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(_LINE.finditer(text), start=1):
        if line.end() - line.start() > MAX_ROW_LENGTH:
            raise too_large(file, MAX_ROW_LENGTH, "characters in a row")
        if not line[0].isspace():
            yield number, _DECODER.decode(line[0])


def _elements(file: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield the elements of an array. Only one of them is in memory."""
    number, at = 0, text.index("[") + 1
    while not (end := _END.match(text, at)):
        before = _SEPARATOR[number > 0].match(text, at)
        if not before:
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        number += 1
        element, at = _element(file, text, before.end())
        yield number, element
    if end.end() < len(text):
        raise json.JSONDecodeError("Extra data", text, end.end())


def _element(file: str, text: str, start: int) -> tuple[Any, int]:
    """Return an element of an array, and where it ends."""
    for length in (_USUAL_LENGTH, MAX_ROW_LENGTH):
        part = text[start : start + length]
        try:
            element, end = _DECODER.raw_decode(part)
        except json.JSONDecodeError as error:
            is_at_end = error.pos > length - _LONGEST_TOKEN or error.msg.startswith("Unterminated")
            if len(part) < length or not is_at_end:
                raise json.JSONDecodeError(error.msg, text, start + error.pos) from None
        else:
            return element, start + end
    raise too_large(file, MAX_ROW_LENGTH, "characters in a row")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise TableError(f"A JSON object has a name twice: {', '.join(name for name, _ in pairs)}.")
    return dict(pairs)


def _number(text: str) -> int | Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise TableError(f"A JSON number has more than {MAX_NUMBER_LENGTH} digits: {text[:40]}...")
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, object_pairs_hook=_object)
