"""Discovery of the client's collections from its type hints, so that new collections need no code here."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

import typing_extensions

import invoiced
from invoiced import Client, Collection, Object


def kebab(name: str) -> str:
    """Convert a name to kebab case: `CreditNotes` and `credit_notes` become `credit-notes`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


@dataclass(frozen=True)
class CollectionInfo:
    """A collection of the client, or a nested collection, such as the contacts of a customer."""

    name: str
    """Name of its command group."""
    attribute: str
    """Attribute of the client, or, for a nested collection, method of the parent record."""
    collection: type[Collection[Any]]
    record: type[Object]
    parent: CollectionInfo | None = None

    @property
    def noun(self) -> str:
        """Singular noun for its records."""
        return kebab(self.record.__name__).replace("-", " ")

    @property
    def nouns(self) -> str:
        """Plural noun for its records."""
        return kebab(self.collection.__name__).replace("-", " ")

    @property
    def summary(self) -> str:
        """Summary of its command group."""
        return f"Work with {self.nouns} of a {self.parent.noun}." if self.parent else f"Work with {self.nouns}."

    def collection_of(self, client: Client, parent_id: str | None) -> Any:
        """Return the collection itself, without sending a request."""
        if self.parent is None:
            return getattr(client, self.attribute)
        return getattr(self.parent.record(client, parent_id or ""), self.attribute)()

    def record_of(self, client: Client, id: str, parent_id: str | None) -> Any:
        """Return a record to call methods on. Only records of nested collections are fetched."""
        return self.collection_of(client, parent_id).retrieve(id) if self.parent else self.record(client, id)


def find_collections(client_class: type[Client]) -> list[CollectionInfo]:
    """Return the collections of a client class, and the collections nested in their records."""
    hints = typing_extensions.get_type_hints(client_class)
    top = [_collection_info(name, hint) for name, hint in hints.items() if _subclass_in(hint, Collection)]
    nested = [
        _collection_info(name, returned, parent)
        for parent in top
        for name, method in public_methods(parent.record)
        if _subclass_in(returned := hints_of(method).get("return"), Collection)
    ]
    names = Counter(info.name for info in [*top, *nested])
    return [*top, *(_with_parent_name(info) if names[info.name] > 1 else info for info in nested)]


def public_methods(record: type[Object]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods of a record class that `Object` does not have."""
    for name, method in inspect.getmembers(record, inspect.isfunction):
        if not name.startswith("_") and not hasattr(Object, name):
            yield name, method


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of a function's parameters and of its return value.

    Names that its module imports only for type checkers are looked up in the public names of the library.
    """
    public = {name: getattr(invoiced, name) for name in invoiced.__all__}
    names = {**public, **getattr(function, "__globals__", {})}
    return typing_extensions.get_type_hints(function, names, include_extras=True)


def returned_records(method: Callable[..., Any], record: type[Object]) -> tuple[type[Object] | None, bool]:
    """Return the record class that a method of `record` returns, or None, and whether it returns a list."""
    returned = hints_of(method).get("return")
    is_list = get_origin(returned) is list
    item = get_args(returned)[0] if is_list else returned
    return record if item is typing_extensions.Self else _subclass_in(item, Object), is_list


def _subclass_in(hint: Any, base: type[Any]) -> type[Any] | None:
    """Return the class in a type hint if it is a subclass of `base`."""
    cls = get_origin(hint) or hint
    return cls if isinstance(cls, type) and issubclass(cls, base) else None


def _collection_info(attribute: str, hint: Any, parent: CollectionInfo | None = None) -> CollectionInfo:
    collection: type[Collection[Any]] = get_origin(hint) or hint
    return CollectionInfo(kebab(collection.__name__), attribute, collection, _record_class(collection), parent)


def _record_class(collection: type[Collection[Any]]) -> type[Object]:
    """Return the type argument of a collection: `Customer` for `Customers(Collection[Customer])`."""
    for cls in collection.__mro__:
        for base in vars(cls).get("__orig_bases__", ()):
            for argument in get_args(base):
                if record := _subclass_in(argument, Object):
                    return record
    raise TypeError(f"{collection.__name__} does not name the class of its records")


def _with_parent_name(info: CollectionInfo) -> CollectionInfo:
    assert info.parent is not None
    return replace(info, name=f"{kebab(info.parent.record.__name__)}-{info.name}")
