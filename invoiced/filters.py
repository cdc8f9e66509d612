"""Checks of what the API ignores without an error: the order and the filters of a list."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from math import floor
from typing import Any
from unicodedata import combining, normalize

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


def check_list(params: Mapping[str, Any]) -> None:
    """Check the order of a list and its filter by metadata.

    Raises:
        ValueError: the API would ignore them: an order without a direction, or a key with other characters than
            letters, digits, `_` and `-`.
    """
    sort, metadata = params.get("sort"), params.get("metadata")
    for term in sort.split(",") if isinstance(sort, str) else []:
        if not re.fullmatch(r"\s*\S+\s+(asc|desc)\s*", term, re.IGNORECASE):
            raise ValueError(f"sort: {term!r} requires a field and a direction, such as 'name asc' or 'name desc'")
    for key in metadata if isinstance(metadata, Mapping) else []:
        if isinstance(key, str) and not re.fullmatch("[A-Za-z0-9_-]+", key):
            raise ValueError(f"metadata: the API cannot filter by the key {key!r}, only by letters, digits, _ and -")


def fits(record: Any, name: str, wanted: Any) -> bool:
    """Return whether a record has the value of a filter, such as `name`, `customer_id` or `metadata.key`."""
    name, _, key = name.partition(".")
    actual = record.get(name, record.get(name.removesuffix("_id"), ...))
    return matches(actual, {key: wanted} if key else wanted)


def matches(actual: Any, wanted: Any) -> bool:
    """Return whether a field matches the value of a filter. Text is compared without case and accents.

    Fields that cannot be compared match: fields that were not returned (`...`), and other nested values than metadata.
    """
    if isinstance(actual, Mapping):  # metadata, or an expanded record
        if isinstance(wanted, Mapping):
            return all(matches(actual.get(key), value) for key, value in wanted.items())
        actual = actual.get("id", ...)
    if actual is ... or isinstance(actual, list) or isinstance(wanted, (Mapping, list, tuple)):
        return True
    if isinstance(wanted, str) and isinstance(actual, int) and re.match(r"\d{4}-\d\d-\d\d", wanted):
        wanted = date.fromisoformat(wanted[:10])
    if isinstance(wanted, date):
        return _is_at(actual, wanted) if isinstance(actual, int) else True
    if isinstance(wanted, bool) or isinstance(actual, bool):
        return _BOOLEANS.get(_text(actual), ...) == _BOOLEANS.get(_text(wanted))
    if isinstance(wanted, (int, float, Decimal)) or isinstance(actual, (int, float, Decimal)):
        return _number(actual) == _number(wanted)
    return _text(actual) == _text(wanted)


def _is_at(seconds: int, wanted: date) -> bool:
    """Return whether a Unix timestamp is a datetime, or on a date, in any time zone."""
    if isinstance(wanted, datetime):
        return seconds == floor(wanted.timestamp())
    return -14 * 3600 <= seconds - datetime.combine(wanted, time.min, timezone.utc).timestamp() < 36 * 3600


def _text(value: Any) -> str:
    decomposed = normalize("NFKD", "" if value is None else str(value)).casefold()
    return "".join(character for character in decomposed if not combining(character)).strip()


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return None if number.is_nan() else number
