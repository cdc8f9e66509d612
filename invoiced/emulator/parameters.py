"""Parameters of a call, converted to the types of the description and validated by its schemas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped, unused-ignore]
from jsonschema.validators import extend  # type: ignore[import-untyped, unused-ignore]
from werkzeug import Request

from invoiced.emulator import exact_json
from invoiced.emulator.brackets import BOOLEANS_OF_FORMS, BOOLEANS_OF_QUERIES, convert, pairs, parse_nested
from invoiced.emulator.description import DOCUMENT, Operation, Schema, resolved, types_of
from invoiced.emulator.errors import ApiError

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
    "maxLength": lambda length: f"must have at most {length} characters",
    "maxProperties": lambda number: f"must have at most {number} keys",
    "required": lambda _: "is required",
    "unknown": lambda _: "is not known",
}


class Parameters:
    """Parameters allowed by `schema`, which is of type object.

    A null that the schema does not allow means omitted, except in `changes` of a record, where it is an error. Changes
    have no defaults: what is omitted stays as it is.
    """

    def __init__(self, schema: Schema, *, changes: bool = False) -> None:
        self._schema = resolved(schema)
        self._properties: Schema = self._schema.get("properties", {})
        self._changes = changes
        self._validator = _Validator({"components": DOCUMENT["components"], **self._schema})

    def from_query(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Parse the pairs of a query. `ApiError` if they are invalid."""
        return self._from_text(query, BOOLEANS_OF_QUERIES)

    def from_body(self, request: Request) -> dict[str, Any]:
        """Parse a body, which is JSON or a form. `ApiError` if it is invalid."""
        body = request.get_data()
        if not body:
            return self.validate({})
        if request.mimetype == "application/json":
            return self._from_json(body)
        if request.mimetype == "application/x-www-form-urlencoded":
            return self._from_text(pairs(body), BOOLEANS_OF_FORMS)
        raise ApiError(400, "The body must be application/json or application/x-www-form-urlencoded.")

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return `parameters` with the defaults of the schema. `ApiError` if the schema does not allow them."""
        if not self._changes:
            parameters = {
                name: value
                for name, value in parameters.items()
                if value is not None or "null" in types_of(self._properties.get(name, {"type": "null"}))
            }
        problems = {_message(error): _param(error) for error in self._validator.iter_errors(parameters)}
        if problems:
            params = set(problems.values())
            raise ApiError(400, " ".join(problems), params.pop() if len(params) == 1 else None)
        if self._changes:
            return parameters
        defaults = {name: part["default"] for name, part in self._properties.items() if "default" in part}
        return {**defaults, **parameters}

    def _from_json(self, text: bytes) -> dict[str, Any]:
        return self.validate({name: _empty_to_null(value) for name, value in json_object(text).items()})

    def _from_text(self, parameters: Iterable[tuple[str, str]], booleans: Mapping[str, bool]) -> dict[str, Any]:
        values = {name: _empty_to_null(value) for name, value in parse_nested(parameters).items()}
        return self.validate(convert(values, self._schema, booleans))


def json_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object of a body. `ApiError` if the body is not an object."""
    try:
        parameters = exact_json.loads_received(text)
    except ValueError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.") from None
    if not isinstance(parameters, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return parameters


@cache
def query_of(operation: Operation) -> Parameters:
    """Return the query parameters of a call."""
    return Parameters(operation.query)


@cache
def body_of(operation: Operation) -> Parameters:
    """Return the body parameters of a call."""
    return Parameters(operation.body, changes=operation.action == "update")


def _empty_to_null(value: Any) -> Any:
    return None if value == "" else value


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


_Validator = extend(
    Draft202012Validator,
    {"additionalProperties": _reject_unknown, "required": _reject_missing},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number}),
)


def _param(error: ValidationError) -> str | None:
    return str(error.absolute_path[0]) if error.absolute_path else None


def _message(error: ValidationError) -> str:
    if not error.absolute_path:
        return "These parameters cannot be combined."
    first, *inner = error.absolute_path
    name = str(first) + "".join(f"[{part}]" for part in inner)
    subject = "The keys of" if "propertyNames" in error.absolute_schema_path else "The parameter"
    sentence = _MESSAGES.get(str(error.validator), lambda _: "is not valid")
    return f"{subject} {name} {sentence(error.validator_value)}."
