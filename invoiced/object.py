"""Records of the API: their fields, and what may be done with them.

An object is not a dict, because fields have names such as `items`: `customer.name` and `customer["name"]`
read the same field, and methods are few. What the API sent is kept as it came and never changed; what the
program sets, and every nested value that it was handed out, lies beside it. So `save()` finds each edit,
nested ones included, and an object costs little more than its parsed JSON.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Iterator, KeysView, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import Self

from .encoding import Path, encode_json, encode_path
from .messages import Timeout

if TYPE_CHECKING:
    from .client import Client


class Removed:
    """Stands where the program deleted a field."""


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
        ValueError, TypeError: `id` is not an id.
    """

    _path: ClassVar[str] = ""
    """Name of the collection in the path of a record."""

    _type: ClassVar[str] = ""
    """What the API's field `object` says; a nested object that says so reads as this class."""

    _client: Client | None
    _parent: Path
    _values: Mapping[str, Any]
    _edits: dict[str, Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "_type" in cls.__dict__:
            _CLASS_BY_TYPE[cls._type] = cls

    def __init__(
        self, client: Client, id: int | str, values: Mapping[str, Any] | None = None, *, parent: Path = ()
    ) -> None:
        encode_path((*parent, id))
        self.__setstate__({"_parent": parent, "_values": {**(values or {}), "id": id}, "_edits": {}})
        self._client = client

    @classmethod
    def _from_answer(cls, client: Client | None, values: Mapping[str, Any], parent: Path = ()) -> Self:
        new = cls.__new__(cls)
        new.__setstate__({"_parent": parent, "_values": values, "_edits": {}})
        new._client = client
        return new

    # Reading

    def __getitem__(self, name: str) -> Any:
        if name in self._edits:
            value = self._edits[name]
            if value is Removed:
                raise KeyError(name)
            return value
        value = self._values[name]
        if isinstance(value, (dict, list)):
            value = self._edits[name] = copy.deepcopy(value) if name == "metadata" else self._nested(value)
        return value

    def _nested(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._nested(item) for item in value]
        if not isinstance(value, dict):
            return value
        type_ = value.get("object")
        if isinstance(type_, str) and type_ in _CLASS_BY_TYPE:
            return _CLASS_BY_TYPE[type_]._from_answer(self._client, value)
        return {name: self._nested(item) for name, item in value.items()}

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or `default` where the record does not have it."""
        try:
            return self[name]
        except KeyError:
            return default

    def keys(self) -> KeysView[str]:
        """Names of the fields, in the API's order."""
        return dict.fromkeys(self).keys()

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain dicts and lists, a deep copy."""
        return {name: _plain(self._edits.get(name, self._values.get(name))) for name in self}

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str) and name in self._edits:
            return self._edits[name] is not Removed
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        names = [*self._values, *(name for name in self._edits if name not in self._values)]
        return (name for name in names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return True

    # Editing

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"The name of a field is a string, not {type(name).__name__}")
        self._refuse_id(name)
        self._edits[name] = value

    def __delitem__(self, name: str) -> None:
        self._refuse_id(name)
        if name not in self:
            raise KeyError(name)
        if name in self._values:
            self._edits[name] = Removed
        else:
            del self._edits[name]

    def _refuse_id(self, name: str) -> None:
        if name == "id":
            raise AttributeError("The id is the address of the record; it cannot be changed or deleted")

    # Attributes are hidden from type checkers, so that to them a misspelt field is an error.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_") and name in self:
                return self[name]
            hint = ""
            if name in _declared_fields(type(self)):
                hint = "; the API did not send it" + (" (refresh() may fetch it)" if len(self) == 1 else "")
            raise AttributeError(f"{_describe(self)} has no field {name!r}{hint}", name=name, obj=self)

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_"):
                super().__setattr__(name, value)
            elif hasattr(type(self), name):
                raise AttributeError(
                    f"{name} is a method of {type(self).__name__}; set the field as an item, [{name!r}]"
                )
            else:
                self[name] = value

        def __delattr__(self, name: str) -> None:
            if name not in self:
                raise AttributeError(f"{_describe(self)} has no field {name!r}", name=name, obj=self)
            del self[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    # Comparing, copying, showing

    def __eq__(self, other: object) -> bool:
        if type(other) is type(self):
            return self.to_dict() == other.to_dict()
        return self.to_dict() == other if isinstance(other, dict) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._values.get("id")))

    def __getstate__(self) -> dict[str, Any]:
        """Data and address. The client stays behind: it holds the API key."""
        return {"_parent": self._parent, "_values": self._values, "_edits": self._edits}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._client = None
        for name, value in state.items():
            setattr(self, name, value)

    def __copy__(self) -> Self:
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        new = self._from_answer(self._client, self._values, self._parent)
        new._edits = copy.deepcopy(self._edits, memo)
        return new

    def __str__(self) -> str:
        fields = self.to_dict()
        try:
            return encode_json(fields, newline="\n")
        except (TypeError, ValueError):  # the program set what cannot be sent; it is shown all the same
            return json.dumps(fields, indent=2, default=repr)

    def __repr__(self) -> str:
        id_ = f" id={self._values['id']}" if "id" in self._values else ""
        return f"<{type(self).__name__}{id_} at {id(self):#x}> JSON: {self}"

    # What the verbs are made of

    def _address(self) -> Path:
        if "id" not in self._values:
            raise ValueError(f"This {type(self).__name__} has no id, so the API has no address for it")
        return (*self._parent, self._path, self._values["id"])

    def _connection(self) -> Client:
        if self._client is None:
            parent = f", parent={self._parent!r}" if self._parent else ""
            anew = f"invoiced.{type(self).__name__}(client, {self._values.get('id')!r}{parent})"
            raise RuntimeError(
                f"{_describe(self)} was unpickled and has no client. Address the record anew: {anew}"
            )
        return self._client

    def _replace_fields(self, values: Mapping[str, Any]) -> None:
        self._values = values if "id" in values else {**values, "id": self._values["id"]}
        self._edits = {}

    def _changed_fields(self) -> dict[str, Any]:
        """The edits that would be written otherwise than what the API last sent."""
        edits = {name: _plain(value) for name, value in self._edits.items() if value is not Removed}
        return {
            name: value
            for name, value in edits.items()
            if name not in self._values or encode_json(value, name) != encode_json(self._values[name], name)
        }


class Refreshable(Object):
    """A record that can be fetched again."""

    def refresh(self, *, timeout: Timeout | None = None) -> None:
        """Fetch the record again and replace its fields; edits that were not saved are lost.

        Raises NotFoundError if the record is gone, and the other errors of `invoiced.errors`.
        """
        response = self._connection().request("GET", self._address(), timeout=timeout, expect=dict)
        self._replace_fields(response.body)


class Updatable(Refreshable):
    """A record that can be changed."""

    def _save(self, fields: Mapping[str, Any], idempotency_key: str | None, timeout: Timeout | None) -> bool:
        for name, value in fields.items():
            self[name] = value
        changed = self._changed_fields()
        if changed:
            response = self._connection().request(
                "PATCH",
                self._address(),
                changed,
                idempotency_key=idempotency_key,
                timeout=timeout,
                expect=dict,
            )
            self._replace_fields(response.body)
        return bool(changed)


class Deletable(Object):
    """A record that can be deleted."""

    def delete(self, *, timeout: Timeout | None = None) -> None:
        """Delete the record.

        Raises NotFoundError if it is gone already, and the other errors of `invoiced.errors`.
        """
        self._connection().request("DELETE", self._address(), timeout=timeout)


def _plain(value: Any) -> Any:
    """A deep copy without objects."""
    if isinstance(value, Object):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _declared_fields(cls: type) -> set[str]:
    return {name for base in cls.__mro__ for name in inspect.get_annotations(base)}


def _describe(record: Object) -> str:
    id_ = record.get("id")
    return f"{type(record).__name__} {id_}" if id_ is not None else type(record).__name__
