"""Finds the collections of the client in its type hints, so that new ones need no code here."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import typing_extensions

import invoiced
from invoiced import Client, Collection, Object


def kebab(name: str) -> str:
    """The name as the command line says it: `CreditNotes` and `credit_notes` are `credit-notes`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


@dataclass(frozen=True)
class FoundCollection:
    """A collection that the client has, or one that hangs off the records of such a collection."""

    name: str
    """Of its group of commands."""
    attribute: str
    """Of the client; or the method of the parent's records that hands it out."""
    collection: type[Collection[Any]]
    record: type[Object]
    parent: FoundCollection | None = None

    @property
    def noun(self) -> str:
        """What one record is called, in words."""
        return kebab(self.record.__name__).replace("-", " ")

    @property
    def nouns(self) -> str:
        """What several records are called, in words."""
        return kebab(self.collection.__name__).replace("-", " ")

    @property
    def summary(self) -> str:
        """What its group is for."""
        return f"Work with {self.nouns} of a {self.parent.noun}." if self.parent else f"Work with {self.nouns}."

    def open(self, client: Client, parent_id: str | None) -> Any:
        """The collection itself, of a client; no request is made."""
        if self.parent is None:
            return getattr(client, self.attribute)
        return getattr(self.parent.record(client, parent_id or ""), self.attribute)()

    def address(self, client: Client, id: str, parent_id: str | None) -> Any:
        """A record to act on. Only one that hangs off another is fetched for that."""
        return self.open(client, parent_id).retrieve(id) if self.parent else self.record(client, id)


def find_collections(client_class: type[Client]) -> list[FoundCollection]:
    """The collections of a class of clients, and those that hang off their records."""
    hints = typing_extensions.get_type_hints(client_class)
    top = [_found(name, hint) for name, hint in hints.items() if _class_of(hint, Collection)]
    nested = [
        _found(name, returned, parent)
        for parent in top
        for name, method in public_methods(parent.record)
        if _class_of(returned := hints_of(method).get("return"), Collection)
    ]
    names = Counter(one.name for one in [*top, *nested])
    return [*top, *(_renamed(one) if names[one.name] > 1 else one for one in nested)]


def public_methods(record: type[Object]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods that a class of records has beyond those of every record."""
    for name, method in inspect.getmembers(record, inspect.isfunction):
        if not name.startswith("_") and not hasattr(Object, name):
            yield name, method


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of a function's parameters and of what it returns.

    Names that its module imports for type checkers only are those of the library.
    """
    public = {name: getattr(invoiced, name) for name in invoiced.__all__}
    names = {**public, **getattr(function, "__globals__", {})}
    return typing_extensions.get_type_hints(function, names, include_extras=True)


def records_returned(method: Callable[..., Any], record: type[Object]) -> tuple[type[Object] | None, bool]:
    """The class of records that a method of `record` returns, None if none, and whether it is a list of them."""
    returned = hints_of(method).get("return")
    several = get_origin(returned) is list
    one = get_args(returned)[0] if several else returned
    return record if one is typing_extensions.Self else _class_of(one, Object), several


def _class_of(hint: Any, base: type[Any]) -> type[Any] | None:
    """The class that a type hint names, if it is a subclass of `base`."""
    named = get_origin(hint) or hint
    return named if isinstance(named, type) and issubclass(named, base) else None


def _found(attribute: str, hint: Any, parent: FoundCollection | None = None) -> FoundCollection:
    collection: type[Collection[Any]] = get_origin(hint) or hint
    return FoundCollection(kebab(collection.__name__), attribute, collection, _record_of(collection), parent)


def _record_of(collection: type[Collection[Any]]) -> type[Object]:
    """The type argument of a collection: `Customer` of `Customers(Collection[Customer])`."""
    for cls in collection.__mro__:
        for base in vars(cls).get("__orig_bases__", ()):
            for argument in get_args(base):
                if record := _class_of(argument, Object):
                    return record
    raise TypeError(f"{collection.__name__} does not say what its records are")


def _renamed(one: FoundCollection) -> FoundCollection:
    assert one.parent is not None
    name = f"{kebab(one.parent.record.__name__)}-{one.name}"
    return FoundCollection(name, one.attribute, one.collection, one.record, one.parent)
