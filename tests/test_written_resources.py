"""The modules that tools/write_resources.py writes."""

from __future__ import annotations

import ast
import copy
import subprocess
import sys
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]
from resource_writer.description import FILE, Description
from resource_writer.names import read_names
from resource_writer.writer import Writer
from write_resources import PACKAGE

import invoiced
from invoiced import options

TEXT = FILE.read_text("utf-8")
WRITTEN = Writer(Description(TEXT), read_names()).files()
BY_HAND = {"verbs.py", "pdfs.py", "invoice_plans.py", "stored_sources.py", "file_uploads.py", "event_data.py"}


def tree(source: str) -> str:
    """Return the syntax tree of a module, without the formatting of its docstrings and the order of its imports."""
    module = ast.parse(source)
    module.body.sort(key=lambda node: not isinstance(node, (ast.Import, ast.ImportFrom)))
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = " ".join(node.value.split())
        if isinstance(node, (ast.Module, ast.If)):
            imports = [each for each in node.body if isinstance(each, (ast.Import, ast.ImportFrom))]
            others = [each for each in node.body if not isinstance(each, (ast.Import, ast.ImportFrom))]
            for each in imports:
                each.names.sort(key=lambda alias: alias.name)
            node.body = [*sorted(imports, key=ast.dump), *others]  # type: ignore[assignment]
    return ast.dump(module)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_module_is_what_the_tool_writes(name: str) -> None:
    assert tree((PACKAGE / name).read_text("utf-8")) == tree(WRITTEN[name])


def test_every_module_of_the_resources_is_written_by_the_tool_or_by_hand() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {*WRITTEN} | BY_HAND


def test_a_changed_description_without_the_tool_is_noticed() -> None:
    document = yaml.safe_load(TEXT)
    changed = copy.deepcopy(document)
    changed["components"]["schemas"]["Coupon"]["properties"]["color"] = {"type": "string", "description": "Color."}
    written = Writer(Description(yaml.safe_dump(changed, sort_keys=False)), read_names()).files()
    different = {name for name in written if tree(written[name]) != tree((PACKAGE / name).read_text("utf-8"))}
    assert different == {"coupons.py"}


def every_property() -> dict[str, set[str]]:
    """Return the names of the properties of each schema."""
    description = Description(TEXT)
    return {name: {*description.properties(name)} for name in description.schemas}


def test_no_field_has_the_name_of_an_option() -> None:
    reserved = {*options._OPTIONS, *options._IN_QUERY, "prefetch", "strict"}
    assert {schema: names & reserved for schema, names in every_property().items() if names & reserved} == {}


def test_no_field_of_a_record_is_hidden_by_a_method() -> None:
    """A method that hides a field would make `if invoice.notes:` always true."""
    hidden: dict[str, Any] = {}
    for name in invoiced.__all__:
        cls = getattr(invoiced, name)
        if isinstance(cls, type) and issubclass(cls, invoiced.Object):
            fields = {field for base in cls.__mro__ for field in vars(base).get("__annotations__", {})}
            hidden[name] = {field for field in fields if callable(getattr(cls, field, None))}
    assert len(hidden) > 50
    assert {name: fields for name, fields in hidden.items() if fields} == {}


def test_every_property_of_a_record_is_declared() -> None:
    """Except a field that has the name of a Python keyword, which is available as an item."""
    names, properties = read_names(), every_property()
    missing: dict[str, set[str]] = {}
    for schemas in names.modules.values():
        for schema in schemas:
            cls = getattr(invoiced, names.classes.get(schema, schema), None)
            if isinstance(cls, type) and issubclass(cls, invoiced.Object):
                declared = {field for base in cls.__mro__ for field in vars(base).get("__annotations__", {})}
                if lacking := properties[schema] - declared - {"object"}:
                    missing[schema] = lacking
    assert missing == {"Email": {"from"}}


def test_a_program_that_uses_customers_imports_their_modules_only() -> None:
    program = "import sys, invoiced; invoiced.Client('k').Customer; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True).stdout.split()
    loaded = {module.rpartition(".")[2] for module in modules if module.startswith("invoiced.resources.")}
    assert loaded == {
        "collections",
        "customer_params",
        "customers",
        "emails",
        "line_items",
        "shipping",
        "text_messages",
        "verbs",
    }
