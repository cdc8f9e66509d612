"""The API description: its operations and schemas, read once per process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]

DOCUMENT: Schema = json.loads((resources.files(__name__) / "openapi.json").read_text("utf-8"))

_UNADVISED: Mapping[str, Schema] = {
    "Customer.invoice": {"items": {"$ref": "#/components/schemas/InvoiceCreate/properties/items"}}
}
"""Parameters of bodies that the description advises against, and so does not list (billing.md 3.27)."""

_UNKNOWN_QUERY = dict.fromkeys(("create", "update", "delete"), "refused")
"""What becomes of unknown query parameters where the description does not say it."""


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of the API, such as `Customer.create`, which is POST /customers."""

    name: str
    method: str
    path: str
    action: str
    """Kind of call: create, retrieve, update, delete, list, or action (anything else)."""
    resource: str
    """The schema of its records, such as `Customer`."""
    status: int
    """HTTP status of success."""
    ids: Mapping[str, Schema]
    """Schemas of the IDs in the path."""
    query: Schema
    """Schema of all query parameters, as one object."""
    body: Schema
    """Schema of the body."""
    filterable: frozenset[str] | None
    """Properties by which a list can be filtered; None for all."""
    refuses_unknown_query: bool
    """Whether unknown query parameters are an error, instead of ignored."""
    refuses_unknown_body: bool
    """Whether unknown parameters in the body are an error, instead of ignored."""

    @property
    def schema(self) -> Schema:
        """Schema of the resource's records."""
        return schema_of(self.resource)

    @cached_property
    def refused(self) -> frozenset[str]:
        """Read-only properties that the body must not have. Others are ignored."""
        schemas = (resolved(self.body), self.schema) if self.action in ("create", "update") else ()
        return frozenset(name for schema in schemas for name in schema.get("x-refused", ()))

    @cached_property
    def fixed(self) -> frozenset[str]:
        """Parameters of the creation of a record that an update ignores."""
        creations = (each for each in OPERATIONS if each.resource == self.resource and each.action == "create")
        bodies = (resolved(each.body) for each in creations) if self.action == "update" else ()
        return frozenset(name for body in bodies for name in body.get("properties", ()))

    @cached_property
    def id_field(self) -> str:
        """Field with the ID in paths."""
        return "internal_id" if "internal_id" in self.schema["properties"] else "id"

    @cached_property
    def record_type(self) -> str:
        """Type of the resource's records, such as `credit_note` for `CreditNote`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.resource).lower()

    @cached_property
    def parent_type(self) -> str | None:
        """Type of the parent records, such as `customer` for /customers/{customer_id}/contacts."""
        parent = re.search(r"{(\w+)_id}", self.path)
        return parent[1] if parent else None


@cache
def schema_of(resource: str) -> Schema:
    """Return the schema called `resource`. Of several kinds of records, it has the properties of all."""
    schema: Schema = DOCUMENT["components"]["schemas"][resource]
    if "oneOf" in schema:
        return {
            "type": "object",
            "properties": {k: v for part in schema["oneOf"] for k, v in resolved(part)["properties"].items()},
        }
    return schema


def resolved(part: Schema) -> Schema:
    """Return `part`, or the part that its `$ref` refers to."""
    while "$ref" in part:
        target: Any = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def types_of(schema: Schema) -> frozenset[str]:
    """Return the JSON types that `schema` allows; an empty set if it allows all types."""
    schema = resolved(schema)
    declared = schema.get("type", ())
    types = frozenset([declared] if isinstance(declared, str) else declared)
    return types.union(*(types_of(part) for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))))


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method, call in item.items():
            if method == "parameters" or call.get("x-unrouted"):
                continue
            parameters = [resolved(part) for part in (*item.get("parameters", ()), *call.get("parameters", ()))]
            ids = {part["name"]: part["schema"] for part in parameters if part["in"] == "path"}
            query = {part["name"]: part["schema"] for part in parameters if part["in"] == "query"}
            content = resolved(call.get("requestBody", {})).get("content", {})
            yield Operation(
                name=call["operationId"],
                method=method.upper(),
                path=path,
                action=call["x-action"],
                resource=_resource(path, call),
                status=int(next(iter(call["responses"])).replace("2XX", "200")),
                ids=ids,
                query=_object(query),
                body=_body(call["operationId"], content),
                filterable=frozenset(call["x-filterable"]) if "x-filterable" in call else None,
                refuses_unknown_query=call.get("x-unknown-query", _UNKNOWN_QUERY.get(call["x-action"])) == "refused",
                refuses_unknown_body=call.get("x-unknown-body") == "refused",
            )


def _body(name: str, content: Schema) -> Schema:
    body: Schema = content.get("application/json", {"schema": _object({})})["schema"]
    unadvised = _UNADVISED.get(name)
    return {**resolved(body), "properties": {**resolved(body)["properties"], **unadvised}} if unadvised else body


def _resource(path: str, call: Schema) -> str:
    """Return the schema of the record that a call is about, from the responses of the calls at the record's path."""
    start, found, rest = path.partition("{id}")
    calls = DOCUMENT["paths"].get(start + found, {}) if rest else {"": call, **DOCUMENT["paths"][path]}
    for other in calls.values():
        if isinstance(other, dict):
            (response,) = other["responses"].values()
            schema = response.get("schema", {})
            if reference := schema.get("items", schema).get("$ref"):
                return str(reference.rpartition("/")[2])
    return str(call["tags"][0])


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": True}


OPERATIONS = tuple(_operations())

RECORD_TYPES = {operation.resource: operation.record_type for operation in OPERATIONS}
"""Record types that the emulator stores, by resource."""
