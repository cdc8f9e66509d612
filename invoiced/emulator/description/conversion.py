"""Conversion of parameters to the types of the description, as the API converts them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced.emulator.description import Schema, resolved, types_of
from invoiced.emulator.values.exact_json import decimal_text

# This number of digits always fits into SQLite's 64-bit integers.
_INTEGER = r"-?[0-9]{1,18}"
_DECIMAL = r"-?[0-9]{1,18}\.[0-9]{1,18}"
_MAX_EXPONENT = 30

BOOLEANS: Mapping[str, bool] = {"1": True, "0": False}
"""Texts that the API takes for booleans."""


def convert(value: Any, schema: Schema, booleans: Mapping[str, bool] = BOOLEANS) -> Any:
    """Convert a value of a query, a form or JSON to the types of `schema`; leave it unchanged if that fails.

    Text that has a rule for its length is never converted from a number.
    """
    schema, types = resolved(schema), types_of(schema)
    if isinstance(value, str):
        return value if "string" in types else _convert_text(value, types, booleans)
    if isinstance(value, bool | int | Decimal):
        return _convert_scalar(value, types, is_text="string" in types and not {"minLength", "maxLength"} & {*schema})
    if isinstance(value, list):
        return [convert(each, schema.get("items", {}), booleans) for each in value]
    if isinstance(value, dict):
        if "array" in types and all(re.fullmatch("[0-9]{1,9}", key) for key in value):
            return [convert(value[key], schema.get("items", {}), booleans) for key in sorted(value, key=int)]
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {key: convert(inner, properties.get(key, others), booleans) for key, inner in value.items()}
    return value


def as_text(value: bool | int | Decimal) -> str:
    """Return a value as the API stores it where text is expected."""
    if isinstance(value, bool):
        return "1" if value else ""
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


def _convert_text(text: str, types: frozenset[str], booleans: Mapping[str, bool]) -> Any:
    """Convert `text` to a boolean, an integer or a decimal number, whichever the schema allows."""
    if "boolean" in types and text in booleans:
        return booleans[text]
    if types & {"integer", "number"} and re.fullmatch(_INTEGER, text):
        return int(text)
    if types & {"integer", "number"} and re.fullmatch(_DECIMAL, text):
        return Decimal(text) if "number" in types else int(Decimal(text))
    return text


def _convert_scalar(value: bool | int | Decimal, types: frozenset[str], *, is_text: bool) -> Any:
    """Convert a number or a boolean to a boolean, an integer or text, whichever the schema allows."""
    if isinstance(value, bool):
        return as_text(value) if is_text and "boolean" not in types else value
    if "boolean" in types and str(value) in BOOLEANS:
        return BOOLEANS[str(value)]
    if "number" in types or (isinstance(value, int) and "integer" in types):
        return value
    if isinstance(value, Decimal) and "integer" in types:
        return int(value) if abs(value.adjusted()) < _MAX_EXPONENT else value
    return as_text(value) if is_text else value
