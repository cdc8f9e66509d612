"""Values of the properties that a new record does not have yet."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from invoiced.emulator.description import Schema, resolved, schema_of, types_of

_BLANKS = {"array": [], "boolean": False, "integer": 0, "number": 0, "string": "", "object": {}}


def blank_record(properties: Mapping[str, Schema]) -> dict[str, Any]:
    """Return a record with all properties of its schema blank."""
    return {name: _blank_value(schema) for name, schema in properties.items()}


def blank_of(resource: str) -> dict[str, Any]:
    """Return a blank record of a resource, such as `Invoice`."""
    blank, containers = _blank_of(resource)
    return {**blank, **{name: copy.copy(value) for name, value in containers.items()}}


@cache
def _blank_of(resource: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a blank record, and its lists and objects, of which each record needs its own."""
    blank = blank_record(schema_of(resource)["properties"])
    return blank, {name: value for name, value in blank.items() if isinstance(value, list | dict)}


def blank_source(kind: str) -> dict[str, Any]:
    """Return a blank payment source of a kind: a bank account, or else a card."""
    return blank_of("BankAccount" if kind == "bank_account" else "Card")


def _blank_value(schema: Schema) -> Any:
    """Return the value of an omitted property: its default, or null or a blank value, as the schema allows."""
    schema = resolved(schema)
    for name in ("const", "default"):
        if name in schema:
            return copy.copy(schema[name])
    if "enum" in schema:
        return schema["enum"][0]
    types = types_of(schema)
    blank = None if not types or "null" in types else next(value for name, value in _BLANKS.items() if name in types)
    return copy.copy(blank)
