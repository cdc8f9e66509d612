"""Python types of the fields and parameters of the description."""

from __future__ import annotations

from dataclasses import dataclass

from .description import Description, Schema

SCALARS = {"string": "str", "integer": "int", "boolean": "bool", "null": "None"}


@dataclass
class PythonTypes:
    """Conversion of schemas to types."""

    description: Description
    classes: dict[str, str]
    """Classes by schema."""
    records: list[str]
    """Schemas whose objects are records, and not dicts."""

    def of(self, schema: Schema, *, sent: bool) -> str:
        """Return the type of a field that is sent or received."""
        kinds = list(dict.fromkeys(self._kinds(schema, sent)))
        return "Any" if "Any" in kinds else " | ".join(sorted(kinds, key=lambda kind: kind == "None"))

    def _kinds(self, schema: Schema, sent: bool) -> list[str]:
        if "$ref" in schema:
            return self._reference(schema["$ref"].rpartition("/")[2], sent)
        types = schema.get("type", [])
        if parts := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
            kinds = [kind for part in parts for kind in self._kinds(part, sent)]
        elif sent and "enum" in schema and types == "string":
            kinds = [f"Literal[{', '.join(f'{chr(34)}{value}{chr(34)}' for value in schema['enum'])}]"]
        else:
            kinds = [self._kind(name, schema, sent) for name in ([types] if isinstance(types, str) else types)]
        if sent and any(kind.startswith("Sequence[") for kind in kinds):
            kinds = [kind for kind in kinds if kind != "str"]  # a list is enough, and a string would be one, too
        if "x-expandable" in schema and not sent:
            kinds += self._reference(schema["x-expandable"], sent)
        return kinds or ["Any"]

    def _kind(self, name: str, schema: Schema, sent: bool) -> str:
        if name == "number":
            return "Amount" if sent else "Any"  # the client's `parse_float` decides
        if name == "integer" and sent and schema.get("format") == "unix-timestamp":
            return "Timestamp"
        if name == "array":
            item = self.of(schema.get("items", {}), sent=sent)
            return f"Sequence[{item}]" if sent else f"list[{item}]"
        if name == "object":
            return "Mapping[str, Any]" if sent else "dict[str, Any]"
        return SCALARS[name]

    def _reference(self, name: str, sent: bool) -> list[str]:
        schema, properties = self.description.schemas[name], self.description.properties(name)
        others = [part for part in schema.get("anyOf", ()) if "properties" not in part]
        kinds = [kind for part in others for kind in self._kinds(part, sent)]
        if properties and name in self.classes and not (sent and name in self.records):
            return [*kinds, self.classes[name]]
        if properties:
            return [*kinds, self._kind("object", schema, sent)]
        return self._kinds({key: part for key, part in schema.items() if key != "enum"}, sent)
