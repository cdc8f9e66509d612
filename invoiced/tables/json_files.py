"""Rows in JSON: an array of objects, or an object per line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .errors import TableError
from .rows import TableRow

_START = re.compile(r'\s*(\[\s*([\[{\]"]|-?\d+\s*,)|\{\s*["}])')


def is_json(text: str) -> bool:
    """Return whether a text begins like an array or an object."""
    return _START.match(text) is not None


def read_json(file: str, text: str) -> Iterator[TableRow]:
    """Yield the rows. Their number is that of their line, or their position in the array.

    Raises:
        TableError: it is not JSON, a row is not an object, or there are no rows.
    """
    number = 0
    try:
        for number, record in _records(text):
            if not isinstance(record, dict):
                raise TableError(f'Row {number} in {file} is not a JSON object, such as {{"number": "A-1"}}.')
            yield TableRow(number, list(record), record.values())
        if not number:
            raise TableError(f"{file} has no rows.")
    except (json.JSONDecodeError, RecursionError) as error:
        raise TableError(f"Invalid JSON in {file} after row {number}: {error}.") from None


def _records(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        yield from enumerate(_parse(text), start=1)
    else:
        yield from ((number, _parse(line)) for number, line in enumerate(io.StringIO(text), start=1) if line.strip())


def _parse(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise TableError(f"A JSON object has a name twice: {', '.join(name for name, _ in pairs)}.")
    return dict(pairs)
