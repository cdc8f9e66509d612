"""Records of the API and their fields.

A record is not a dict, because the methods of a dict would hide fields such as `items`. But it is a `Mapping`, so that
`match` statements, logging and pandas read its fields. `customer.name` and `customer["name"]` read the same field;
`dict(customer)` is a plain copy. The fields sent by the API are never modified: the first edit, or the first access to
a nested value, creates a copy. Therefore `save()` detects every edit, including edits of nested values, and an unedited
record needs little more memory than its parsed JSON.
"""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Callable, Hashable, Iterator, KeysView, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ._compat import Self
from .encoding import Path, encode_json, encode_path, python_scalar

if TYPE_CHECKING:
    from .client import Client


_STATE = ("_client", "_fields", "_parent", "_sent")
_CLASS_BY_TYPE: dict[str, type[Object]] = {}
MODULE_BY_TYPE: dict[str, str] = {}
"""Modules that define the classes of nested records, by the value of `object`; they are imported when required."""


class Object:
    """A record of the API.

    Fields are attributes and items. Setting a field to None sends null; deleting it (`del customer.phone`) sends
    nothing. Fields unknown to this library are kept and sent like the others. A field with the name of a method is
    available only as an item, such as `customer["balance"]`.

    Args:
        client: client that sends the requests.
        id: ID of the record. Nothing is fetched: `invoiced.Customer(client, 15444).send_statement()`.
        values: fields of the record, if known.
        parent: path of the record that it belongs to, such as `("customers", 15444)` for a contact.

    Raises:
        ValueError: the ID is empty or blank.
        TypeError: the ID is neither a number nor a string.
    """

    if not TYPE_CHECKING:  # otherwise type checkers would reject setting a field
        __slots__ = _STATE

    _client: Client | None
    _fields: dict[str, Any]
    _parent: Path
    _sent: dict[str, Any]

    _path: ClassVar[str] = ""
    """Name of the collection in the path of the record."""

    _type: ClassVar[str] = ""
    """Value of the field `object`. Nested JSON objects with this value become instances of the class."""

    _id_field: ClassVar[str] = "id"
    """Field with the ID in the path of the record."""

    _fetched_with: ClassVar[str] = ""
    """How to fetch a record whose path is always below its parent, such as `customer.contacts().retrieve(id)`."""

    _instead: ClassVar[Mapping[str, str]] = {}
    """Methods of invoiced 3.0.0 that this class does not have, and what to use instead."""

    _classes: ClassVar[Mapping[str, type[Object]]] = {}
    """Classes of fields whose values do not name their type, or name another type."""

    _accepted: ClassVar[Mapping[str, Any] | None] = None
    """Fields that the API accepts if the record is part of another record; None for all."""

    def __init_subclass__(cls) -> None:
        if "_type" in cls.__dict__:
            _CLASS_BY_TYPE[cls._type] = cls

    def __init__(self, client: Client, id: int | str, values: Mapping[str, Any] = {}, *, parent: Path = ()) -> None:
        encode_path((*parent, id))
        self._client, self._parent = client, parent
        self._sent = self._fields = {**copy.deepcopy(dict(values)), self._id_field: python_scalar(id)}

    @classmethod
    def _from_response(cls, client: Client | None, values: dict[str, Any], parent: Path = ()) -> Self:
        # `_sent` (as last sent by the API) is never modified; `_fields` is the same dict until the first edit.
        record = _new(cls)
        _set_client(record, client)
        _set_parent(record, parent)
        _set_sent(record, values)
        _set_fields(record, values)
        return record

    def _editable(self) -> _EditedFields:
        if not isinstance(self._fields, _EditedFields):
            self._fields = _EditedFields(self._fields)
        return self._fields

    def __getitem__(self, name: str) -> Any:
        value = self._fields[name]
        if isinstance(value, _NESTED) and len(name) > 1 and _FROM_KEYS.get(name) is name:
            return _plain(value)
        if isinstance(value, (dict, list)) and value is self._sent.get(name):
            # Metadata belongs to the user: a field `object` in it has no special meaning.
            if name in self._classes and isinstance(value, dict):
                value = self._classes[name]._from_response(self._client, value)
            else:
                value = copy.deepcopy(value) if name == "metadata" else _nested(value, self._client)
            self._editable()[name] = value
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._check_not_id(name)
        fields = self._editable()
        fields[name] = value
        fields.assigned |= {name}

    def __delitem__(self, name: str) -> None:
        self._check_not_id(name)
        fields = self._editable()
        del fields[name]
        fields.assigned -= {name}

    # Hidden from type checkers, so that they report misspelled fields.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in self._fields:
                why = "; a record is not a dict: use to_dict()" if hasattr(dict, name) else ", or it was not fetched"
                why = f"; use {self._instead[name]}" if name in self._instead else why
                raise AttributeError(f"{type(self).__name__} has no field {name!r}{why}", name=name, obj=self)
            return self[name]

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_"):
                return super().__setattr__(name, value)
            if hasattr(type(self), name):
                raise AttributeError(f"{name} is a method of {type(self).__name__}; set the field as [{name!r}]")
            self[name] = value

        def __delattr__(self, name: str) -> None:
            getattr(self, name)
            del self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or `default` if the record does not have it."""
        return self[name] if name in self._fields else default

    def keys(self) -> KeysView[str]:
        """Return the names of the fields, in the API's order.

        The item of a name from here is a plain copy, without records: `dict(customer)` equals `customer.to_dict()`.
        """
        # `dict(customer)` reads `customer[name]` for each of these names, as a program reads a single field: only the
        # identity of the name can differ. Another string is interned, so that these are never literals of a program.
        # Python has only one string of each single character.
        fields = self._fields.items()
        return {_name_of_copy(name) if isinstance(value, _NESTED) else name: None for name, value in fields}.keys()

    def to_dict(self) -> dict[str, Any]:
        """Return a deep copy of the fields as plain dicts and lists."""
        return {name: _plain(value) for name, value in self._fields.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return (sys.intern(name) if _FROM_KEYS.get(name) is name else name for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def __eq__(self, other: object) -> bool:
        fields = other.to_dict() if type(other) is type(self) else other
        return self.to_dict() == fields if isinstance(fields, dict) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), id_ if isinstance(id_ := self.get(self._id_field), Hashable) else None))

    def __getstate__(self) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """Return the fields and the path, without the client, which contains the API key."""
        return getattr(self, "__dict__", None), {name: getattr(self, name) for name in _STATE} | {"_client": None}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        new = self._from_response(self._client, self._sent, self._parent)
        # Values that were not accessed yet stay shared with `_sent`: their first access converts them.
        sent = {id(value): value for value in self._sent.values()}
        new._fields = copy.deepcopy(self._fields, {**(memo or {}), **sent})
        return new

    __copy__ = __deepcopy__

    def __str__(self) -> str:
        from .display import text

        return text(self)

    def __repr__(self) -> str:
        id_ = " id=" + repr(self["id"]).strip("'") if "id" in self else ""
        return f"<{type(self).__name__}{id_} at {id(self):#x}> JSON: {self}"

    def _repr_html_(self) -> str:
        """Return the fields as a table, for notebooks."""
        from .display import table  # rarely needed

        return table(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the record in IPython: on one line if it is part of a list, a dict and the like."""
        from .display import line

        printer.text(line(self) if len(printer.stack) > 1 else repr(self))

    def _address(self) -> Path:
        name = type(self).__name__
        if not self._path or (self._fetched_with and not self._parent):
            how = f" Use {self._fetched_with}." if self._fetched_with else ""
            raise ValueError(f"This {name} is part of another record and has no URL of its own.{how}")
        if self.get(self._id_field) is None:
            raise ValueError(f"This {name} has no {self._id_field.upper()}, which is required for its URL.")
        return (*self._parent, self._path, self[self._id_field])

    def _check_not_id(self, name: str) -> None:
        if name == self._id_field:
            raise AttributeError("The ID identifies the record: it cannot be changed or deleted.")

    def _connection(self) -> Client:
        if self._client is None:
            usable = f"invoiced.{type(self).__name__}(client, {self.get(self._id_field)!r}, parent={self._parent!r})"
            raise RuntimeError(f"A record from a webhook or a pickle has no client. Use {usable} instead.")
        return self._client

    def _changes(self) -> dict[str, Any]:
        """Return the fields that were set or edited in place, in the form that the API accepts."""
        assigned = self._fields.assigned if isinstance(self._fields, _EditedFields) else frozenset()
        return {
            name: _plain(value, _accepted)
            for name, value in self._fields.items()
            if name in assigned
            or (value is not self._sent.get(name, ...) and not _encodes_equal(_plain(value), self._sent[name], name))
        }


Mapping.register(Object)  # pyright: ignore[reportAttributeAccessIssue]  it takes Mapping for a protocol
_NESTED = (dict, list, Object)
_FROM_KEYS: dict[str, str] = {}


def _name_of_copy(name: str) -> str:
    return _FROM_KEYS.setdefault(sys.intern(str.__str__(name)), (name + " ")[:-1])


class _EditedFields(dict[str, Any]):
    """The fields of an edited record. Fields that were set are sent even if the API last sent the same value."""

    assigned: frozenset[str] = frozenset()


# These bypass __setattr__ for speed, because a page has 100 records.
_new = object.__new__
_set_client, _set_fields, _set_parent, _set_sent = (vars(Object)[name].__set__ for name in _STATE)


def _nested(value: Any, client: Client | None) -> Any:
    """Return a copy in which JSON objects of a known type are instances of their class."""
    if isinstance(value, list):
        return [_nested(item, client) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(type_ := value.get("object"), str) and (cls := class_of(type_)):
        return cls._from_response(client, value)
    return {name: _nested(item, client) for name, item in value.items()}


def class_of(type_: str) -> type[Object] | None:
    """Return the class of records with this value of the field `object`, if there is one."""
    if type_ not in _CLASS_BY_TYPE and type_ in MODULE_BY_TYPE:
        importlib.import_module(MODULE_BY_TYPE[type_])
    return _CLASS_BY_TYPE.get(type_)


def _plain(value: Any, convert: Callable[[Object], Any] = Object.to_dict) -> Any:
    """Return a deep copy in which records are plain dicts, made by `convert`."""
    if isinstance(value, Object):
        return convert(value)
    if isinstance(value, Mapping):
        return {name: _plain(item, convert) for name, item in value.items()}
    return [_plain(item, convert) for item in value] if isinstance(value, (list, tuple)) else value


def _accepted(record: Object) -> Any:
    """Return the ID of a record inside another, or the fields that the API accepts if the record has no URL of its own.

    A field that the API sent as null is left out, which means the same; some fields do not accept null.
    """
    if record._path and not record._fetched_with and record._accepted is None:
        return record.get(record._id_field)
    assigned = record._fields.assigned if isinstance(record._fields, _EditedFields) else frozenset()
    accepted = record if record._accepted is None else record._accepted
    return {
        name: _plain(item, _accepted)
        for name, item in record._fields.items()
        if name in assigned or (name in accepted and item is not None)
    }


def _encodes_equal(left: Any, right: Any, name: str) -> bool:
    """Return whether both values have the same encoding. The API can send values that cannot be encoded: infinity."""
    try:
        return encode_json(left, name) == encode_json(right, name)
    except ValueError:
        return repr(left) == repr(right)
