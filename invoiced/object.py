"""Records of the API and their fields.

An object is not a dict, because fields have names such as `items`: `customer.name` and `customer["name"]`
read the same field, and methods are few. What the API sent is kept as it came and never changed; the
program edits a copy, made when it first edits or is handed a nested value. So `save()` finds each edit,
nested ones included, and an object that is only read costs little more than its parsed JSON.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Hashable, Iterator, KeysView, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from ._compat import Self
from .encoding import Path, encode_json, encode_path

if TYPE_CHECKING:
    from .client import Client


_STATE = ("_client", "_fields", "_parent", "_sent")
_CLASS_BY_TYPE: dict[str, type[Object]] = {}


class Object:
    """One record of the API.

    Its fields read as attributes and as items. Setting a field to None sends null; deleting it
    (`del customer.phone`) sends nothing. Fields that this library does not know are kept and sent like any
    other. One whose name is taken by a method, such as `customer["balance"]`, reads and sets as an item.

    Args:
        client: the client that it is reached through.
        id: id of the record. Nothing is fetched: `invoiced.Customer(client, 15444).send_statement()`.
        values: its fields, if they are known.
        parent: path of the record that it hangs off, as `("customers", 15444)` for a contact.

    Raises:
        ValueError: the id is empty or blank.
        TypeError: the id is neither a number nor a text.
    """

    if not TYPE_CHECKING:  # to them it would mean that no field can be set
        __slots__ = _STATE

    _client: Client | None
    _fields: dict[str, Any]
    _parent: Path
    _sent: dict[str, Any]

    _path: ClassVar[str] = ""
    """Name of the collection in the path of a record."""

    _type: ClassVar[str] = ""
    """What the API's field `object` says; a nested object that says so reads as this class."""

    def __init_subclass__(cls) -> None:
        if "_type" in cls.__dict__:
            _CLASS_BY_TYPE[cls._type] = cls

    def __init__(self, client: Client, id: int | str, values: Mapping[str, Any] = {}, *, parent: Path = ()) -> None:
        encode_path((*parent, id))
        self._fill(client, {**copy.deepcopy(dict(values)), "id": id}, parent)

    @classmethod
    def _from_response(cls, client: Client | None, values: dict[str, Any], parent: Path = ()) -> Self:
        return _new(cls)._fill(client, values, parent)

    def _fill(self, client: Client | None, values: dict[str, Any], parent: Path) -> Self:
        """`_sent`, what the API last sent, is never changed. `_fields` is the same until it is edited."""
        _set_client(self, client)
        _set_parent(self, parent)
        _set_sent(self, values)
        _set_fields(self, values)
        return self

    def _editable(self) -> dict[str, Any]:
        if self._fields is self._sent:
            self._fields = dict(self._sent)
        return self._fields

    def __getitem__(self, name: str) -> Any:
        value = self._fields[name]
        if isinstance(value, (dict, list)) and value is self._sent.get(name):
            # Metadata is the user's own: what calls itself an object there is none of the API's.
            value = copy.deepcopy(value) if name == "metadata" else _nested(value, self._client)
            self._editable()[name] = value
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_id(name)
        self._editable()[name] = value

    def __delitem__(self, name: str) -> None:
        _refuse_id(name)
        del self._editable()[name]

    # Attributes are hidden from type checkers, so that to them a misspelt field is an error.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in self._fields:
                why = "; a record is no dict: to_dict() makes one" if hasattr(dict, name) else ", or it was not fetched"
                problem = f"{type(self).__name__} has no field {name!r}{why}"
                raise AttributeError(problem, name=name, obj=self)
            return self[name]

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_"):
                super().__setattr__(name, value)
            elif hasattr(type(self), name):
                raise AttributeError(f"{name} is a method of {type(self).__name__}; set the field as [{name!r}]")
            else:
                self[name] = value

        def __delattr__(self, name: str) -> None:
            getattr(self, name)
            del self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field, or `default` where the record does not have it."""
        return self[name] if name in self._fields else default

    def keys(self) -> KeysView[str]:
        """Return the names of the fields, in the API's order."""
        return self._fields.keys()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain dicts and lists, a deep copy."""
        return {name: _plain(value) for name, value in self._fields.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def __eq__(self, other: object) -> bool:
        fields = other.to_dict() if type(other) is type(self) else other
        return self.to_dict() == fields if isinstance(fields, dict) else NotImplemented

    def __hash__(self) -> int:
        id_ = self.get("id")
        return hash((type(self), id_ if isinstance(id_, Hashable) else None))

    def __getstate__(self) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """Data and address. The client stays behind: it holds the API key."""
        slots = {name: getattr(self, name) for name in _STATE}
        return getattr(self, "__dict__", None), {**slots, "_client": None}

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        new = self._from_response(self._client, self._sent, self._parent)
        # What was not handed out yet stays what the API sent, to be read as objects later.
        sent = {id(value): value for value in self._sent.values()}
        new._fields = copy.deepcopy(self._fields, {**(memo or {}), **sent})
        return new

    __copy__ = __deepcopy__

    def __str__(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, default=_shown)

    def __repr__(self) -> str:
        id_ = f" id={self['id']}" if "id" in self else ""
        return f"<{type(self).__name__}{id_} at {id(self):#x}> JSON: {self}"

    def _address(self) -> Path:
        if "id" not in self:
            raise ValueError(f"This {type(self).__name__} has no id, so the API has no address for it")
        return (*self._parent, self._path, self["id"])

    def _connection(self) -> Client:
        if self._client is None:
            anew = f"invoiced.{type(self).__name__}(client, {self.get('id')!r}, parent={self._parent!r})"
            raise RuntimeError(f"This record was unpickled and has no client. Address it anew: {anew}")
        return self._client

    def _changes(self) -> dict[str, Any]:
        """The fields that would be written otherwise than what the API last sent."""
        edited = {name: _plain(value) for name, value in self._fields.items() if value is not self._sent.get(name, ...)}
        return {
            name: value
            for name, value in edited.items()
            if name not in self._sent or not _same(value, self._sent[name], name)
        }


# Past __setattr__, because a page has a hundred records.
_new = object.__new__
_set_client, _set_fields, _set_parent, _set_sent = (vars(Object)[name].__set__ for name in _STATE)


def _refuse_id(name: str) -> None:
    if name == "id":
        raise AttributeError("The id is the address of the record: it cannot be changed or deleted.")


def _nested(value: Any, client: Client | None) -> Any:
    """A copy, in which what says that it is an object of the API reads as one."""
    if isinstance(value, list):
        return [_nested(item, client) for item in value]
    if not isinstance(value, dict):
        return value
    type_ = value.get("object")
    if isinstance(type_, str) and type_ in _CLASS_BY_TYPE:
        return _CLASS_BY_TYPE[type_]._from_response(client, value)
    return {name: _nested(item, client) for name, item in value.items()}


def _plain(value: Any) -> Any:
    """A deep copy without objects."""
    if isinstance(value, Object):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _same(one: Any, other: Any, name: str) -> bool:
    """Whether both are written alike. What the API sent need not be what can be sent: infinity, half a character."""
    try:
        return encode_json(one, name) == encode_json(other, name)
    except ValueError:
        return repr(one) == repr(other)


def _shown(value: Any) -> Any:
    """What JSON cannot say, as it is shown: only what is sent must be exact."""
    return float(value) if isinstance(value, Decimal) else repr(value)
