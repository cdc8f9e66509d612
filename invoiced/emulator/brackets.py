"""How queries and forms write nested values: `metadata[region]=west`, `taxes[]=1`, `to[0][name]=Nancy`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from typing import Any

from invoiced.emulator.description import Schema, resolved, types_of
from invoiced.emulator.errors import ApiError

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DEEPEST = 10
# So many digits always fit into the 64 bits of a database's numbers.
_WHOLE = r"-?[0-9]{1,18}"
_DECIMAL = r"-?[0-9]{1,18}\.[0-9]{1,18}"
_WORDS = {"1": True, "true": True, "0": False, "false": False}


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs as nested dicts. The places of a list are keys, too: `taxes[]=7` is `{"taxes": {"0": "7"}}`.

    A name given twice has its last value. A name with broken brackets is taken as it is. `ApiError` when a
    name is used for one value and for several, or is nested deeper than any parameter of the API.
    """
    values: dict[str, Any] = {}
    for name, value in pairs:
        written = _NAME.fullmatch(name)
        first, *rest = [written[1], *re.findall(r"\[([^\[\]]*)\]", written[2])] if written else [name]
        if len(rest) > _DEEPEST:
            raise ApiError(400, f"The parameter {first} is nested too deeply.", first)
        place, key = values, first
        for inner in rest:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise _ambiguous(first)
            key = inner or _free_place(place)
        if isinstance(place.get(key), dict):
            raise _ambiguous(first)
        place[key] = value
    return values


def _free_place(places: dict[str, Any]) -> str:
    """Where `[]` puts a value: behind the others."""
    return next(place for place in map(str, count(len(places))) if place not in places)


def _ambiguous(name: str) -> ApiError:
    return ApiError(400, f"The parameter {name} is given both as one value and as several.", name)


def fitted(value: Any, schema: Schema) -> Any:
    """`value`, text or nested dicts of it, as `schema` reads it; unchanged where it cannot."""
    schema, types = resolved(schema), types_of(schema)
    if isinstance(value, str):
        return value if "string" in types else _read(value, types)
    if isinstance(value, dict):
        if "array" in types and all(re.fullmatch("[0-9]{1,9}", key) for key in value):
            return [fitted(value[key], schema.get("items", {})) for key in sorted(value, key=int)]
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {"type": "string"}
        return {key: fitted(inner, properties.get(key, others)) for key, inner in value.items()}
    return value


def _read(text: str, types: frozenset[str]) -> Any:
    """`text` as a boolean, a whole number or a decimal number, whichever of them is admitted."""
    if "boolean" in types and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if types & {"integer", "number"} and re.fullmatch(_WHOLE, text):
        return int(text)
    if "number" in types and re.fullmatch(_DECIMAL, text):
        return float(text)
    return text
