"""What is sent with each statement: checked before anything is looked up or sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from invoiced import StatementEmail, WriteOptions, encode_json
from invoiced.runs.recipients import is_row
from invoiced.tables import parse_address, parse_addresses, text_of

_TYPES = {
    name: hint for name, hint in get_type_hints(StatementEmail).items() if name not in WriteOptions.__annotations__
}
ROW_FIELDS = ("to", "subject", "message")
"""Fields that a row can have for itself."""

_NOT_UNIX_SECONDS = (range(1900, 2101), range(190001, 210013), range(19000101, 21001232), range(10**11, 10**19))
"""Numbers that are a year, a month, a day such as 20261101, or milliseconds."""


def check_content(content: Mapping[str, Any]) -> None:
    """Refuse unknown fields, which the API would ignore: a typo would send wrong statements to all customers.

    Raises:
        TypeError: a field is unknown, or a value has a wrong type.
        ValueError: a value is invalid, or the period ends before it starts.
    """
    for name, value in content.items():
        if name not in _TYPES:
            raise TypeError(f"Unknown field {name!r} (expected {', '.join(_TYPES)})")
        choices = get_args(_TYPES[name]) if get_origin(_TYPES[name]) is Literal else ()
        if choices and value is not None and value not in choices:
            raise ValueError(f"{name} must be {' or '.join(choices)}, not {value!r}")
    if content.get("to") is not None and not recipients_in(content["to"]):
        raise ValueError("to is empty: leave it out to send to the customers' own addresses")
    _check_period(content.get("start"), content.get("end"))


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
    """Return the recipients in a cell or a parameter: text with addresses, or a list as for `send_statement`.

    Raises:
        ValueError: a recipient has no valid address.
    """
    parts = value if isinstance(value, (list, tuple)) else [value]
    return [recipient for part in parts for recipient in _recipients_of(part)]


def _recipients_of(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, (list, tuple)):
        raise ValueError(f"invalid e-mail address {part!r}")
    if is_row(part):
        email = text_of(part.get("email"))
        return [{**part, "email": parse_address(email).email}] if email else []
    addresses = parse_addresses(text_of(part) or "")
    return [{"email": email, "name": name} if name else {"email": email} for email, name in addresses]


def _check_period(start: Any, end: Any) -> None:
    times = json.loads(encode_json({"start": start, "end": end}))
    for name, seconds in times.items():
        if isinstance(seconds, int) and any(seconds in numbers for numbers in _NOT_UNIX_SECONDS):
            raise ValueError(f"{name} {seconds} is not a time in Unix seconds. For a day, use date(2026, 11, 1)")
    if None not in times.values() and times["start"] > times["end"]:
        raise ValueError(f"The period starts after it ends: {start} is after {end}")
