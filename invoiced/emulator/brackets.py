"""Nested values in queries and forms: `metadata[region]=west`, `taxes[]=1`, `to[0][name]=Nancy`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from invoiced.emulator.description import Schema, resolved, types_of
from invoiced.emulator.errors import ApiError

_NAME = re.compile(r"([^\[]+)\[(.*)\]", re.DOTALL)
_MAX_DEPTH = 10
# This number of digits always fits into SQLite's 64-bit integers.
_INTEGER = r"-?[0-9]{1,18}"
_DECIMAL = r"-?[0-9]{1,18}\.[0-9]{1,18}"

BOOLEANS_OF_QUERIES: Mapping[str, bool] = {"1": True, "0": False}
BOOLEANS_OF_FORMS: Mapping[str, bool] = {**BOOLEANS_OF_QUERIES, "true": True, "false": False}


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


def convert(value: Any, schema: Schema, booleans: Mapping[str, bool]) -> Any:
    """Convert `value`, text or nested dicts of text, to the types of `schema`; leave it unchanged if that fails."""
    schema, types = resolved(schema), types_of(schema)
    if isinstance(value, str):
        return value if "string" in types else _convert_text(value, types, booleans)
    if isinstance(value, dict):
        if "array" in types and all(re.fullmatch("[0-9]{1,9}", key) for key in value):
            return [convert(value[key], schema.get("items", {}), booleans) for key in sorted(value, key=int)]
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {"type": "string"}
        return {key: convert(inner, properties.get(key, others), booleans) for key, inner in value.items()}
    return value


def _convert_text(text: str, types: frozenset[str], booleans: Mapping[str, bool]) -> Any:
    """Convert `text` to a boolean, an integer or a decimal number, whichever the schema allows."""
    if "boolean" in types and text in booleans:
        return booleans[text]
    if types & {"integer", "number"} and re.fullmatch(_INTEGER, text):
        return int(text)
    if "number" in types and re.fullmatch(_DECIMAL, text):
        return Decimal(text)
    return text
