"""How queries and forms write nested values: `metadata[region]=west`, `taxes[]=1`, `to[0][name]=Nancy`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from invoiced.emulator.description import Schema, resolved, types_of
from invoiced.emulator.errors import ApiError

_NAME = re.compile(r"([^\[]+)\[(.*)\]", re.DOTALL)
_DEEPEST = 10
# So many digits always fit into the 64 bits of a database's numbers.
_WHOLE = r"-?[0-9]{1,18}"
_DECIMAL = r"-?[0-9]{1,18}\.[0-9]{1,18}"

BOOLEANS_OF_QUERIES: Mapping[str, bool] = {"1": True, "0": False}
BOOLEANS_OF_FORMS: Mapping[str, bool] = {**BOOLEANS_OF_QUERIES, "true": True, "false": False}


def pairs(encoded: bytes) -> list[tuple[str, str]]:
    """The names and values of a query or a form. `ApiError` when they are no text."""
    try:
        return parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, "The parameters are not valid UTF-8.") from None


def nested(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs as nested dicts. The places of a list are keys, too: `taxes[]=7` is `{"taxes": {"0": "7"}}`.

    A name given twice has its last value. A name with broken brackets is taken as it is. `ApiError` when a
    name is used for one value and for several, or is nested deeper than any parameter of the API.
    """
    values: dict[str, Any] = {}
    behind: dict[int, int] = {}  # By list, the place behind all others: there `[]` puts a value, as PHP does.
    for name, value in given:
        written = _NAME.fullmatch(name)
        first, *rest = [written[1], *written[2].split("][")] if written else [name]
        if len(rest) > _DEEPEST:
            raise ApiError(400, f"The parameter {first} is nested too deeply.", first)
        place, key = values, first
        for inner in rest:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise _ambiguous(first)
            key = inner or str(behind.get(id(place), 0))
            if re.fullmatch("[0-9]{1,9}", key):
                behind[id(place)] = max(behind.get(id(place), 0), int(key) + 1)
        if isinstance(place.get(key), dict):
            raise _ambiguous(first)
        place[key] = value
    return values


def _ambiguous(name: str) -> ApiError:
    return ApiError(400, f"The parameter {name} is given both as one value and as several.", name)


def fitted(value: Any, schema: Schema, booleans: Mapping[str, bool]) -> Any:
    """`value`, text or nested dicts of it, as `schema` reads it; unchanged where it cannot."""
    schema, types = resolved(schema), types_of(schema)
    if isinstance(value, str):
        return value if "string" in types else _read(value, types, booleans)
    if isinstance(value, dict):
        if "array" in types and all(re.fullmatch("[0-9]{1,9}", key) for key in value):
            return [fitted(value[key], schema.get("items", {}), booleans) for key in sorted(value, key=int)]
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {"type": "string"}
        return {key: fitted(inner, properties.get(key, others), booleans) for key, inner in value.items()}
    return value


def _read(text: str, types: frozenset[str], booleans: Mapping[str, bool]) -> Any:
    """`text` as a boolean, a whole number or a decimal number, whichever of them is admitted."""
    if "boolean" in types and text in booleans:
        return booleans[text]
    if types & {"integer", "number"} and re.fullmatch(_WHOLE, text):
        return int(text)
    if "number" in types and re.fullmatch(_DECIMAL, text):
        return Decimal(text)
    return text
