"""What a call is given: read as the description's types, checked against its schemas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped, unused-ignore]
from jsonschema.validators import extend  # type: ignore[import-untyped, unused-ignore]
from werkzeug import Request

from invoiced.emulator import exact
from invoiced.emulator.brackets import BOOLEANS_OF_FORMS, BOOLEANS_OF_QUERIES, fitted, nested, pairs
from invoiced.emulator.description import DOCUMENT, Operation, Schema, resolved, types_of
from invoiced.emulator.errors import ApiError

_SIXTY_FOUR_BITS = range(-(2**63), 2**63)

_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}

_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "type": lambda types: (
        f"must be {' or '.join(_KINDS[name] for name in ([types] if isinstance(types, str) else types))}"
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
    """The parameters that `schema`, an object, allows.

    A null where the schema wants a value counts as left out, but in `changes` of a record it is refused.
    """

    def __init__(self, schema: Schema, *, changes: bool = False) -> None:
        self._schema = resolved(schema)
        self._properties: Schema = self._schema.get("properties", {})
        self._changes = changes
        self._validator = _Validator({"components": DOCUMENT["components"], **self._schema})

    def from_query(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Those in the pairs of a query. `ApiError` says what is wrong with them."""
        return self._from_text(query, BOOLEANS_OF_QUERIES)

    def from_body(self, request: Request) -> dict[str, Any]:
        """Those in a body, which is JSON or a form. `ApiError` says what is wrong with them."""
        body = request.get_data()
        if not body:
            return self.checked({})
        if request.mimetype == "application/json":
            return self._from_json(body)
        if request.mimetype == "application/x-www-form-urlencoded":
            return self._from_text(pairs(body), BOOLEANS_OF_FORMS)
        raise ApiError(400, "The body must be application/json or application/x-www-form-urlencoded.")

    def checked(self, given: dict[str, Any]) -> dict[str, Any]:
        """`given` with the defaults of the schema. `ApiError` when the schema does not allow it."""
        if not self._changes:
            given = {
                name: value
                for name, value in given.items()
                if value is not None or "null" in types_of(self._properties.get(name, {"type": "null"}))
            }
        problems = {_sentence(fault): _param(fault) for fault in self._validator.iter_errors(given)}
        if problems:
            params = set(problems.values())
            raise ApiError(400, " ".join(problems), params.pop() if len(params) == 1 else None)
        defaults = {name: part["default"] for name, part in self._properties.items() if "default" in part}
        return {**defaults, **given}

    def _from_json(self, text: bytes) -> dict[str, Any]:
        return self.checked({name: _empty_is_null(value) for name, value in json_object(text).items()})

    def _from_text(self, given: Iterable[tuple[str, str]], booleans: Mapping[str, bool]) -> dict[str, Any]:
        values = {name: _empty_is_null(value) for name, value in nested(given).items()}
        return self.checked(fitted(values, self._schema, booleans))


def json_object(text: bytes) -> dict[str, Any]:
    """The object that a body is, as it is. `ApiError` when it is none."""
    try:
        given = exact.received(text)
    except ValueError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.") from None
    if not isinstance(given, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return given


@cache
def query_of(operation: Operation) -> Parameters:
    """The parameters in the query of an operation."""
    return Parameters(operation.query)


@cache
def body_of(operation: Operation) -> Parameters:
    """The parameters in the body of an operation."""
    return Parameters(operation.body, changes=operation.action == "update")


def _empty_is_null(value: Any) -> Any:
    return None if value == "" else value


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _SIXTY_FOUR_BITS


def _is_number(_: object, value: object) -> bool:
    """NaN, the infinities, and what is as large as those to a database are none."""
    return math.isfinite(value) if isinstance(value, float | Decimal) else _is_whole(_, value)


def _only_known(validator: Any, allowed: Any, given: Any, schema: Schema) -> Iterator[ValidationError]:
    """The description's schemas are open, so that answers may grow; what is sent must still be known."""
    if allowed is not True or "properties" not in schema:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, given, schema)
    elif isinstance(given, dict):
        for name in given:
            if name not in schema["properties"]:
                yield ValidationError("unknown", path=[name], validator="unknown")


def _only_complete(validator: Any, required: Any, given: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(given, dict):
        for name in required:
            if name not in given:
                yield ValidationError("missing", path=[name], validator="required")


_Validator = extend(
    Draft202012Validator,
    {"additionalProperties": _only_known, "required": _only_complete},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_number}),
)


def _param(fault: ValidationError) -> str | None:
    return str(fault.absolute_path[0]) if fault.absolute_path else None


def _sentence(fault: ValidationError) -> str:
    if not fault.absolute_path:
        return "The parameters do not go together."
    first, *inner = fault.absolute_path
    name = str(first) + "".join(f"[{part}]" for part in inner)
    subject = "The keys of" if "propertyNames" in fault.absolute_schema_path else "The parameter"
    sentence = _SENTENCES.get(str(fault.validator), lambda _: "is not valid")
    return f"{subject} {name} {sentence(fault.validator_value)}."
