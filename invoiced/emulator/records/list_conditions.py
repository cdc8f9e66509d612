"""The conditions of a list: filters, metadata, times and the parameters of resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from invoiced.emulator.description import Operation, resolved, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.records.list_order import is_column
from invoiced.emulator.storage.store import Condition, column
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.times import time_of


class _Time(NamedTuple):
    """A condition on a time; without a field, on the date of the record."""

    field: str
    comparison: str


TIMES = {
    "updated_after": _Time("updated_at", ">"),
    "updated_before": _Time("updated_at", "<"),
    "start_date": _Time("", ">="),
    "end_date": _Time("", "<="),
}

_COMPARISONS: Mapping[str, str] = {
    **{operator: f"{{}} {operator} ?" for operator in ("=", "<>", ">=", ">", "<=", "<")},
    "starts_with": "instr({}, ?) = 1",
    "ends_with": "substr({0}, length({0}) - length(?) + 1) = ?",
    "contains": "instr({}, ?) > 0",
    "not_contains": "instr({}, ?) = 0",
    "empty": "coalesce({}, '') = ''",
    "not_empty": "coalesce({}, '') <> ''",
}
_METADATA_KEY = re.compile("[A-Za-z0-9_-]+")


def conditions_of(call: Call, behaviour: Behaviour) -> Iterator[Condition]:
    """Yield the conditions of the query. `ApiError` 400 if one is invalid."""
    query = call.query
    for name, text in query.get("filter", {}).items():
        yield _filter(call, behaviour, name, text)
    for condition in _advanced(query.get("advanced_filter") or "[]"):
        yield _compare(call, behaviour, *condition)
    # The service ignores all other keys, without an error.
    if metadata := {key: text for key, text in query.get("metadata", {}).items() if _METADATA_KEY.fullmatch(key)}:
        yield _metadata(metadata)
    dated = "timestamp" if "timestamp" in call.operation.schema["properties"] else query.get("date_column", "date")
    for name, time in TIMES.items():
        if name in query and name not in behaviour.ignored:
            yield Condition(f"{column(time.field or dated)} {time.comparison} ?", [query[name]])
    # A switch that shows what is not listed otherwise counts only if it is on.
    sent = {name for name in behaviour.filters if query.get(name) or (name in query and not behaviour.unlisted)}
    for name in sent:
        yield Condition(f"({behaviour.filters[name].format(now=call.now)}) = ?", [query[name]])
    for name in pairs_of(call.operation) & query.keys():
        yield _pair(name, query[name])
    for name, condition_of in behaviour.conditions.items():
        if name in query:
            sql, values = condition_of(query[name])
            yield Condition(sql.replace("{now}", str(call.now)), values)
    if behaviour.unlisted and not sent:
        yield Condition(f"NOT ({behaviour.unlisted})")


def _filter(call: Call, behaviour: Behaviour, name: str, text: Any) -> Condition:
    if not isinstance(text, str):
        raise ApiError(400, f"The filter {name} must be a single value.")
    if name.startswith("metadata."):
        return _metadata({name.removeprefix("metadata."): text})
    return _compare(call, behaviour, name, "=", text)


def pairs_of(operation: Operation) -> set[str]:
    """Return the parameters of a list that are pairs of an operator and an amount. Those of customers are flags."""
    known = operation.query["properties"]
    return {name for name in ("amount", "balance", "total") if "string" in types_of(known.get(name, {}))}


def _pair(name: str, text: str) -> Condition:
    """Return a condition on an amount, such as `[">", 0]` (billing.md 8.10)."""
    comparison, number = "", None
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        operator, number = json.loads(text)
        comparison = _COMPARISONS[operator]
    if not comparison.endswith(" ?") or "(" in comparison or isinstance(number, str | list | dict):
        message = f'The parameter {name} must be a JSON pair of an operator and a number, such as [">", 0].'
        raise ApiError(400, message, "query")
    return Condition(comparison.format(column(name)), [number])


def _metadata(wanted: Mapping[str, str]) -> Condition:
    same = "stored.key = wanted.key AND CAST(stored.atom AS TEXT) = wanted.atom"
    found = f"SELECT count(*) FROM json_each({column('metadata')}) AS stored JOIN json_each(?) AS wanted ON {same}"
    return Condition(f"({found}) = ?", [exact_json.dumps(wanted), len(wanted)])


def _advanced(text: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the field, the operator and the value of each condition of an `advanced_filter`."""
    try:
        conditions = json.loads(text)
        parts = [(part["field"], part["operator"], part.get("value")) for part in conditions]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ApiError(400, "The advanced filter is not valid JSON with a field, an operator and a value.") from None
    for field, operator, value in parts:
        if not isinstance(operator, str) or operator not in _COMPARISONS:
            raise ApiError(400, f"Invalid operator of an advanced filter: {operator}")
        yield str(field), operator, value


def _compare(call: Call, behaviour: Behaviour, name: str, operator: str, value: Any) -> Condition:
    """Return a condition on a property. `ApiError` 400 if the list cannot be filtered by it."""
    comparison = _COMPARISONS[operator]
    if name in behaviour.columns:
        return Condition(comparison.format(behaviour.columns[name]), [_number(value)])
    known, properties = call.operation.filterable, call.operation.schema["properties"]
    if (known is not None and name not in known) or (name in properties and not is_column(call.operation, name)):
        raise ApiError(400, f"Invalid filter: there is no field {name} to filter by.")
    if name not in properties and known is None:
        raise ApiError(400, f"Invalid filter: there is no field {name} to filter by.")
    # Flags such as `archived` are no properties of responses.
    schema = resolved(properties.get(name, {"type": "boolean"}))
    if operator in ("empty", "not_empty"):
        return Condition(comparison.format(column(name)))
    if schema.get("format") == "unix-timestamp":
        return Condition(comparison.format(column(name)), [_time(name, operator, value)])
    values = schema.get("enum") or schema.get("x-known-values")
    if operator in ("=", "<>") and values and value not in values:
        raise ApiError(400, f"Invalid value of the filter {name}: {value}")
    types = types_of(schema)
    if "string" not in types:
        stored = column(name) if name in properties else f"coalesce({column(name)}, 0)"
        return Condition(comparison.format(stored), [_number(value)])
    # Text is compared without case and trailing blanks.
    text = f"rtrim(lower(CAST({column(name)} AS TEXT)))"
    return Condition(comparison.format(text), [str(value).lower().rstrip()] * comparison.count("?"))


def _number(value: Any) -> float:
    """Return the number at the beginning of a text, as MySQL does: 0 for other text, such as `true`."""
    if isinstance(value, bool | int | float):
        return float(value)
    number = re.match(r"\s*[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", str(value))
    return float(number[0]) if number else 0.0


def _time(name: str, operator: str, value: Any) -> float:
    """Return an ISO 8601 date or time as a Unix timestamp. A day ends at 23:59:59 for `<=`, except times of changes."""
    try:
        time = time_of(str(value))
    except ValueError:
        raise ApiError(400, f"Invalid date of the filter {name}: {value}") from None
    is_day = len(str(value)) == len("2026-01-31") and name not in ("created_at", "updated_at")
    return (time + timedelta(days=1, seconds=-1) if is_day and operator == "<=" else time).timestamp()


def lenient(operation: Operation, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a query in which the values of a list's parameters are replaced by what the service takes them for."""
    if operation.action != "list":
        return pairs
    meanings = [_meaning(name, text) for name, text in pairs]
    return [(name, text) for name, text in meanings if text is not None]


def _meaning(name: str, text: str) -> tuple[str, str | None]:
    if name == "page":
        return name, str(min(max(_whole(text), 1), 10**9))
    if name == "per_page":
        return name, str(100 if text in ("", "0") else min(max(_whole(text), 1), 100))
    if name in ("updated_after", "updated_before"):
        return name, str(_whole(text)) if _whole(text) else None
    return name, text


def _whole(text: str) -> int:
    return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else 0


def filter_key(call: Call) -> str:
    """Return the conditions of the query, by which the service remembers a list."""
    others = {"page", "per_page", "sort", "paginate", "expand", "include", "exclude"}
    return exact_json.dumps({name: value for name, value in sorted(call.query.items()) if name not in others})
