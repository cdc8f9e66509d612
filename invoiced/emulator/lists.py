"""Lists of records: conditions, order and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from invoiced.emulator.behaviour import Behaviour
from invoiced.emulator.brackets import fitted
from invoiced.emulator.call import Answer, Call
from invoiced.emulator.description import Schema, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import expanded
from invoiced.emulator.store import Condition, column

_SCALARS = frozenset({"boolean", "integer", "number", "string"})


def list_records(call: Call, behaviour: Behaviour) -> Answer:
    """One page, with links to the others."""
    page, per_page = call.query["page"], call.query["per_page"]
    total, records = call.store.page(
        call.operation.record_type,
        call.parent,
        conditions=list(_conditions(call, behaviour)),
        order=list(_order(call)),
        offset=(page - 1) * per_page,
        limit=per_page,
    )
    headers = {"Link": _links(call, last=max(1, -(-total // per_page))), "X-Total-Count": str(total)}
    return Answer([expanded(call, record) for record in records], headers)


class PageOrder:
    """Pages must be fetched one after the other. Remembers how far each caller has read each list."""

    def __init__(self) -> None:
        self._read: dict[object, int] = {}

    def turn(self, credentials: str, call: Call) -> None:
        """Notes that the caller reads a page of the call's list. `ApiError` when it is out of order."""
        others = frozenset(pair for pair in call.pairs if pair[0] != "page")
        reader = (credentials, call.operation, *call.ids.values(), others)
        page, read = call.query["page"], self._read.get(reader, 0)
        if page > read + 1:
            message = f"Pages must be fetched one after the other; page {read + 1} comes before page {page}."
            raise ApiError(400, message, "page")
        self._read[reader] = max(page, read)

    def forget(self) -> None:
        """Forgets what was read."""
        self._read.clear()


def _conditions(call: Call, behaviour: Behaviour) -> Iterator[Condition]:
    query = call.query
    for name, text in query.get("filter", {}).items():
        yield Condition(f"{_scalar(call, name, 'filter')} IS ?", [_sought(call, name, text)])
    for key, text in query.get("metadata", {}).items():
        held = f"SELECT 1 FROM json_each({column('metadata')}) WHERE key = ? AND CAST(atom AS TEXT) = ?"
        yield Condition(f"EXISTS ({held})", [key, text])
    if "updated_after" in query:
        yield Condition(f"{column('updated_at')} > ?", [query["updated_after"]])
    for name, asked in behaviour.filters.items():
        if name in query:
            yield Condition(f"({asked}) = ?", [query[name]])


def _order(call: Call) -> Iterator[str]:
    for term in (call.query.get("sort") or "").split(","):
        name, _, direction = term.strip().partition(" ")
        if direction.strip().upper() not in ("", "ASC", "DESC"):
            raise ApiError(400, f"The direction of a sort is asc or desc, not {direction.strip()}.", "sort")
        if name:
            yield f"{_scalar(call, name, 'sort')} {direction}"


def _scalar(call: Call, name: str, param: str) -> str:
    """The SQL for a property that holds one value. `ApiError` when there is none such."""
    if not types_of(_properties(call).get(name, {})) & _SCALARS:
        raise ApiError(400, f"There is no column {name} to {param} by.", param)
    return column(name)


def _sought(call: Call, name: str, text: str) -> Any:
    """The value that a filter means. Text that is empty means null, as everywhere in the API."""
    schema = _properties(call)[name]
    value = fitted(text, schema) if text != "" else None
    if isinstance(value, str) and "string" not in types_of(schema):
        raise ApiError(400, f"The value {text} does not fit the column {name}.", "filter")
    return value


def _properties(call: Call) -> Mapping[str, Schema]:
    properties: Mapping[str, Schema] = call.operation.schema["properties"]
    return properties


def _links(call: Call, last: int) -> str:
    page = call.query["page"]
    pages = {"self": page, "first": 1, "previous": page - 1, "next": page + 1, "last": last}
    others = [(name, value) for name, value in call.pairs if name != "page"]
    return ", ".join(
        f'<{call.url}?{urlencode([*others, ("page", number)])}>; rel="{relation}"'
        for relation, number in pages.items()
        if relation in ("self", "last") or 1 <= number <= last
    )
