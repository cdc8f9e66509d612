"""The order of a list, from its parameter `sort`."""

from __future__ import annotations

from typing import NamedTuple

from invoiced.emulator.description import Operation, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import column

_SCALARS = frozenset({"boolean", "integer", "number", "string"})
# Only these lists check the columns, and add the ID as the last one.
_WITH_TIE_BREAK = {"Customer", "Invoice", "Estimate", "CreditNote", "Payment", "Subscription"}


class Order(NamedTuple):
    """Order of a list: SQL terms, and the direction if the ID is the only column, or else an empty string."""

    terms: list[str]
    by_id: str = ""


def order_of(call: Call, behaviour: Behaviour) -> Order:
    """Return the order of a list. Terms without a direction are ignored, as the service does."""
    operation, sort = call.operation, call.query.get("sort") or ""
    if operation.name in behaviour.parents:
        return Order([f"{id_column(operation)} DESC"], "DESC")
    terms = [term for term in map(_term, sort.split(",")) if term]
    if operation.resource in _WITH_TIE_BREAK:
        terms = [(name, direction) for name, direction in terms if is_column(operation, name)]
        terms += [] if "id asc" in sort.lower() else [("id", "ASC")]
    elif unknown := [
        name for name, _ in terms if name not in behaviour.sort_columns and not is_column(operation, name)
    ]:
        raise ApiError(500, f"There is no column {unknown[0]} to sort by.")
    if behaviour.order and not terms:
        return Order([*behaviour.order])
    terms = terms or [("id", behaviour.direction)]
    only_id = len(terms) == 1 and terms[0][0] == "id"
    by_id = terms[0][1] if only_id else ""
    directions = dict(reversed(terms))  # a column that is repeated changes nothing
    ordered = {name: directions[name] for name, _ in terms}
    columns = {**{name: column(name) for name in ordered}, "id": id_column(operation), **behaviour.sort_columns}
    return Order([f"{columns[name]} {ordered[name]}" for name in ordered], by_id)


def is_column(operation: Operation, name: str) -> bool:
    """Return whether records have a property of this name with a single value."""
    return bool(types_of(operation.schema["properties"].get(name, {})) & _SCALARS)


def id_column(operation: Operation) -> str:
    """Return the SQL for the internal ID, by which records are created in ascending order."""
    has_number = "integer" in types_of(operation.schema["properties"][operation.id_field])
    return "records.id" if has_number else "records.position"


def _term(text: str) -> tuple[str, str] | None:
    name, _, direction = text.strip().partition(" ")
    direction = direction.strip().upper()
    return (name, direction) if direction in ("ASC", "DESC") else None
