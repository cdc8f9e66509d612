"""The API description: its operations and schemas, read once per process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]

DOCUMENT: Schema = json.loads((resources.files("invoiced.emulator") / "openapi.json").read_text("utf-8"))


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of the API, such as `Customer.create`, which is POST /customers."""

    name: str
    method: str
    path: str
    action: str
    """Kind of call: create, retrieve, update, delete, list, or action (anything else)."""
    resource: str
    """Its chapter of the reference, and the schema of its records, such as `Customer`."""
    is_implemented: bool
    """Whether the emulator implements the operation."""
    status: int
    """HTTP status of success."""
    ids: Mapping[str, Schema]
    """Schemas of the IDs in the path."""
    query: Schema
    """Schema of all query parameters, as one object."""
    body: Schema
    """Schema of the body."""

    @property
    def schema(self) -> Schema:
        """Schema of the resource's records."""
        return schema_of(self.resource)

    @cached_property
    def record_type(self) -> str:
        """Type of the resource's records, such as `credit_note` for `CreditNote`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.resource).lower()

    @cached_property
    def parent_type(self) -> str | None:
        """Type of the parent records, such as `customer` for /customers/{customer_id}/contacts."""
        parent = re.search(r"{(\w+)_id}", self.path)
        return parent[1] if parent else None


def schema_of(resource: str) -> Schema:
    """Return the schema called `resource`."""
    schema: Schema = DOCUMENT["components"]["schemas"][resource]
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
            if method == "parameters":
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
                resource=call["tags"][0],
                is_implemented=call.get("x-seed", False),
                status=int(next(iter(call["responses"])).replace("2XX", "200")),
                ids=ids,
                query=_object(query),
                body=content.get("application/json", {"schema": _object({})})["schema"],
            )


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": True}


OPERATIONS = tuple(_operations())
