"""Parameter types: what may be sent with each call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .description import Description, Operation, Schema
from .names import Names, with_article, words
from .python_types import PythonTypes
from .text import Field, docstring, fields

REPRESENTATION = {"expand", "include", "exclude"}
LISTS = {
    "PageParams": {"page", "per_page"},
    "SortParams": {"page", "per_page", "sort"},
    "ListParams": {"page", "per_page", "sort", "filter", "advanced_filter"},
}
"""Parameters that lists have in common."""
SCALARS = {"str", "int", "bool", "Amount", "Timestamp"}


@dataclass
class Module:
    """A module that is being written."""

    name: str
    blocks: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    """Public classes."""


class ParameterWriter:
    """Writes TypedDicts to modules."""

    def __init__(self, description: Description, names: Names) -> None:
        self.description, self.names = description, names
        offered = [operation for operation in description.operations.values() if operation.is_offered]
        self.returned = {operation.response for operation in offered if operation.response}
        self.operation_of = {operation.body: operation for operation in offered if operation.body}
        self.modules = {name: Module(name) for name in names.modules}
        self.classes: dict[str, str] = {}
        """Classes by schema."""
        self.module_of: dict[str, str] = {}
        """Modules by class."""
        for module, schemas in names.modules.items():
            for schema in schemas:
                for name in (schema, f"{schema}Create", f"{schema}Update"):
                    if name in description.schemas:
                        self.classes[name] = names.classes.get(name, name)
                        self.module_of[self.classes[name]] = module
        for schema, other in names.by_hand.items():
            self.classes[schema], self.module_of[schema] = schema, other
            self.modules[other] = Module(other, classes=[schema])
        self.records = [schema for schema in self.classes if self._is_record(schema)]
        self.types = PythonTypes(description, self.classes, self.records)

    def _is_record(self, schema: str) -> bool:
        tag = self.description.properties(schema).get("object", {})
        return schema in self.returned or schema in self.names.records or "const" in tag

    def description_of(self, schema: str) -> str:
        """Return the first sentence of the description of a schema, without its full stop."""
        known = self.names.words["classes"].get(schema)
        return known or str(self.description.schemas[schema]["description"]).partition(". ")[0].rstrip(".")

    def fields_of(self, schema: str, *, sent: bool) -> dict[str, Field]:
        """Return the fields of a schema that can be sent, or are received."""
        required = self.description.required(schema) if sent else set()
        found = {}
        for name, part in self.description.properties(schema).items():
            if (sent and part.get("readOnly")) or not name.isidentifier() or name in self.names.not_offered:
                continue
            type_ = self.types.of(part, sent=sent)
            found[name] = Field(f"Required[{type_}]" if name in required else type_, self.meaning(schema, name, part))
        return found

    def meaning(self, schema: str, name: str, part: Schema) -> str:
        """Return what a field means. A parameter means what the field of the record means, if their types are alike."""
        base = re.sub("(Create|Update|List)$", "", schema)
        for source in (schema, base, "every"):
            if known := self.names.words.get(source, {}).get(name):
                return known
        own = self.description.properties(base).get(name, {}) if base in self.description.schemas else {}
        if "description" in own and not schema.endswith("List"):
            sent, received = ({*self.types.of(each, sent=False).split(" | ")} for each in (part, own))
            if sent <= received | {"None"}:
                return str(own["description"])
        return str(part.get("description") or self.description.resolve(part)["description"])

    def write_params(self, module: Module, schema: str) -> None:
        """Write the type of an object that is part of a request or a response, or of the body of a call."""
        parts = self.description.properties(schema).values()
        sent = not all(part.get("readOnly") for part in parts) and not schema.endswith(("Status", "Entry"))
        operation = self.operation_of.get(schema)
        base = self.options_of(operation) if operation else "TypedDict"
        text = f"{self.description_of(schema)}."
        self.write_typed_dict(module, self.classes[schema], base, text, self.fields_of(schema, sent=sent))

    def write_bodies(self, module: Module, schema: str, operations: dict[str, Operation]) -> None:
        """Write the types of the bodies of `create` and `save`, with a base of the fields that both have."""
        calls = {verb: operations[verb] for verb in ("create", "save") if verb in operations}
        bodies = {verb: call.body for verb, call in calls.items() if call.body in self.classes}
        if not bodies or len({*bodies.values()} - {"WebhookParams"}) < len(bodies):
            return  # both have the same body, which is written by its own name
        base, noun = self.options_of(next(iter(calls.values()))), with_article(words(self.classes[schema]))
        found = {verb: self.fields_of(str(body), sent=True) for verb, body in bodies.items()}
        shared: dict[str, Field] = {}
        if len(found) == 2:
            shared = {name: part for name, part in found["create"].items() if found["save"].get(name) == part}
        if shared:
            text, private = f"Fields of {noun} accepted by create() and save().", f"_{self.classes[schema]}Fields"
            self.write_typed_dict(module, private, base, text, shared)
            base = private
        for verb, body in bodies.items():
            own = {name: part for name, part in found[verb].items() if name not in shared}
            text = f"Fields of {noun} accepted by {verb}()."
            self.write_typed_dict(module, self.classes[str(body)], base, text, own)

    def write_list_params(self, module: Module, schema: str, listing: Operation) -> None:
        """Write the type of the parameters of `list`, if it has any of its own."""
        if own := self.own_query(listing, f"{schema}List"):
            text = "Parameters of list() and all()."
            self.write_typed_dict(module, f"{self.classes[schema]}List", self.list_base(listing), text, own)

    def own_query(self, operation: Operation, schema: str) -> dict[str, Field]:
        """Return the query parameters of an operation that others do not have."""
        return {
            name: Field(self.types.of(part["schema"], sent=True), self.meaning(schema, name, part))
            for name, part in operation.query.items()
            if name not in LISTS[self.list_base(operation)] | REPRESENTATION and name not in self.names.not_offered
        }

    def write_filter(self, module: Module, schema: str, listing: Operation) -> None:
        """Write the type of the fields that `find` can match."""
        properties, own = self.description.properties(schema), {}
        for name in listing.filterable or properties:
            part = {key: each for key, each in properties.get(name, {}).items() if key not in {"x-expandable", "enum"}}
            kinds = [kind for kind in self.types.of(part, sent=True).split(" | ") if kind in SCALARS]
            if name != "object" and name.isidentifier() and (kinds or name not in properties):
                text = self.meaning(schema, name, properties[name]) if name in properties else f"Filter by `{name}`."
                own[name] = Field(" | ".join(kinds) or "str | int", text)
        text = f"Fields of {with_article(words(self.classes[schema]))} that find() can match."
        self.write_typed_dict(module, f"{self.classes[schema]}Filter", "Options", text, own)

    def write_typed_dict(self, module: Module, name: str, base: str, text: str, members: dict[str, Field]) -> None:
        """Write a TypedDict."""
        lines = [f"class {name}({base}, total=False):", docstring(text, "    "), "", *fields(members)]
        self.add(module, name, lines)

    def add(self, module: Module, name: str, lines: list[str]) -> None:
        """Add a class to a module."""
        module.blocks.append("\n".join(lines).rstrip())
        if not name.startswith("_"):
            module.classes.append(name)
            self.module_of[name] = module.name

    def options_of(self, operation: Operation) -> str:
        """Return the base of the parameters of a call that changes something. Only POST and PATCH have a key."""
        if operation.method not in {"POST", "PATCH"}:
            return "RetrieveParams" if "expand" in operation.query else "Options"
        return "WriteParams" if "expand" in operation.query else "WriteOptions"

    def list_base(self, listing: Operation) -> str:
        """Return the parameters that a list has in common with others."""
        if "filter" in listing.query:
            return "ListParams"
        return "SortParams" if "expand" in listing.query else "PageParams"
