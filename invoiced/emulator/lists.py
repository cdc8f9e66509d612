"""Lists of records: conditions, order and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from invoiced.emulator import exact_json
from invoiced.emulator.call import Behaviour, Call, Result
from invoiced.emulator.conversion import convert
from invoiced.emulator.description import types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import shown
from invoiced.emulator.store import Condition, column

_SCALARS = frozenset({"boolean", "integer", "number", "string"})
_MAX_READERS = 5000
# Clients refuse longer headers; Python's limit is 65,536 characters, including the name of the header.
_MAX_HEADER_LENGTH = 65_000


def list_records(call: Call, behaviour: Behaviour) -> Result:
    """Respond with one page, and links to the others."""
    _check_emulated(call, behaviour)
    page, per_page = call.query["page"], call.query["per_page"]
    conditions, order = list(_conditions(call, behaviour)), list(_order(call))
    if of_other := behaviour.parents.get(call.operation.name):
        parent, order = None, order or ["position DESC"]
        conditions.append(Condition(of_other, list(call.ids.values())))
    else:
        parent = call.parent_id
    total, records = call.store.page(
        call.operation.record_type,
        parent,
        conditions=conditions,
        order=order,
        offset=(page - 1) * per_page,
        limit=per_page,
    )
    links = _links(call, last=max(1, -(-total // per_page)))
    if len(links) > _MAX_HEADER_LENGTH:
        raise ApiError(414, "The query is too long to be repeated in the links to the pages.")
    page_shown = [shown(call, behaviour, record) for record in records]
    return Result(page_shown, {"Link": links, "X-Total-Count": str(total)})


class PageOrder:
    """Check that the pages of a list are fetched in order, from the pages read so far."""

    def __init__(self) -> None:
        self._read: dict[object, int] = {}

    def record_read(self, credentials: str, call: Call) -> None:
        """Record that the caller reads a page of the call's list. `ApiError` if it is out of order."""
        others = frozenset(pair for pair in call.pairs if pair[0] != "page")
        reader = (credentials, call.operation, *call.ids.values(), others)
        page, read = call.query["page"], self._read.get(reader, 0)
        if page > read + 1:
            message = f"page {page} was requested before page {read + 1}. Start at page 1 with the same parameters."
            raise ApiError(400, f"Pages must be fetched one after the other: {message}", "page")
        self._read.pop(reader, None)
        self._read[reader] = max(page, read)
        if len(self._read) > _MAX_READERS:
            del self._read[next(iter(self._read))]

    def clear(self) -> None:
        """Forget which pages were read."""
        self._read.clear()


class _Time(NamedTuple):
    """A condition on a time; without a field, on the date of the record."""

    field: str
    comparison: str


_TIMES = {
    "updated_after": _Time("updated_at", ">"),
    "updated_before": _Time("updated_at", "<"),
    "start_date": _Time("", ">="),
    "end_date": _Time("", "<="),
}
_EMULATED = {"page", "per_page", "sort", "filter", "metadata", "expand", "include", "exclude", *_TIMES}


def _check_emulated(call: Call, behaviour: Behaviour) -> None:
    """Raise `ApiError` if the query has a condition that the emulator would ignore."""
    for name, _ in call.pairs:
        name = name.partition("[")[0]
        if name in call.query and name not in _EMULATED and name not in behaviour.filters:
            raise ApiError(501, f"The emulator does not implement the parameter {name} of this list yet.", name)


def _conditions(call: Call, behaviour: Behaviour) -> Iterator[Condition]:
    query = call.query
    for name, text in query.get("filter", {}).items():
        shown, values = _scalar(call, name, "filter"), [_filter_value(call, name, text)]
        if name in behaviour.paths:
            shown, values = f"? || {behaviour.paths[name]}", [call.origin, *values]
        yield Condition(f"{shown} IS ?", values)
    if metadata := query.get("metadata"):
        same = "stored.key = wanted.key AND CAST(stored.atom AS TEXT) = wanted.atom"
        found = f"SELECT count(*) FROM json_each({column('metadata')}) AS stored JOIN json_each(?) AS wanted ON {same}"
        yield Condition(f"({found}) = ?", [exact_json.dumps(metadata), len(metadata)])
    dated = "timestamp" if "timestamp" in call.operation.schema["properties"] else "date"
    for name, time in _TIMES.items():
        if name in query:
            yield Condition(f"{column(time.field or dated)} {time.comparison} ?", [query[name]])
    for name, condition in behaviour.filters.items():
        if name in query:
            yield Condition(f"({condition}) = ?", [query[name]])
    if behaviour.unlisted and not behaviour.filters.keys() & query.keys():
        yield Condition(f"NOT ({behaviour.unlisted})")


def _order(call: Call) -> Iterable[str]:
    order: dict[str, str] = {}  # A repeated column changes nothing.
    for term in (call.query.get("sort") or "").split(","):
        name, _, direction = term.strip().partition(" ")
        if direction.strip().upper() not in ("", "ASC", "DESC"):
            raise ApiError(400, f"Invalid sort direction {direction.strip()} (expected asc or desc).", "sort")
        if name:
            order.setdefault(name, f"{_scalar(call, name, 'sort')} {direction}")
    return order.values()


def _scalar(call: Call, name: str, param: str) -> str:
    """Return the SQL for a property with a single value. `ApiError` if the property does not exist."""
    if not types_of(call.operation.schema["properties"].get(name, {})) & _SCALARS:
        raise ApiError(400, f"There is no column {name} to {param} by.", param)
    return column(name)


def _filter_value(call: Call, name: str, text: str) -> Any:
    """Convert the text of a filter to a value. Empty text means null, as everywhere in the API."""
    schema = call.operation.schema["properties"][name]
    value = convert(text, schema) if text != "" else None
    if isinstance(value, str) and "string" not in types_of(schema):
        raise ApiError(400, f"Invalid value {text} for the column {name}.", "filter")
    return float(value) if isinstance(value, Decimal) else value


def _links(call: Call, last: int) -> str:
    page = call.query["page"]
    pages = {"self": page, "first": 1, "previous": page - 1, "next": page + 1, "last": last}
    others = [(name, value) for name, value in call.pairs if name != "page"]
    return ", ".join(
        f'<{call.origin}{call.path}?{urlencode([*others, ("page", number)])}>; rel="{relation}"'
        for relation, number in pages.items()
        if relation in ("self", "last") or 1 <= number <= last
    )
