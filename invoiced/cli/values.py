"""Parsing of option values. For invalid text, the message of the ValueError is shown to the user."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn


class Entries(dict[str, Any]):
    """Entries of a mapping given as key=value. An update keeps the other entries of the mapping."""


def parse_amount(text: str) -> Decimal:
    """Parse an amount without rounding."""
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text, re.ASCII):
        raise ValueError(f"invalid amount {text!r} (expected e.g. 1234.50)")
    return Decimal(text)


def parse_time(text: str) -> int | date:
    """Parse Unix seconds, a date (2026-11-01 or 20261101), or a time with a time zone."""
    # Fewer digits would be a day in the seventies, more would be milliseconds.
    if re.fullmatch(r"\d{9,11}|-\d{1,11}|0", text, re.ASCII):
        return int(text)
    try:
        if re.fullmatch(r"\d{8}", text, re.ASCII):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    except ValueError:
        expected = "Unix seconds, 2026-11-01, or 2026-11-01T12:00:00+01:00"
        raise ValueError(f"invalid time {text!r} (expected {expected})") from None
    if moment.utcoffset() is None:
        raise ValueError(f"time {text!r} has no time zone (append Z or an offset such as +01:00)")
    return moment


def parse_json(text: str) -> Any:
    """Parse JSON, or the JSON file named by `@file`."""
    source = read_file(Path(text[1:])) if text.startswith("@") else text
    try:
        return json.loads(source, parse_float=Decimal, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        if text.startswith("@"):
            raise ValueError(f"invalid JSON in {text[1:]} ({error})") from None
        raise ValueError(f"invalid JSON ({error}); use @file.json to read a file") from None


def parse_json_or_text(text: str) -> Any:
    """Parse JSON; return text that is not JSON as it is."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        return text


def parse_list(texts: Sequence[str], *, text_items: bool) -> list[Any]:
    """Parse a list: each text is a JSON array, `@file`, or an item, which is JSON unless `text_items` is set."""
    items: list[Any] = []
    for text in texts:
        if text_items and not text.startswith(("@", "[")):
            items.append(text)
        else:
            value = parse_json(text)
            items.extend(value if isinstance(value, list) else [value])
    return items


def parse_mapping(texts: Sequence[str]) -> dict[str, Any]:
    """Parse a mapping: each text is key=value, a JSON object, or `@file`. If all are key=value, return `Entries`."""
    whole: dict[str, Any] | None = None
    entries = Entries()
    for text in texts:
        key, equals, value = text.partition("=")
        if text.startswith(("@", "{")):
            parsed = parse_json(text)
            if not isinstance(parsed, dict):
                raise ValueError(f"expected a JSON object, got {text!r}")
            whole = {**(whole or {}), **parsed}
        elif key and equals:
            entries[key] = value
        else:
            raise ValueError(f"expected key=value or a JSON object, got {text!r}")
    return entries if whole is None else {**whole, **entries}


def read_file(file: Path) -> str:
    """Return the text of a file in UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8 text") from None


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a valid number")
