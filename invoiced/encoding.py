"""Encoding of paths, queries and JSON bodies.

Values that the API could misread raise an error that names the field, before anything is sent.
"""

import json
import math
import operator
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

Path = tuple[int | str, ...]

_encode_text = json.JSONEncoder(ensure_ascii=False).encode


def encode_path(path: Path | str) -> str:
    """Return the encoded path. Each segment is quoted, so that an ID cannot lead to another path.

    A string is split at its slashes.

    Raises:
        ValueError: a segment is empty, blank, `.` or `..`.
        TypeError: a segment is neither a string nor an integer.
    """
    if isinstance(path, str):
        if "?" in path or "#" in path or "://" in path:
            raise ValueError(f"Invalid path {path!r} (expected e.g. 'customers/15444'). Pass a query as params.")
        path = tuple(path.removeprefix("/").split("/"))
    return "".join(["/" + _encode_segment(segment) for segment in path])


def _encode_segment(segment: object) -> str:
    if type(segment) is int or (type(segment) is str and segment.isascii() and segment.isidentifier()):
        return str(segment)  # most need no quoting
    segment = python_scalar(segment)
    if isinstance(segment, bool) or not isinstance(segment, (int, str)):
        raise TypeError(f"An ID must be an integer or a string, not {type(segment).__name__}{_advice(segment)}")
    if not str(segment).strip() or segment in {".", ".."}:
        raise ValueError(f"{segment!r} is not a valid ID or path segment; nothing was sent")
    return quote(_encode_scalar(segment, "id"), safe="")


def encode_query(params: Mapping[str, object] | str) -> str:
    """Return the encoded query: `filter[paid]=0` for mappings, `ids[]=1` for lists. None values are left out.

    Of a string, which is an already encoded query, only the characters that a URL must not contain are quoted.
    """
    if isinstance(params, str):
        return quote(params.partition("#")[0], safe="!$%&'()*+,/:;=?@[]~")
    return urlencode(list(encode_fields(params)), quote_via=quote) if params else ""


def encode_fields(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names and the values of a form or a query."""
    value = python_scalar(value)
    if isinstance(value, Mapping) and hasattr(type(value), "items"):
        for name, item in value.items():
            if not _name(name, key) or (key and "][" in name):
                raise ValueError(f"{key}: the name {name!r} cannot be used in a query")
            yield from encode_fields(item, f"{key}[{name}]" if key else name)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            place = index if isinstance(item, (Mapping, list, tuple)) else ""
            yield from encode_fields(item, f"{key}[{place}]")
    elif value is not None:
        yield key, str(int(value)) if isinstance(value, bool) else _encode_scalar(value, key)


def encode_json(value: object, field: str = "") -> str:
    """Return the value as JSON. Decimals are exact; dates and datetimes are Unix timestamps in seconds.

    Args:
        value: mappings, lists, strings, numbers, booleans, None, dates and aware datetimes, nested as required.
        field: name of the value in error messages.

    Raises:
        ValueError: the value contains NaN, infinity, a lone surrogate or a naive datetime.
        TypeError: the value contains a type that JSON does not support.
    """
    value = python_scalar(value)
    if isinstance(value, str):
        return _encode_text(_encode_scalar(value, field))
    if isinstance(value, Mapping) and hasattr(type(value), "items"):  # not a record
        inner = f"{field}." if field else ""
        members = (f"{_encode_text(_name(name, field))}: {encode_json(value[name], inner + name)}" for name in value)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(encode_json(item, f"{field}[{index}]") for index, item in enumerate(value)) + "]"
    return json.dumps(value) if value is None or isinstance(value, bool) else _encode_scalar(value, field)


def python_scalar(value: Any) -> Any:
    """Return the bool, int or float that a scalar of NumPy, or another type of integers, stands for; others unchanged.

    A float of few digits keeps them: `float32(0.1)` is 0.1, and not 0.10000000149011612.
    """
    if isinstance(value, (str, int, float)) or getattr(value, "shape", ()) != ():
        return value
    kind = getattr(getattr(value, "dtype", None), "kind", "i")
    if kind in ("b", "f"):
        return bool(value) if kind == "b" else float(str(value))
    return operator.index(value) if kind in ("i", "u") and hasattr(type(value), "__index__") else value


def _name(name: object, field: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{field}: names must be strings, not {type(name).__name__}: {name!r}")
    return _encode_scalar(name, field)


def _encode_scalar(value: object, field: str) -> str:
    """Return a value other than None and booleans as text, which is the same in paths, queries and bodies.

    The methods of the base types are called explicitly, because subclasses (enums, NumPy floats) override them.
    """
    if isinstance(value, str):
        if value.encode("utf-8", "ignore").decode() != value:
            raise ValueError(f"{field}: the text contains a lone surrogate, which cannot be encoded")
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            raise ValueError(f"{field}: {value} is not a valid JSON number")
        return float.__repr__(value) if isinstance(value, float) else str(value)
    if isinstance(value, datetime):
        if value != value:  # NaT of pandas
            raise ValueError(f"{field}: {value} is not a time")
        if value.utcoffset() is None:
            raise ValueError(f"{field}: the time zone of {value!r} is unknown; use an aware datetime")
        return str(math.floor(value.timestamp()))
    if isinstance(value, date):
        return _encode_scalar(datetime.combine(value, time.min, timezone.utc), field)
    raise TypeError(f"{field}: a value of type {type(value).__name__} cannot be sent{_advice(value)}")


def _advice(value: object) -> str:
    """Return what to pass instead of a record."""
    return " (pass its ID: record.id)" if isinstance(value, Mapping) and "id" in value else ""
