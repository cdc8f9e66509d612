"""How a request is written: its path, its query and its body.

The three are encoded here and nowhere else. Whatever the API could not read as it was meant is refused
with the name of the field, before anything is sent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any, Union
from urllib.parse import quote, urlencode

Segment = Union[int, str]
Path = tuple[Segment, ...]


def encode_path(path: Path | str) -> str:
    """The path as it goes on the wire: every segment quoted, so that an id can never lead elsewhere.

    A string is split at its slashes. Raises ValueError for a segment that is empty, blank, `.` or `..`,
    and TypeError for one that is neither a string nor an integer.
    """
    if isinstance(path, str):
        if "?" in path or "#" in path:
            raise ValueError(f"A path has no query, but this one does: {path!r}. Give the query as params.")
        path = tuple(path.removeprefix("/").split("/"))
    return "".join("/" + _quoted(segment) for segment in path)


def _quoted(segment: Segment) -> str:
    if isinstance(segment, bool) or not isinstance(segment, (int, str)):
        raise TypeError(f"An id is an integer or a string, not {type(segment).__name__}: {segment!r}")
    text = _text(segment, "id")
    if not text.strip() or text in {".", ".."}:
        raise ValueError(f"{text!r} is not an id, nor any other segment of a path. Nothing was sent.")
    return quote(text, safe="")


def encode_query(params: Mapping[str, Any]) -> str:
    """The query: `filter[paid]=0` for mappings, `ids[]=1` for lists, percent-encoded, without Nones."""
    return urlencode(list(_pairs(params, "")), quote_via=quote)


def _pairs(value: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _require_text(name, key)
            yield from _pairs(item, f"{key}[{name}]" if key else name)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            nested = isinstance(item, (Mapping, list, tuple))
            yield from _pairs(item, f"{key}[{index}]" if nested else f"{key}[]")
    elif isinstance(value, bool):
        yield key, str(int(value))
    elif value is not None:
        yield key, _text(value, key)


def encode_json(value: object, field: str = "", newline: str | None = None) -> str:
    """The value as JSON: a Decimal to its last digit, a time as Unix seconds.

    `field` is the name that an error gives; `newline` (a line break and the indentation) spreads the JSON
    over lines. Raises ValueError for NaN, infinity and naive datetimes, TypeError for what JSON cannot say.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    inner = None if newline is None else newline + "  "
    if isinstance(value, Mapping):
        members = []
        for name, item in value.items():
            _require_text(name, field)
            text = encode_json(item, f"{field}.{name}" if field else name, inner)
            members.append(f"{_json_text(name, field)}: {text}")
        return _enclosed("{", members, "}", newline)
    if isinstance(value, (list, tuple)):
        elements = [encode_json(item, f"{field}[{index}]", inner) for index, item in enumerate(value)]
        return _enclosed("[", elements, "]", newline)
    if isinstance(value, str):
        return _json_text(value, field)
    return _text(value, field)


def _enclosed(opening: str, parts: list[str], closing: str, newline: str | None) -> str:
    if newline is None or not parts:
        return opening + ", ".join(parts) + closing
    return opening + ",".join(f"{newline}  {part}" for part in parts) + newline + closing


def _json_text(value: str, field: str) -> str:
    return json.dumps(_text(value, field), ensure_ascii=False)


def _text(value: object, field: str) -> str:
    """A single value that is neither None nor a bool, written the same way wherever it goes.

    The methods of the base types are called by name because subclasses (enums, NumPy's floats) override them.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{field}: the text holds a lone surrogate, which cannot be encoded") from None
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value):
            raise ValueError(f"{field}: {value} is not a number that JSON knows")
        return float.__repr__(value) if isinstance(value, float) else str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{field}: the time zone of {value!r} is unknown; use an aware datetime")
        return str(math.floor(value.timestamp()))
    if isinstance(value, date):
        return _text(datetime.combine(value, time.min, timezone.utc), field)
    raise TypeError(f"{field}: a value of type {type(value).__name__} cannot be sent")


def _require_text(name: object, field: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{field}: names are strings, not {type(name).__name__}: {name!r}")
