"""Discovery of the client's collections from their names and types, so that new collections need no code here.

The names of all groups are known without importing a resource. The classes of a group are imported when it is used.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import typing_extensions

import invoiced
from invoiced import Client, Collection, Object
from invoiced.cli.docstrings import docstring_of


def kebab(name: str) -> str:
    """Convert a name to kebab case: `CreditNotes` and `credit_notes` become `credit-notes`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def with_article(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeio' or noun.startswith('SMS') else 'a'} {noun}"


_SPELLINGS = {"email": "e-mail", "gl": "GL", "pdf": "PDF", "sign up": "sign-up", "sms": "SMS"}


def _in_words(name: str) -> str:
    """Convert a name in kebab case to words: `pdf-template` becomes `PDF template`."""
    words = name.replace("-", " ")
    return re.sub(rf"\b({'|'.join(_SPELLINGS)})\b", lambda match: _SPELLINGS[match[0]], words)


@dataclass(frozen=True)
class CollectionInfo:
    """A collection of the client, or a nested collection, such as the contacts of a customer."""

    name: str
    """Name of its command group."""
    attribute: str
    """Attribute of the client, or, for a nested collection, method of the parent record."""
    load: Callable[[], type[Collection[Any]]]
    """Function that returns the class of the collection."""
    parent: CollectionInfo | None = None

    @cached_property
    def collection(self) -> type[Collection[Any]]:
        """Class of the collection."""
        return self.load()

    @cached_property
    def record(self) -> type[Object]:
        """Class of its records; of several classes, the first."""
        return _record_class(self.collection)

    @property
    def noun(self) -> str:
        """Singular noun for its records."""
        return _in_words(kebab(self.attribute if self.parent is None else self.record.__name__))

    @property
    def nouns(self) -> str:
        """Plural noun for its records, with their parent: `contacts of a customer`."""
        if self.parent is None:
            return _in_words(self.name)
        nouns = _in_words(self.name.removeprefix(f"{self.parent_name}-"))
        return f"{nouns} of {with_article(self.parent.noun)}"

    @property
    def summary(self) -> str:
        """Summary of its command group."""
        return f"Work with {self.nouns}."

    @property
    def parent_name(self) -> str:
        """Name of the option and of the parameter for the ID of the parent: `customer`."""
        return kebab(self.parent.attribute) if self.parent else ""

    @property
    def has_ids(self) -> bool:
        """Whether its records are retrieved by ID. An invoice has only one payment plan, which has no ID."""
        retrieve = getattr(self.collection, "retrieve", None)
        return retrieve is not None and "id" in inspect.signature(retrieve).parameters

    def collection_of(self, client: Client, parent_id: str | None) -> Any:
        """Return the collection itself, without sending a request."""
        if self.parent is None:
            return getattr(client, self.attribute)
        return getattr(self.parent.record(client, parent_id or ""), self.attribute)()

    def record_of(self, client: Client, id: str, parent_id: str | None) -> Any:
        """Return a record to call methods on. Only records of nested collections are fetched."""
        if not self.parent:
            return self.record(client, id)
        return self.collection_of(client, parent_id).retrieve(*([id] if self.has_ids else []))


def find_collections(client_class: type[Client]) -> list[CollectionInfo]:
    """Return the collections of a client class, and the collections nested in their records."""
    found = (*_known_collections(), *_annotated_collections(client_class))
    top = [*{info.attribute: info for info in found}.values()]
    nested = [info for parent in top for info in _nested_collections(parent)]
    names = Counter(info.name for info in [*top, *nested])
    return [*top, *(_with_parent_name(info) if names[info.name] > 1 else info for info in nested)]


def _known_collections() -> Iterator[CollectionInfo]:
    for attribute, name in invoiced.COLLECTIONS.items():
        yield CollectionInfo(kebab(name), attribute, _Loader(name))


def _annotated_collections(client_class: type[Client]) -> Iterator[CollectionInfo]:
    """Yield the collections that a subclass of the client adds."""
    for cls in client_class.__mro__[: client_class.__mro__.index(Client)]:
        hints = typing_extensions.get_type_hints(cls, localns=_PublicNames())
        for attribute in vars(cls).get("__annotations__", {}):
            if found := _subclass_in(hints[attribute], Collection):
                yield CollectionInfo(kebab(found.__name__), attribute, _Loader(found.__name__, found))


def _nested_collections(parent: CollectionInfo) -> Iterator[CollectionInfo]:
    if parent.attribute in invoiced.COLLECTIONS:
        found = {
            method.partition(".")[2]: _Loader(name)
            for method, name in invoiced.NESTED_COLLECTIONS.items()
            if method.partition(".")[0] == parent.attribute
        }
    else:
        found = {
            name: _Loader(cls.__name__, cls)
            for name, method in public_methods(parent.record)
            if (cls := _subclass_in(hints_of(method).get("return"), Collection))
        }
    for method, load in found.items():
        yield CollectionInfo(kebab(method.removeprefix("list_")), method, load, parent)


@dataclass(frozen=True)
class _Loader:
    """A function that returns a public class by its name, or a class that is known."""

    name: str
    cls: type[Any] | None = None

    def __call__(self) -> type[Any]:
        found: type[Any] = self.cls or getattr(invoiced, self.name)
        return found


class _PublicNames(dict[str, Any]):
    """The public names of the library, which are imported when they are looked up."""

    def __missing__(self, name: str) -> Any:
        if name not in invoiced.__all__:
            raise KeyError(name)
        return getattr(invoiced, name)


def public_methods(cls: type[Any], base: type[Any] = Object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods of a class that its `base` does not have."""
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if not name.startswith("_") and not hasattr(base, name):
            yield name, method


def is_other_name(method: Callable[..., Any]) -> bool:
    """Return whether a method is only the name that another method had in invoiced 3.0.0."""
    return docstring_of(method).startswith("Do the same as ")


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of a function's parameters and of its return value.

    Names that its module imports only for type checkers are looked up in the public names of the library.
    """
    return typing_extensions.get_type_hints(function, localns=_PublicNames(), include_extras=True)


def returned_type(method: Callable[..., Any], record: type[Object]) -> tuple[Any, bool]:
    """Return the type that a method of `record` returns, and whether it returns a list or a page of it."""
    returned = hints_of(method).get("return")
    if get_origin(returned) is tuple:  # a page: its records and a `List`
        returned = get_args(returned)[0]
    if get_origin(returned) in (Union, UnionType):  # a record or None, or records of several types
        returned = get_args(returned)[0]
    is_list = get_origin(returned) is list
    item = get_args(returned)[0] if is_list else returned
    return record if item is typing_extensions.Self or isinstance(item, TypeVar) else item, is_list


def _subclass_in(hint: Any, base: type[Any]) -> type[Any] | None:
    """Return the class in a type hint if it is a subclass of `base`."""
    cls = get_origin(hint) or hint
    return cls if isinstance(cls, type) and issubclass(cls, base) else None


def _record_class(collection: type[Collection[Any]]) -> type[Object]:
    """Return the type argument of a collection: `Customer` for `Customers(Collection[Customer])`."""
    for cls in collection.__mro__:
        for base in vars(cls).get("__orig_bases__", ()):
            for argument in get_args(base):
                if record := _subclass_in((*get_args(argument), argument)[0], Object):
                    return record
    raise TypeError(f"{collection.__name__} does not name the class of its records")


def _with_parent_name(info: CollectionInfo) -> CollectionInfo:
    return replace(info, name=f"{info.parent_name}-{info.name}")
