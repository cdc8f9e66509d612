"""The imports that a module requires, found by looking at its classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

SOURCES = {
    "collections.abc": ("Generator", "Mapping", "Sequence"),
    "typing": ("TYPE_CHECKING", "Any", "Literal"),
    ".._compat": ("Required", "Self", "TypedDict", "Unpack"),
    "..client": ("Client",),
    "..collection": ("Collection",),
    "..encoding": ("Path",),
    "..list": ("List",),
    "..object": ("Object",),
    "..options": ("ListParams", "Options", "PageParams", "RetrieveParams", "SortParams", "WriteOptions", "WriteParams"),
    "..values": ("Amount", "Timestamp"),
    ".verbs": ("Deletable", "Listable", "Record", "Refreshable", "Retrievable", "Updatable"),
}
COMMON = {name: source for source, names in SOURCES.items() for name in names}


def imports(module: str, text: str, module_of: Mapping[str, str]) -> str:
    """Return the import statements. Classes that only quoted annotations name are imported for type checkers."""
    tree = ast.parse(text)
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    local = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - defined - local
    quoted = set(_quoted_names(tree)) - defined - used
    sources = {**{name: f".{other}" for name, other in module_of.items() if other != module}, **COMMON}
    later = {name for name in quoted if name in sources}
    lines = list(_statements(used | ({"TYPE_CHECKING"} if later else set()), sources, ""))
    if later:
        lines += ["", "if TYPE_CHECKING:", *_statements(later, sources, "    ")]
    return "\n".join(lines)


def _quoted_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield from re.findall(r"\w+", part.value)


def _statements(names: set[str], sources: Mapping[str, str], indent: str) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if name in sources:
            found.setdefault(sources[name], []).append(name)
    for source in sorted(found, key=lambda source: (source.startswith("."), -source.count("."), source)):
        yield f"{indent}from {source} import {', '.join(found[source])}"
