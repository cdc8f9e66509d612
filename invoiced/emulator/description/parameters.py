"""Validation of parameters by a schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped, unused-ignore]
from jsonschema.validators import extend  # type: ignore[import-untyped, unused-ignore]
from werkzeug import Request

from invoiced.emulator.description import DOCUMENT, Schema, resolved, types_of
from invoiced.emulator.description.conversion import BOOLEANS, convert
from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.bodies import json_object
from invoiced.emulator.values.brackets import parse_nested

_INTEGERS = range(-(2**63), 2**63)

_TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}

_MESSAGES: Mapping[str, Callable[[Any], str]] = {
    "type": lambda types: (
        f"must be {' or '.join(_TYPE_NAMES[name] for name in ([types] if isinstance(types, str) else types))}"
    ),
    "enum": lambda values: f"must be one of: {', '.join(map(str, values))}",
    "minimum": lambda bound: f"must be at least {bound}",
    "maximum": lambda bound: f"must be at most {bound}",
    "minLength": lambda length: f"must have at least {length} {'byte' if length == 1 else 'bytes'}",
    "maxLength": lambda length: f"must have at most {length} bytes",
    "required": lambda _: "is required",
    "pattern": lambda pattern: _characters(pattern),
    "unknown": lambda _: "is not known",
}

_ALLOWED_CHARACTERS = re.compile(r"\^\[([^\]]+)\]\{([0-9]+),([0-9]*)\}\$")


class Parameters:
    """Parameters allowed by `schema`, which is of type object.

    A null that the schema does not allow means omitted, except in `changes` of a record, where it is an error. Changes
    have no defaults: what is omitted stays as it is. Unknown names are refused if `strict`.
    """

    def __init__(self, schema: Schema, *, changes: bool = False, strict: bool = True) -> None:
        self.schema = resolved(schema)
        self.properties: Schema = self.schema.get("properties", {})
        self._changes = changes
        self._validator = (_StrictValidator if strict else _Validator)(
            {"components": DOCUMENT["components"], **self.schema}
        )

    def from_query(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Parse the pairs of a query. `ApiError` if they are invalid."""
        return self.from_text(parse_nested(query))

    def from_body(self, request: Request) -> dict[str, Any]:
        """Parse the JSON body of a request to the emulator itself. `ApiError` if it is invalid."""
        return self.validate(json_object(request.get_data()))

    def from_text(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a query or a form with their types. `ApiError` if they are invalid. Empty means null."""
        nulls = {name: None if value == "" else value for name, value in values.items()}
        return self.validate(convert(nulls, self.schema, {**BOOLEANS, "true": True, "false": False}))

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return `parameters` with the defaults of the schema. `ApiError` if the schema does not allow them."""
        if not self._changes:
            parameters = {
                name: value
                for name, value in parameters.items()
                if value is not None or "null" in types_of(self.properties.get(name, {"type": "null"}))
            }
        if error := min(self._validator.iter_errors(parameters), key=_rank, default=None):
            raise ApiError(400, _message(error), _param(error))
        if self._changes:
            return parameters
        defaults = {name: part["default"] for name, part in self.properties.items() if "default" in part}
        return {**defaults, **parameters}


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS


def _is_number(_: object, value: object) -> bool:
    """Return whether a value is a number, but not NaN, infinity or too large for the database."""
    return math.isfinite(value) if isinstance(value, float | Decimal) else _is_integer(_, value)


def _reject_unknown(validator: Any, allowed: Any, parameters: Any, schema: Schema) -> Iterator[ValidationError]:
    """Reject unknown parameters. The description's schemas allow them, so that responses may gain fields."""
    if allowed is not True or "properties" not in schema:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, parameters, schema)
    elif isinstance(parameters, dict):
        for name in parameters:
            if name not in schema["properties"]:
                yield ValidationError("unknown", path=[name], validator="unknown")


def _reject_missing(validator: Any, required: Any, parameters: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(parameters, dict):
        for name in required:
            if name not in parameters:
                yield ValidationError("missing", path=[name], validator="required")


def _reject_short(validator: Any, length: int, text: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(text, str) and len(text.encode()) < length:
        yield ValidationError("too short")


def _reject_long(validator: Any, length: int, text: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(text, str) and len(text.encode()) > length:
        yield ValidationError("too long")


_Validator = extend(
    Draft202012Validator,
    {"required": _reject_missing, "minLength": _reject_short, "maxLength": _reject_long},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)

_StrictValidator = extend(_Validator, {"additionalProperties": _reject_unknown})


def _characters(pattern: str) -> str:
    """Return what a text has to be to match a pattern, such as `^[a-z_]{2,}$`."""
    found = _ALLOWED_CHARACTERS.fullmatch(pattern)
    if found is None:
        return "is not valid"
    allowed, least, most = found.groups()
    for characters, name in (("A-Za-z", "letters "), ("0-9", "digits ")):
        allowed = allowed.replace(characters, name)
    names = [*re.findall("letters|digits", allowed), *re.sub("letters |digits ", "", allowed)]
    number = f"{least} to {most}" if most else f"at least {least}"
    return f"must have {number} characters: {', '.join(names)}"


def _rank(error: ValidationError) -> bool:
    """Return the rank of an error: what is wrong comes before what is missing."""
    return error.validator == "required" or not error.absolute_path


def _param(error: ValidationError) -> str | None:
    if missing := _missing_one_of(error):
        return missing[0].removesuffix("_id")
    return str(error.absolute_path[0]) if error.absolute_path else None


def _missing_one_of(error: ValidationError) -> list[str]:
    """Return the parameters of which one is needed, if that is the error."""
    if error.validator != "anyOf" or error.absolute_path:
        return []
    choices: Any = error.validator_value
    return [name for choice in choices for name in choice.get("required", ())]


def _message(error: ValidationError) -> str:
    if missing := _missing_one_of(error):
        return f"One of the parameters {', '.join(missing)} is missing."
    if not error.absolute_path:
        return "These parameters cannot be combined."
    first, *inner = error.absolute_path
    name = str(first) + "".join(f"[{part}]" for part in inner)
    sentence = _MESSAGES.get(str(error.validator), lambda _: "is not valid")
    return f"The parameter {name} {sentence(error.validator_value)}."
