"""The API description: its operations and schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]

Schema = dict[str, Any]

FILE = Path(__file__).parents[2] / "description" / "openapi.yaml"


def load(text: str) -> dict[str, Any]:
    """Parse YAML."""
    document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


@dataclass(frozen=True)
class Operation:
    """One call of the API, such as `Customer.contacts.create`."""

    id: str
    method: str
    path: str
    action: str
    """Kind of call: create, retrieve, update, delete, list, or action (anything else)."""
    chapter: str
    summary: str
    query: dict[str, Schema]
    """Parameters in the query, by name."""
    body: str | None
    """Name of the schema of the body."""
    response: str | None
    """Name of the schema of the response, or of its items."""
    is_list: bool
    filterable: tuple[str, ...]
    is_offered: bool
    """Whether the service has the operation."""
    is_documented: bool
    """Whether the operation is in the API reference."""
    id_field: str

    @property
    def owner(self) -> str:
        """What the operation belongs to, such as `Customer.contacts`."""
        return self.id.rpartition(".")[0]

    @property
    def verb(self) -> str:
        """Name of the operation, such as `create`."""
        return self.id.rpartition(".")[2]

    @property
    def line(self) -> str:
        """Method and path, such as `PATCH /customers/:id`."""
        return f"{self.method} {self.path.replace('{', ':').replace('}', '')}"


class Description:
    """The parsed description."""

    def __init__(self, text: str) -> None:
        self._document = load(text)
        self.schemas: dict[str, Schema] = self._document["components"]["schemas"]
        self.operations = {operation.id: operation for operation in self._operations()}

    @classmethod
    def read(cls) -> Description:
        """Read the file of the description."""
        return cls(FILE.read_text("utf-8"))

    def resolve(self, part: Schema) -> Schema:
        """Return `part`, or the part that its `$ref` refers to."""
        while "$ref" in part:
            target: Any = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            part = target
        return part

    def properties(self, name: str) -> dict[str, Schema]:
        """Return the properties of a schema. Of a union, those of its part that is an object."""
        schema = self.schemas[name]
        parts = [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]
        found: dict[str, Schema] = {}
        for part in parts:
            found |= self.resolve(part).get("properties", {})
        return found

    def required(self, name: str) -> set[str]:
        """Return the names of the required properties of a schema."""
        return {*self.schemas[name].get("required", ())}

    def of(self, owner: str) -> dict[str, Operation]:
        """Return the operations of an owner that the service has, by verb."""
        found = (operation for operation in self.operations.values() if operation.owner == owner)
        return {operation.verb: operation for operation in found if operation.is_offered}

    @cached_property
    def chapters(self) -> dict[str, str]:
        """The descriptions of the chapters."""
        return {tag["name"]: tag["description"] for tag in self._document["tags"]}

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            shared = item.get("parameters", ())
            for method, call in item.items():
                if method == "parameters":
                    continue
                parameters = [self.resolve(part) for part in (*shared, *call.get("parameters", ()))]
                response, is_list = self._response(call)
                yield Operation(
                    id=call["operationId"],
                    method=method.upper(),
                    path=path,
                    action=call["x-action"],
                    chapter=call["tags"][0],
                    summary=call["summary"],
                    query={part["name"]: part for part in parameters if part["in"] == "query"},
                    body=self._body(call),
                    response=response,
                    is_list=is_list,
                    filterable=tuple(call.get("x-filterable", ())),
                    is_offered=not call.get("x-unrouted"),
                    is_documented=call["x-source"] in {"official-docs", "seed"},
                    id_field="internal_id" if "/Path_internal_id" in str((shared, call.get("parameters"))) else "id",
                )

    def _body(self, call: Schema) -> str | None:
        content = self.resolve(call.get("requestBody", {})).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref")
        return str(reference).rpartition("/")[2] if reference else None

    def _response(self, call: Schema) -> tuple[str | None, bool]:
        success = next(part for status, part in call["responses"].items() if status.startswith("2"))
        schema = self.resolve(success).get("content", {}).get("application/json", {}).get("schema", {})
        reference = schema.get("items", schema).get("$ref")
        return reference and reference.rpartition("/")[2], schema.get("type") == "array"
