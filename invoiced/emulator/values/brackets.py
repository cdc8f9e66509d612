"""Nested values in queries and forms: `metadata[region]=west`, `taxes[]=1`, `to[0][name]=Nancy`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from invoiced.emulator.errors import ApiError

_NAME = re.compile(r"([^\[]+)\[(.*)\]", re.DOTALL)
_MAX_DEPTH = 10


def pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a query or a form. `ApiError` if they are not valid UTF-8."""
    try:
        return parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, "The parameters are not valid UTF-8.") from None


def parse_nested(parameters: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the pairs as nested dicts. The indexes of a list are keys, too: `taxes[]=7` is `{"taxes": {"0": "7"}}`.

    If a name is repeated, its last value counts. A name with broken brackets is used literally. `ApiError` if a
    name has both one value and several, or is nested deeper than any parameter of the API.
    """
    values: dict[str, Any] = {}
    next_index: dict[int, int] = {}  # By id() of the list. `[]` appends a value, as in PHP.
    for name, value in parameters:
        brackets = _NAME.fullmatch(name)
        first, *rest = [brackets[1], *brackets[2].split("][")] if brackets else [name]
        if len(rest) > _MAX_DEPTH:
            raise ApiError(400, f"The parameter {first} is nested too deeply.", first)
        target, key = values, first
        for inner in rest:
            target = target.setdefault(key, {})
            if not isinstance(target, dict):
                raise _ambiguous(first)
            key = inner or str(next_index.get(id(target), 0))
            if re.fullmatch("[0-9]{1,9}", key):
                next_index[id(target)] = max(next_index.get(id(target), 0), int(key) + 1)
        if isinstance(target.get(key), dict):
            raise _ambiguous(first)
        target[key] = value
    return values


def _ambiguous(name: str) -> ApiError:
    return ApiError(400, f"The parameter {name} is given both as one value and as several.", name)
