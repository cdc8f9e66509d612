"""What is sent with each statement: checked before anything is looked up or sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from invoiced import StatementEmail, WriteOptions, encode_json
from invoiced.runs.recipients import is_row
from invoiced.tables import TableRow, is_blank, parse_address, parse_addresses, row_of, text_of

_TYPES = {
    name: hint for name, hint in get_type_hints(StatementEmail).items() if name not in WriteOptions.__annotations__
}
ROW_FIELDS = ("to", "subject", "message")
"""Fields that a row can have for itself."""

_NOT_UNIX_SECONDS = (range(1900, 2101), range(190001, 210013), range(19000101, 21001232), range(10**11, 10**19))
"""Numbers that are a year, a month, a day such as 20261101, or milliseconds."""
_EXAMPLE = "For a day, use date(2026, 11, 1)"


def checked_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content with its recipients as a list.

    Unknown fields, which the API would ignore, are refused: a typo would send wrong statements to all customers.

    Raises:
        TypeError: a field is unknown, or a value has a wrong type.
        ValueError: a value is invalid, the period ends before it starts, or the type has no period.
    """
    for name, value in content.items():
        if name not in _TYPES:
            raise TypeError(f"Unknown field {name!r} (expected {', '.join(_TYPES)})")
        choices = get_args(_TYPES[name]) if get_origin(_TYPES[name]) is Literal else ()
        if choices and value is not None and value not in choices:
            raise ValueError(f"{name} must be {' or '.join(choices)}, not {value!r}")
        if _TYPES[name] is str and not isinstance(value, (str, type(None))):
            raise TypeError(f"{name} must be text, not {value!r}")
    _check_period(content.get("start"), content.get("end"))
    if content.get("type") == "open_item" and content.get("start") is not None:
        raise ValueError("An open_item statement has no start: it lists what is unpaid at its end. Leave start out")
    if content.get("to") is None:
        return {**content}
    if not content["to"] or is_blank(content["to"]):
        raise ValueError("to is empty: leave it out to send to the customers' own addresses")
    return {**content, "to": recipients_in(content["to"])}


def check_request(request: Mapping[str, Any]) -> None:
    """Check the parameters of one statement, as they are stored.

    Raises:
        ValueError: a parameter is unknown, or is not what a row can have.
    """
    for name, value in request.items():
        if name not in ROW_FIELDS or not (_is_list_of_recipients(value) if name == "to" else isinstance(value, str)):
            raise ValueError(f"a row has an invalid {name}")


def _is_list_of_recipients(value: Any) -> bool:
    """Return whether a value is what `recipients_in` returns for a row that has recipients."""
    recipients = value if isinstance(value, list) else []
    return bool(recipients) and all(
        isinstance(each, dict) and isinstance(each.get("email"), str) for each in recipients
    )


def recipients_in(value: Any) -> list[dict[str, Any]]:
    """Return the recipients in a cell or a parameter that is not blank: text, or a list as for `send_statement`.

    Raises:
        ValueError: there is no recipient, or one has no valid address.
    """
    parts = value if isinstance(value, (list, tuple)) else [value]
    recipients = [recipient for part in parts for recipient in _recipients_of(part)]
    if not recipients:
        raise ValueError(f"no e-mail address in {value!r}")
    return recipients


def _recipients_of(part: Any) -> list[dict[str, Any]]:
    if is_row(part):
        return [_recipient(row_of(part, 0))]
    addresses = [] if isinstance(part, (list, tuple)) else parse_addresses(text_of(part) or "")
    if not addresses:
        raise ValueError(f"no e-mail address in {part!r}")
    return [{"email": email, "name": name} if name else {"email": email} for email, name in addresses]


def _recipient(row: TableRow) -> dict[str, Any]:
    """Return a recipient that is given by name. An unknown name could be that of an address."""
    if unknown := row.keys() - {"email", "name"}:
        raise ValueError(f"a recipient has an email and a name, not {', '.join(sorted(unknown))}")
    email, name = row.text("email"), row.text("name")
    if not email:
        raise ValueError("a recipient has no email")
    return {"email": parse_address(email).email, **({"name": name} if name else {})}


def _check_period(start: Any, end: Any) -> None:
    for name, time in (("start", start), ("end", end)):
        if isinstance(time, (str, bool, float)):
            raise TypeError(f"{name} must be Unix seconds, a date or an aware datetime, not {time!r}. {_EXAMPLE}")
    times = json.loads(encode_json({"start": start, "end": end}))
    for name, seconds in times.items():
        if isinstance(seconds, int) and any(seconds in numbers for numbers in _NOT_UNIX_SECONDS):
            raise ValueError(f"{name} {seconds} is not a time in Unix seconds. {_EXAMPLE}")
    if None not in times.values() and times["start"] > times["end"]:
        raise ValueError(f"The period starts after it ends: {start} is after {end}")
