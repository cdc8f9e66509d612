"""The modules of the resources, and their index."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from .description import Description, Operation
from .imports import imports
from .names import Names, plural, sentence, with_article, words
from .parameters import Module
from .records import RecordWriter, is_retrieved_by_id
from .templates import COLLECTIONS, INDEX
from .text import WIDTH, comment, docstring, method


class Writer(RecordWriter):
    """Writes the modules: parameters, records and collections."""

    def __init__(self, description: Description, names: Names) -> None:
        super().__init__(description, names)
        for module in self.modules.values():
            for schema in names.modules.get(module.name, ()):
                self._write(module, schema)

    def files(self) -> dict[str, str]:
        """Return the text of each file, by its name."""
        modules = {f"{module.name}.py": self._text_of(module) for module in self.modules.values() if module.blocks}
        return {**modules, "__init__.py": self._index(), "collections.py": self._collections()}

    def _text_of(self, module: Module) -> str:
        text = "\n\n\n".join(module.blocks)
        about = docstring(f"{sentence(words(module.name.replace('_', ' ')))}.")
        by_hand = {cls: other for other, cls in (base.split(".") for base in self.names.bases.values())}
        return f"{about}\n\n{imports(module.name, text, {**self.module_of, **by_hand})}\n\n\n{text}\n"

    def _write(self, module: Module, schema: str) -> None:
        if schema not in self.records:
            return self.write_params(module, schema)
        operations = self._operations_of(schema)
        params, listing = self.modules[self.names.params_in.get(schema, module.name)], operations.get("list")
        self.write_bodies(params, schema, operations)
        if listing:
            self.write_list_params(params, schema, listing)
            if "filter" in listing.query:
                self.write_filter(params, schema, listing)
        if "oneOf" not in self.description.schemas[schema]:
            self.write_record(module, schema, operations)
        for owner, cls in self.collections_of(schema).items():
            self._write_collection(module, schema, owner, cls)

    def _operations_of(self, schema: str) -> dict[str, Operation]:
        found: dict[str, Operation] = {}
        for owner in [schema, *self.names.collections]:
            operations = self.description.of(owner)
            if owner == schema or any(call.response == schema for call in operations.values()):
                found = {**operations, **found}
        return found

    # Collections

    def collections_of(self, schema: str) -> dict[str, str]:
        """Return the collections of a record: owner of the operations, and class."""
        found: dict[str, str] = {}
        if {"create", "list", "retrieve"} & {*self.description.of(schema)}:
            found[schema] = plural(self.classes[schema])
        for owner, collection in self.names.collections.items():
            calls = self.description.of(owner).values()
            if any(call.response == schema for call in calls) and collection["class"] not in found.values():
                found[owner] = collection["class"]
        return found

    def _write_collection(self, module: Module, schema: str, owner: str, cls: str) -> None:
        operations, record = self.description.of(owner), self._record_of(schema)
        methods = self._methods_of_collection(module, schema, operations)
        bases = [f"{self.names.bases[cls].partition('.')[2]}[{record}]"] if cls in self.names.bases else []
        if is_retrieved_by_id(operations):
            bases.append(f"Retrievable[{record}]")
        if "list" in operations and "list" not in methods:
            bases.append(f"Listable[{record}]")
        lines = [f"class {cls}({', '.join(bases or [f'Collection[{record}]'])}):"]
        lines += [docstring(f"{self._about_collection(schema, owner, cls)}.", "    "), ""]
        lines += [f"    _object = {record}"] if "oneOf" not in self.description.schemas[schema] else []
        lines += [*self.instead(cls), ""]
        for each in methods.values():
            lines += [each, ""]
        self.add(module, cls, lines)

    def _record_of(self, schema: str) -> str:
        parts = self.description.schemas[schema].get("oneOf", [{"$ref": schema}])
        return " | ".join(self.classes[part["$ref"].rpartition("/")[2]] for part in parts)

    def _about_collection(self, schema: str, owner: str, cls: str) -> str:
        noun, parent = plural(words(self.classes[schema])), words(owner.partition(".")[0])
        if [each["class"] for each in self.names.collections.values()].count(cls) > 1:
            return f"The {noun} of another record, such as `{parent}.{self.names.collections[owner]['method']}()`"
        if "." in owner:
            return f"The {noun} of {with_article(parent)}, as `{parent}.{self.names.collections[owner]['method']}()`"
        return f"The {noun} of an account, as `client.{self.classes[schema]}`"

    def _methods_of_collection(self, module: Module, schema: str, operations: dict[str, Operation]) -> dict[str, str]:
        cls, record, methods = self.classes[schema], self._record_of(schema), dict[str, str]()
        if (call := operations.get("create")) and schema != "File":
            methods["create"] = self._create(module, schema, call)
        if call := operations.get("list"):
            if "filter" in call.query:
                text = f"Find the one {words(cls)} that matches these fields: {call.line}."
                body = ["return self._find(filter)"]
                methods["find"] = method("find", f"**filter: Unpack[{cls}Filter]", record, text, body)
            params = f"{cls}List" if self.own_query(call, "") else self.list_base(call)
            if params != "ListParams":
                # `list` is the last method, because it hides the built-in type from the annotations below it.
                params, returned = f"**params: Unpack[{params}]", f"Generator[{record}, None, None]"
                text = "Yield every record; `prefetch` fetches a page ahead, "
                text += "`strict` raises an error if records may be missing."
                body = ["return self._all(params, prefetch=prefetch, strict=strict)"]
                flags = "*, prefetch: bool = False, strict: bool = False"
                methods["all"] = method("all", f"{flags}, {params}", returned, text, body)
                text = (
                    f"Fetch one page: {call.line}. Return its records, and a `List` with its links and the total count."
                )
                methods["list"] = method(
                    "list", params, f"tuple[list[{record}], List]", text, ["return self._list(params)"]
                )
        if call := operations.get("preview"):
            returned = self.classes[str(call.response)]
            line = f'return self._create_other({returned}, params, path=(*self._path, "preview"))'
            text, params = f"{self.summary_of(call)}: {call.line}.", f"**params: {self.params_of(module, call)}"
            body = self.importing(module, returned, line)
            methods["preview"] = method("preview", params, self.quoted(module, returned), text, body)
        return methods

    def _create(self, module: Module, schema: str, call: Operation) -> str:
        params, text = f"**params: {self.params_of(module, call)}", f"{self.summary_of(call)}: {call.line}."
        if call.response != schema:
            other, optional = self.classes[str(call.response)], call.id in self.names.optional
            line = f"return self.{'_create_optional' if optional else '_create_other'}({other}, params)"
            returned = self.quoted(module, f"{other} | None" if optional else other)
            return method("create", params, returned, text, self.importing(module, other, line))
        line = "return self._create(params)"
        if "." not in call.owner and "{" in call.path:  # below the path of another record
            segments = call.path.strip("/").split("/")
            argument = next(segment.strip("{}") for segment in segments if segment.startswith("{"))
            path = ", ".join(segment.strip("{}") if segment.startswith("{") else f'"{segment}"' for segment in segments)
            params, line = f"{argument}: int | str, {params}", f"return self._create(params, path=({path}))"
        return method("create", params, self._record_of(schema), text, [line])

    # Index

    def _index(self) -> str:
        modules = [*self.modules.values()]
        names = ", ".join(f'"{name}"' for name in sorted(cls for module in modules for cls in module.classes))
        return INDEX.format(
            imports=_lines(f"    from .{module.name} import {', '.join(sorted(module.classes))}" for module in modules),
            modules=_lines(map(_classes_of, modules)),
            types=_lines(f'        "{tag}": f"{{__name__}}.{module}",' for tag, module in self._modules_of_types()),
            names=textwrap.fill(f"{names},", WIDTH, initial_indent="    ", subsequent_indent="    "),
        )

    def _modules_of_types(self) -> Iterator[tuple[str, str]]:
        for schema in self.records:
            tag = self.description.properties(schema).get("object", {})
            if "const" in tag and schema not in self.names.untyped:
                yield tag["const"], self.module_of[self.classes[schema]]

    def _collections(self) -> str:
        found = {self.classes[schema]: schema for schema in self.records if schema in self.collections_of(schema)}
        attributes = []
        for cls, schema in found.items():
            verbs = ", ".join(self.verbs_of(self.description.of(schema)))
            attributes += [f'    {cls}: "{plural(cls)}"', comment(f"{sentence(plural(words(cls)))}: {verbs}.")]
        nested = [
            f'    "{owner.partition(".")[0]}.{collection["method"]}": "{collection["class"]}",'
            for owner, collection in self.names.collections.items()
        ]
        return COLLECTIONS.format(
            classes=", ".join(sorted(map(plural, found))),
            collections=_lines(f'    "{cls}": "{plural(cls)}",' for cls in found),
            nested=_lines(nested),
            attributes=_lines(attributes),
        )


def _classes_of(module: Module) -> str:
    parts = textwrap.wrap(" ".join(module.classes), WIDTH - 20)
    return _lines([f'    "{module.name}": (', *(f'        "{part} "' for part in parts), "    ),"])


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)
