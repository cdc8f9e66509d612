"""Write docs/api.md and docs/resources.md, the pages of all calls and of all classes, from the library itself.

python tools/write_pages.py
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from resource_writer.names import sentence, words

import invoiced
from invoiced import resources

DOCS = Path(__file__).parent.parent / "docs"
INTRODUCTION = """# API on one page

Every call of the library, with the HTTP request it sends and what it returns. The parameters of each call are on the
[reference](reference.md), and completion in an editor shows them. [Customers and contacts](samples.md) have samples of
each request and response.

Every call that sends a request takes `timeout` and `deadline`, in seconds. Calls that change something also take
`idempotency_key`, and calls that return a record take `expand`, `include` and `exclude`. `all` and `list` take `page`,
`per_page`, `sort` and, with most lists, `filter`. What calls raise is on the page [Errors](errors.md).

"""
REQUEST = re.compile(r": (GET|POST|PUT|PATCH|DELETE) (\S+?)\.(?= |$)", re.MULTILINE)
INHERITED = {
    "retrieve": "GET {}/:id",
    "list": "GET {}",
    "refresh": "GET {}/:id",
    "delete": "DELETE {}/:id",
    "pdf": "GET {}/:id",
}
"""Requests of methods that several classes share."""


def methods_of(cls: type, base: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that `base` does not have, in the order of their use."""
    order = ["create", "retrieve", "list", "all", "find", "save", "refresh", "delete"]
    found = {
        name: method
        for name, method in inspect.getmembers(cls, inspect.isfunction)
        if not name.startswith("_") and not hasattr(base, name)
    }
    yield from sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))


def rows_of(access: str, cls: type, base: type, path: str) -> Iterator[str]:
    """Yield a row for each call of a collection or of a record."""
    yield "| call | request | returns |"
    yield "|---|---|---|"
    for name, method in methods_of(cls, base):
        found = REQUEST.search(" ".join(str(inspect.getdoc(method)).split()))
        request = f"`{INHERITED[name].format(path)}`" if name in INHERITED else "none"
        request = f"`{found[1]} {found[2]}`" if found else "`GET`, each page" if name == "all" else request
        yield f"| `{access}.{name}()` | {request} | {returned(method, cls)} |"


def returned(method: Any, cls: type) -> str:
    """Return what a method returns, in words or as the name of a class."""
    record = record_of(cls) if issubclass(cls, invoiced.Collection) else cls.__name__
    text = str(method.__annotations__["return"]).replace("typing.", "")
    text = re.sub(r"~AnyObject|(?<![A-Za-z.])Self|<class '|'>|invoiced\.(resources\.)?\w+\.", "", text) or record
    if text.startswith("tuple"):
        return "a page"
    if "Generator" in text:
        return "iterator"
    return f"`{text}`".replace("|", "\\|") if text not in {"", "AnyObject"} else f"`{record}`"


def record_of(cls: type) -> str:
    """Return the name of the records of a collection."""
    base = vars(cls)["__orig_bases__"][0]
    return " or ".join(item.__name__ for argument in get_args(base) for item in get_args(argument) or (argument,))


def path_of(cls: type, collection: type) -> str:
    """Return the path of a collection, from the request of a method that names it."""
    for source in (collection, cls):
        for _, method in inspect.getmembers(source, inspect.isfunction):
            if found := REQUEST.search(" ".join(str(inspect.getdoc(method)).split())):
                return re.sub(r"/:id.*", "", found[2])
    return f"/{cls._path}"  # type: ignore[attr-defined]


def sections() -> Iterator[str]:
    """Yield the section of each collection."""
    nested = {method: getattr(invoiced, cls) for method, cls in invoiced.NESTED_COLLECTIONS.items()}
    for name, collection_name in invoiced.COLLECTIONS.items():
        record, collection = getattr(invoiced, name), getattr(invoiced, collection_name)
        variable = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        path = f"/{record._path}"
        yield f"## {sentence(words(collection_name))}\n"
        yield f"{inspect.getdoc(record).partition(chr(10))[0]}\n"  # type: ignore[union-attr]
        yield "\n".join(rows_of(f"client.{name}", collection, invoiced.Collection, path)) + "\n"
        if any(methods_of(record, invoiced.Object)):
            yield "\n".join(rows_of(variable, record, invoiced.Object, path)) + "\n"
        for method, cls in nested.items():
            if method.partition(".")[0] == name:
                access = f"{variable}.{method.partition('.')[2]}()"
                item = getattr(invoiced, record_of(cls).partition(" or ")[0])
                below = path_of(item, cls)
                yield f"### `{access}`\n"
                rows = "\n".join(rows_of(access, cls, invoiced.Collection, below)) + "\n"
                yield rows.replace("/customers/:customer_id", f"/{record._path}/:{variable}_id")
                for kind in record_of(cls).split(" or "):
                    item = getattr(invoiced, kind)
                    if any(methods_of(item, invoiced.Object)) and item._fetched_with:
                        instance = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
                        segment = "" if kind == "PaymentPlan" else f"/{item._path}"
                        own = below if segment in {"", below[-len(segment) :]} else below.rpartition("/")[0] + segment
                        yield "\n".join(rows_of(instance, item, invoiced.Object, own)) + "\n"


def classes() -> Iterator[str]:
    """Yield the classes of each module of the resources, for Sphinx."""
    modules: dict[str, list[type]] = {}
    for name in resources.__all__:
        cls = getattr(resources, name)
        modules.setdefault(cls.__module__.rpartition(".")[2], []).append(cls)
    for module, found in sorted(modules.items()):
        yield f"\n## {sentence(words(module.replace('_', ' ')))}\n\n```{{eval-rst}}\n.. currentmodule:: invoiced"
        for cls in sorted(
            found, key=lambda cls: (not issubclass(cls, (invoiced.Object, invoiced.Collection)), cls.__name__)
        ):
            yield f".. autoclass:: {cls.__name__}"
            if issubclass(cls, (invoiced.Object, invoiced.Collection)):
                base = "Object" if issubclass(cls, invoiced.Object) else "Collection"
                yield f"   :inherited-members: {base}"
        yield "```"


def pages() -> dict[str, str]:
    """Return the text of each page, by its name."""
    return {
        "api.md": INTRODUCTION + "\n".join(sections()),
        "resources.md": "# Resources\n\nThe classes of each resource, as attributes of `invoiced`.\n"
        + "\n".join(classes())
        + "\n",
    }


if __name__ == "__main__":
    for name, page in pages().items():
        (DOCS / name).write_text(page, "utf-8")
