"""How a request is written: its path, its query and its body.

The three are encoded here and nowhere else. Whatever the API could not read as it was meant is refused
with the name of the field, before anything is sent.
"""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal
from urllib.parse import quote, urlencode

Path = tuple[int | str, ...]


def encode_path(path: Path | str) -> str:
    """Encode the path as it goes on the wire: every segment quoted, so that an id can never lead elsewhere.

    A string is split at its slashes.

    Raises:
        ValueError: a segment is empty, blank, `.` or `..`.
        TypeError: a segment is neither a string nor an integer.
    """
    if isinstance(path, str):
        if "?" in path or "#" in path or "://" in path:
            raise ValueError(f"A path is like 'customers/15444', not {path!r}. Give a query as params.")
        path = tuple(path.removeprefix("/").split("/"))
    for segment in path:
        if isinstance(segment, bool) or not isinstance(segment, (int, str)):
            raise TypeError(f"An id is an integer or a string, not {type(segment).__name__}")
        if not str(segment).strip() or segment in {".", ".."}:
            raise ValueError(f"{segment!r} is not an id, nor any other segment of a path; nothing was sent")
    return "".join("/" + quote(_text(segment, "id"), safe="") for segment in path)


def encode_query(params: Mapping[str, object]) -> str:
    """Encode the query: `filter[paid]=0` for mappings, `ids[]=1` for lists, percent-encoded, without Nones."""
    return urlencode(list(_pairs(params, "")), quote_via=quote)


def quoted_query(query: str) -> str:
    """Quote what no URL may hold, in a query that is encoded already."""
    return quote(query.partition("#")[0], safe="!$%&'()*+,/:;=?@[]~")


def _pairs(value: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not _name(name, key) or (key and "][" in name):
                raise ValueError(f"{key}: a query cannot say the name {name!r}")
            yield from _pairs(item, f"{key}[{name}]" if key else name)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _pairs(item, f"{key}[{index}]" if isinstance(item, (Mapping, list, tuple)) else f"{key}[]")
    elif value is not None:
        yield key, str(int(value)) if isinstance(value, bool) else _text(value, key)


def encode_json(value: object, field: str = "") -> str:
    """Write the value as JSON: a Decimal to its last digit, a time as Unix seconds.

    Args:
        value: mappings, lists, texts, numbers, dates and aware datetimes, nested as they may be.
        field: name of the value, for errors.

    Raises:
        ValueError: there is NaN, infinity, half a character or a naive datetime in it.
        TypeError: JSON cannot say it.
    """
    if isinstance(value, Mapping):
        inner = f"{field}." if field else ""
        members = (f"{encode_json(_name(name, field))}: {encode_json(value[name], inner + name)}" for name in value)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(encode_json(item, f"{field}[{index}]") for index, item in enumerate(value)) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = _text(value, field)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text


def _name(name: object, field: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{field}: names are strings, not {type(name).__name__}: {name!r}")
    return _text(name, field)


def _text(value: object, field: str) -> str:
    """A single value that is neither None nor a bool, written the same way wherever it goes.

    The methods of the base types are called by name because subclasses (enums, NumPy's floats) override them.
    """
    if isinstance(value, str):
        if value.encode("utf-8", "ignore").decode() != value:
            raise ValueError(f"{field}: the text holds a lone surrogate, which cannot be encoded")
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            raise ValueError(f"{field}: {value} is not a number that JSON knows")
        return float.__repr__(value) if isinstance(value, float) else str(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{field}: the time zone of {value!r} is unknown; use an aware datetime")
        return str(math.floor(value.timestamp()))
    if isinstance(value, date):
        return _text(datetime.combine(value, time.min, timezone.utc), field)
    raise TypeError(f"{field}: a value of type {type(value).__name__} cannot be sent")
