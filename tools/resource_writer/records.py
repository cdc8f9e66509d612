"""Records: their fields, and the calls at their path or below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .description import Operation
from .names import plural, sentence, words
from .parameters import Module, ParameterWriter
from .text import Field, docstring, fields, mapping, method

STANDARD = {"create", "retrieve", "save", "list", "delete", "preview"}


def is_retrieved_by_id(operations: dict[str, Operation]) -> bool:
    """Return whether there is a call that retrieves a record by its ID."""
    return "retrieve" in operations and "{id}" in operations["retrieve"].path


class RecordWriter(ParameterWriter):
    """Writes records to modules."""

    def write_record(self, module: Module, schema: str, operations: dict[str, Operation]) -> None:
        """Write the class of a record."""
        cls = self.classes[schema]
        members = {name: Field(self.quoted(module, part.type), part.meaning) for name, part in self._fields(schema)}
        methods = [*self._constructor(schema), *self._methods(module, schema, operations)]
        lines = [f"class {cls}({', '.join(self._bases(schema, operations, methods))}):"]
        lines += [docstring(self._about(schema, operations), "    "), "", "    __slots__ = ()", ""]
        lines += [*self._attributes(schema, operations), *fields(members)]
        for each in methods:
            lines += ["", each]
        self.add(module, cls, lines)

    def _fields(self, schema: str) -> Iterator[tuple[str, Field]]:
        tag = self.description.properties(schema).get("object", {})
        for name, part in self.fields_of(schema, sent=False).items():
            if name != "object" or "const" not in tag:
                yield name, part

    def _about(self, schema: str, operations: dict[str, Operation]) -> str:
        text = self.description_of(schema)
        if not operations:
            return f"{text}."
        if any(operation.is_documented for operation in operations.values()):
            return f'{text} (chapter "{sentence(plural(words(next(iter(operations.values())).chapter)))}").'
        return f"{text} (not in the API reference)."

    def _bases(self, schema: str, operations: dict[str, Operation], methods: list[str]) -> list[str]:
        bases = [self.names.bases[schema].partition(".")[2]] if schema in self.names.bases else []
        bases += ["Refreshable"] if is_retrieved_by_id(operations) else []
        bases += ["Updatable"] if "save" in operations else []
        bases += ["Deletable"] if "delete" in operations and not operations["delete"].response else []
        return bases or (["Record"] if methods else ["Object"])

    def _attributes(self, schema: str, operations: dict[str, Operation]) -> Iterator[str]:
        own = [call for call in operations.values() if call.verb in {"retrieve", "save", "delete"}]
        for call in (own or [*operations.values()])[:1]:
            segments = [segment for segment in call.path.split("/") if segment and not segment.startswith("{")]
            yield f'    _path = "{segments[-1]}"'
        tag = self.description.properties(schema).get("object", {})
        if "const" in tag and schema not in self.names.untyped:
            yield f'    _type = "{tag["const"]}"'
        if any(call.id_field != "id" for call in own):
            yield f'    _id_field = "{own[0].id_field}"'
        if schema in self.names.nested:
            yield f'    _fetched_with = "{self.names.nested[schema]}"'
        yield from self.instead(self.classes[schema])
        if classes := self.names.field_classes.get(schema):
            members = ", ".join(f'"{name}": {cls}' for name, cls in classes.items())
            yield f"    _classes = {{{members}}}"
        if schema in self.names.accepted:
            yield f"    _accepted = {self.classes[self.names.accepted[schema]]}.__annotations__"
        yield ""

    def instead(self, cls: str) -> Iterator[str]:
        """Yield the attribute that says what to use instead of methods that a class does not have."""
        if cls in self.names.instead:
            yield mapping("_instead", self.names.instead[cls])

    def _constructor(self, schema: str) -> Iterator[str]:
        """Yield the constructor of a record whose path is below that of another record."""
        if schema in self.names.nested:
            arguments = 'self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path'
            yield (
                f"    def __init__({arguments}) -> None:\n        super().__init__(client, id, values, parent=parent)"
            )

    def _methods(self, module: Module, schema: str, operations: dict[str, Operation]) -> Iterator[str]:
        noun = f"the {words(self.classes[schema])}"
        if call := operations.get("save"):
            text = f"Update {noun}: {call.line}. Send the fields that were set or edited, and those given."
            body = ["return self._save(fields)"]
            params = f"**fields: {self.params_of(module, call)}"
            yield method("save", params, "bool", f"{text} Return whether a request was sent.", body)
        for call in self.description.of(schema).values():
            if call.verb not in STANDARD or (call.verb == "delete" and call.response == schema):
                yield from self._action(module, schema, call)
        for owner, collection in self.names.collections.items():
            if owner.partition(".")[0] == schema:
                cls, calls = collection["class"], self.description.of(owner)
                what = collection["method"].removeprefix("list_").replace("_", " ")
                text = f"Return the {what} of {noun}: {', '.join(self.verbs_of(calls))}. No request is sent."
                body = [f"return {cls}(self._connection(), parent=self._address())"]
                body = [f"from .{self._module_with(calls)} import {cls}", "", *body]
                yield method(collection["method"], "", f'"{cls}"', text, body)

    def _action(self, module: Module, schema: str, call: Operation) -> Iterator[str]:
        """Yield the method of a call below the path of a record."""
        name = self.names.methods.get(call.id, call.verb)
        segment = call.path.partition("{id}")[2].strip("/")
        params = f"**params: {self.params_of(module, call)}"
        details = self.names.words["details"].get(call.id, "")
        text = f"{self.summary_of(call)}: {call.line}. {details}".rstrip()
        if call.response == schema:
            segments = f'("{segment}",)' if segment else "()"
            body = [f'return self._change("{call.method}", {segments}, params)']
            yield method(name, params, "Self", f"{text} Return it with its new fields.", body)
            if call.method == "DELETE":
                text = f"Do the same as {name}(), under the name of invoiced 3.0.0: {call.line}."
                yield method("delete", params, "Self", text, [f"return self.{name}(**params)"])
        elif call.response is None:
            yield method(name, params, "None", text, [f'self._send("{call.method}", ("{segment}",), params)'])
        else:
            cls = self.classes[call.response]
            helper, returned = {
                ("GET", False): ("_get", cls),
                ("POST", False): ("_post", cls),
                ("POST", True): ("_post_all", f"list[{cls}]"),
                ("GET", True): ("_page", f"tuple[list[{cls}], List]"),
            }[call.method, call.is_list]
            body = self.importing(module, cls, f'return self.{helper}("{segment}", params, {cls})')
            yield method(name, params, self.quoted(module, returned), text, body)

    def summary_of(self, call: Operation) -> str:
        """Return what a call does."""
        return self.names.words["calls"].get(call.id, call.summary)

    def params_of(self, module: Module, call: Operation) -> str:
        """Return the annotation of the parameters of a call."""
        if call.body == "OpenParams":
            return "Any"
        if call.body:
            return f"Unpack[{self.classes[call.body]}]"
        if own := self.own_query(call, ""):
            params = f"{call.response}Params"
            self.write_typed_dict(module, params, "Options", f"Parameters of {call.verb}().", own)
            return f"Unpack[{params}]"
        if "page" in call.query:
            return "Unpack[PageParams]"
        if call.method == "GET":
            return "Unpack[RetrieveParams]" if "expand" in call.query else "Unpack[Options]"
        return f"Unpack[{self.options_of(call)}]"

    def verbs_of(self, operations: dict[str, Operation]) -> Iterator[str]:
        """Yield the methods of a collection."""
        yield from (verb for verb in ("create", "retrieve", "list") if verb in operations)
        if "list" in operations:
            yield "all"
            if "filter" in operations["list"].query:
                yield "find"

    def _module_with(self, operations: dict[str, Operation]) -> str:
        response = next(call.response for call in operations.values() if call.response)
        return next(module for module, schemas in self.names.modules.items() if response in schemas)

    def importing(self, module: Module, cls: str, line: str) -> list[str]:
        """Return a line that uses a class, below its import if another module defines it."""
        other = self.module_of[cls]
        return [line] if other == module.name else [f"from .{other} import {cls}", "", line]

    def quoted(self, module: Module, type_: str) -> str:
        """Return a type, in quotes if it names a class that is not defined when the module is imported."""
        later = {cls for cls in re.findall(r"\w+", type_) if cls in self.module_of and cls not in module.classes}
        return f'"{type_}"' if later else type_
