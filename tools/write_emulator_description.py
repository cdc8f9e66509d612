"""Write the emulator's description of the API from description/openapi.yaml.

python tools/write_emulator_description.py

The file invoiced/emulator/description/openapi.json has only what the emulator uses: the calls, their parameters, and
the schemas, without descriptions and sources. Each call and each component is on a line of its own, for readable diffs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from resource_writer.description import FILE, load

COPY = Path(__file__).parent.parent / "invoiced" / "emulator" / "description" / "openapi.json"

OF_CALLS = {
    "operationId", "tags", "x-action", "x-filterable", "x-unknown-query", "x-unknown-body", "x-unrouted", "parameters",
    "requestBody", "responses",
}  # fmt: skip
OF_SCHEMAS = {
    "$ref", "additionalProperties", "allOf", "anyOf", "const", "default", "enum", "exclusiveMinimum", "format", "items",
    "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minimum", "oneOf", "pattern",
    "properties", "propertyNames", "readOnly", "required", "type", "x-expandable", "x-include-only", "x-known-values",
    "x-refused",
}  # fmt: skip
VALUES = {"const", "default", "enum", "required", "x-known-values", "x-refused"}


def _call(call: dict[str, Any]) -> dict[str, Any]:
    kept = {name: part for name, part in call.items() if name in OF_CALLS}
    status, response = next((status, part) for status, part in call["responses"].items() if status.startswith("2"))
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    return {**kept, "responses": {status: {"schema": _schema(schema)} if schema else {}}}


def _schema(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return [_schema(part) for part in schema] if isinstance(schema, list) else schema
    kept = {}
    for name, part in schema.items():
        if name == "properties":
            kept[name] = {each: _schema(inner) for each, inner in part.items()}
        elif name == "enum" and "x-error-status" in schema:
            kept["x-known-values"] = part  # The emulator checks the value itself.
        elif name in OF_SCHEMAS:
            kept[name] = part if name in VALUES else _schema(part)
    return kept


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    return {"name": parameter["name"], "in": parameter["in"], "schema": _schema(parameter["schema"])}


def _body(body: dict[str, Any]) -> dict[str, Any]:
    content = body["content"].get("application/json", {"schema": {}})
    return {"content": {"application/json": {"schema": _schema(content["schema"])}}}


def write(document: dict[str, Any]) -> str:
    """Return the emulator's description as JSON."""
    components = document["components"]
    paths = {
        path: {
            method: [_parameter(part) if "name" in part else part for part in call]
            if method == "parameters"
            else _call(call)
            for method, call in item.items()
        }
        for path, item in document["paths"].items()
    }
    parts = {
        "parameters": {name: _parameter(part) for name, part in components["parameters"].items()},
        "requestBodies": {name: _body(part) for name, part in components["requestBodies"].items()},
        "schemas": {name: _schema(part) for name, part in components["schemas"].items()},
    }
    return f'{{\n"paths": {_lines(paths, 2)},\n"components": {_lines(parts, 2)}\n}}\n'


def _lines(value: Any, levels: int, margin: str = "") -> str:
    """Return the value as JSON, with a line per member for the first `levels` levels of objects."""
    if levels == 0 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lines = (f'{margin} "{name}": {_lines(part, levels - 1, margin + " ")}' for name, part in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


if __name__ == "__main__":
    COPY.write_text(write(load(FILE.read_text("utf-8"))), "utf-8")
