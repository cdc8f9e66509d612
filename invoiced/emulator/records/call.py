"""One call of an operation, its result, and behavior of resources beyond their description."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from invoiced.emulator.description import Operation
from invoiced.emulator.errors import not_found
from invoiced.emulator.records.account import Account, Renderer
from invoiced.emulator.storage.list_memory import ListMemory
from invoiced.emulator.storage.store import Condition, Record, RecordId


class Upload(NamedTuple):
    """A file that comes with a call."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Call(Account):
    """A call of an operation, parsed and validated, with the account that it applies to."""

    operation: Operation
    ids: Mapping[str, RecordId]
    """IDs in the path by their names in the description: `{"customer_id": 1, "id": 2}`."""
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    path: str
    pairs: Sequence[tuple[str, str]]
    """Query as it was sent."""
    lists: ListMemory
    upload: Upload | None = None
    """The file that was sent as a part of a form, or fetched."""
    documented_responses: bool = False
    """Whether statements are as the reference documents them, where the service does otherwise."""

    @property
    def parent(self) -> RecordId | None:
        """Return the ID of the record that the resource belongs to. `ApiError` 404 if it does not exist."""
        parent_type = self.operation.parent_type
        if parent_type is None:
            return None
        parent = self.ids[f"{parent_type}_id"]
        if self.store.find(parent_type, parent) is None:
            raise not_found(parent_type, parent)
        return parent

    def record(self) -> Record:
        """Return the record with the ID in the path. `ApiError` 404 if it does not exist."""
        record = self.store.find(self.operation.record_type, self.ids["id"], self.parent)
        if record is None:
            raise not_found(self.operation.record_type, self.ids["id"])
        return record

    def check_path(self) -> None:
        """Raise `ApiError` 404 if the path of a write has a record that does not exist."""
        if self.operation.method in ("POST", "PUT", "PATCH"):
            _ = self.record() if "id" in self.ids else self.parent


@dataclass(frozen=True)
class Result:
    """Result of a successful call. A body of None is an empty body."""

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    """HTTP status, if it is not the one of the description."""


def _add_nothing(call: Call, record: Record) -> None:
    """Add nothing to a record. Most resources do this."""


def _unchanged(account: Account, record: Record) -> Record:
    """Return a record as it is stored. Most resources do this."""
    return record


@dataclass(frozen=True)
class Behaviour:
    """Behavior of a resource beyond its description. Most resources only need the defaults."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Default values of a new record that are not in the description."""
    complete: Callable[[Call, Record], None] = _add_nothing
    """Function that checks a record that is about to be written, and sets computed properties."""
    render: Renderer = _unchanged
    """Function that returns a record for the response, with properties that depend on the request."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Boolean query parameters of lists, each with its SQL condition, in which `{now}` is the time in Unix seconds."""
    conditions: Mapping[str, Callable[[Any], Condition]] = field(default_factory=dict)
    """Other query parameters of lists, each with the function that returns the condition for its value.

    In its SQL, `{now}` is the time in Unix seconds.
    """
    columns: Mapping[str, str] = field(default_factory=dict)
    """SQL of properties by which lists can be filtered although responses do not have them."""
    on_request: frozenset[str] = frozenset()
    """Properties that only `include` adds to responses, besides those that the description says."""
    unlisted: str = ""
    """SQL condition of records that a list leaves out, unless the query has one of `filters`."""
    ignored: frozenset[str] = frozenset()
    """Documented parameters of lists that the service ignores."""
    order: Sequence[str] = ()
    """SQL terms of lists that are requested without an order, unless they are by ID."""
    creates_on_update: bool = False
    """Whether an update of an unknown ID creates a record."""
    find_record_themselves: frozenset[str] = frozenset()
    """Names of operations that have an error of their own for an unknown ID in the path, in place of 404."""
    sort_columns: Mapping[str, str] = field(default_factory=dict)
    """SQL of columns by which lists can be sorted, but which are no properties of the records."""
    direction: str = "ASC"
    """Direction of lists by ID that are requested without an order."""
    is_listed_whole: bool = False
    """Whether each page of a list has all records."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """SQL conditions on the ID of another record, by the name of a list below a record that does not own its records.

    Such a list starts with the newest record, and is empty if the other record does not exist.
    """
    operations: Mapping[str, Callable[[Call], Result]] = field(default_factory=dict)
    """Operations other than create, retrieve, update, delete and list, by name."""

    def with_operations(self, operations: Mapping[str, Callable[[Call], Result]]) -> Behaviour:
        """Return this behavior with more operations, which come before those of the same name."""
        return replace(self, operations={**self.operations, **operations})
