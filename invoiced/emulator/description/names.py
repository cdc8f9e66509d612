"""Names of parameters that a call does not know: some calls refuse them, the others ignore them."""

from __future__ import annotations

from typing import Any

from invoiced.emulator.description import Operation, Schema, resolved
from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.warnings import warn

ALWAYS_IN_STRICT_LINKS = [("sort", ""), ("paginate", "offset"), ("updated_before", "0"), ("updated_after", "0")]
"""Parameters of each link to a page of a list that refuses unknown parameters."""


# Parameters of changes that have no effect, but that the rules refuse because of what is stored.
_CHECKED = {
    **{f"{resource}.save": {"customer"} for resource in ("Invoice", "CreditNote", "Estimate")},
    "Subscription.save": {"canceled"},
}


_CLOSED = {"tiers"}
"""Lists in which the rules refuse unknown names themselves."""


def known_in_query(operation: Operation, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a query that the call knows. `ApiError` if it refuses one."""
    known = operation.query["properties"]
    in_links = {name for name, _ in ALWAYS_IN_STRICT_LINKS} if operation.action == "list" else set()
    unknown = [name for name in sent if name not in known and name not in in_links]
    if unknown and operation.refuses_unknown_query:
        raise ApiError(400, f"The query parameter {unknown[0]} is not known.", "query")
    _warn(operation, unknown)
    return {name: value for name, value in sent.items() if name in known}


def known_in_body(operation: Operation, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a body that the call knows. `ApiError` if it refuses one."""
    for name in sent:
        if name in operation.refused:
            raise ApiError(400, f"The property {name} is read-only: remove it from the request.")
    properties = resolved(operation.body).get("properties")
    known = {*(properties or ()), *_CHECKED.get(operation.name, ())}
    unknown = [] if properties is None else [name for name in sent if name not in known]
    # What can only be sent at creation is ignored in updates.
    refused = [name for name in unknown if name not in operation.fixed] if operation.refuses_unknown_body else []
    if refused:
        raise ApiError(400, f"The parameter {refused[0]} is not known.", "request")
    _warn(operation, unknown)
    return {name: value for name, value in sent.items() if name not in unknown}


def known_inside(operation: Operation, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a body without unknown names in its lists and objects, which all calls ignore."""
    ignored: list[str] = []
    properties = resolved(operation.body).get("properties", {})
    known = {
        name: value if name in _CLOSED else _known(value, properties.get(name, {}), name, ignored)
        for name, value in sent.items()
    }
    _warn(operation, ignored)
    return known


def _known(value: Any, schema: Schema, path: str, ignored: list[str]) -> Any:
    schema = resolved(schema)
    if isinstance(value, list):
        return [_known(each, schema.get("items", {}), f"{path}[{index}]", ignored) for index, each in enumerate(value)]
    if not isinstance(value, dict) or "properties" not in schema or schema.get("additionalProperties") is not True:
        return value
    ignored += (f"{path}[{name}]" for name in value if name not in schema["properties"])
    return {
        name: _known(each, schema["properties"][name], f"{path}[{name}]", ignored)
        for name, each in value.items()
        if name in schema["properties"]
    }


def _warn(operation: Operation, ignored: list[str]) -> None:
    """Log names that may be typing errors: the API does not tell anyone."""
    if ignored:
        call = f"{operation.method} {operation.path}"
        warn(f"{call}: unknown parameters are ignored, as by the API: {', '.join(ignored)}")
