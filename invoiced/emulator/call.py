"""One call of an operation, what is answered to it, and what resources do that the description cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from invoiced.emulator.description import Operation
from invoiced.emulator.errors import no_such
from invoiced.emulator.store import Record, RecordId, Store
from invoiced.emulator.tokens import Tokens


@dataclass(frozen=True)
class Call:
    """What was asked, read and checked, and the store it is about."""

    store: Store
    now: int
    """Unix time in seconds."""
    operation: Operation
    ids: Mapping[str, RecordId]
    """The IDs in the path by their names in the description: `{"customer_id": 1, "id": 2}`."""
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    origin: str
    """Scheme and host of the request: where the emulator is to its caller."""
    path: str
    pairs: Sequence[tuple[str, str]]
    """The query as it was sent."""
    tokens: Tokens
    behaviours: Mapping[str, Behaviour]
    """By resource."""

    def token(self, length: int) -> str:
        """So many bytes that nobody could guess, in hexadecimal digits."""
        return self.tokens.next(self.store, length)

    @property
    def parent(self) -> RecordId | None:
        """ID of the record that the resource belongs to. `ApiError` 404 when there is none such."""
        parent_type = self.operation.parent_type
        if parent_type is None:
            return None
        parent = self.ids[f"{parent_type}_id"]
        if self.store.find(parent_type, parent) is None:
            raise no_such(parent_type, parent)
        return parent

    def record(self) -> Record:
        """The record that the path names. `ApiError` 404 when there is none such."""
        record = self.store.find(self.operation.record_type, self.ids["id"], self.parent)
        if record is None:
            raise no_such(self.operation.record_type, self.ids["id"])
        return record


@dataclass(frozen=True)
class Answer:
    """What is answered to a call that succeeds. A body of None is an empty one."""

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def _nothing(call: Call, record: Record) -> None:
    """What most resources add to a record."""


def _as_stored(call: Call, record: Record) -> Record:
    """How most resources show a record."""
    return record


@dataclass(frozen=True)
class Behaviour:
    """What a resource does beyond the description. Most need none of it."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Properties of a new record that the description gives no default."""
    complete: Callable[[Call, Record], None] = _nothing
    """Sets the properties that follow from the call, in a record about to be written."""
    shown: Callable[[Call, Record], Record] = _as_stored
    """A record as it is answered: what depends on the request is not stored."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Properties that are shown with the host of the request, and the path that is stored of each, in SQL."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Boolean query parameters of lists, and what they ask about a record, in SQL."""
    operations: Mapping[str, Callable[[Call], Answer]] = field(default_factory=dict)
    """Operations that are not simply create, retrieve, update, delete or list, by name."""
