"""Texts of the command line become values. What a text cannot be is a ValueError that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn


class Entries(dict[str, Any]):
    """Single entries of a mapping, given as key=value: they leave its other entries as they are."""


def read_amount(text: str) -> Decimal:
    """An amount, to its last digit."""
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text, re.ASCII):
        raise ValueError(f"{text!r} is no amount; write it like 1234.50")
    return Decimal(text)


def read_time(text: str) -> int | date:
    """Unix seconds, a date, or a time with its time zone."""
    if re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        return int(text)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    except ValueError:
        problem = "is no time; write Unix seconds, 2026-11-01, or 2026-11-01T12:00:00+01:00"
        raise ValueError(f"{text!r} {problem}") from None
    if moment.utcoffset() is None:
        raise ValueError(f"{text!r} has no time zone; end it with Z or with an offset such as +01:00")
    return moment


def read_json(text: str) -> Any:
    """JSON, or what the file holds that `@file` names."""
    source = _content(Path(text[1:])) if text.startswith("@") else text
    try:
        return json.loads(source, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        where = f"{text[1:]} holds no JSON" if text.startswith("@") else "this is no JSON"
        raise ValueError(f"{where} ({error}); a file is named like @file.json") from None


def read_list(texts: Sequence[str], *, plain: bool) -> list[Any]:
    """A list: each text is a JSON array, or `@file` with one, or an item; items are JSON unless they are `plain`."""
    items: list[Any] = []
    for text in texts:
        if plain and not text.startswith(("@", "[")):
            items.append(text)
        else:
            value = read_json(text)
            items.extend(value if isinstance(value, list) else [value])
    return items


def read_mapping(texts: Sequence[str]) -> dict[str, Any]:
    """A mapping: each text is key=value, or a JSON object, or `@file` with one. If all are key=value: `Entries`."""
    whole: dict[str, Any] | None = None
    entries = Entries()
    for text in texts:
        key, equals, value = text.partition("=")
        if text.startswith(("@", "{")):
            read = read_json(text)
            if not isinstance(read, dict):
                raise ValueError(f"{text!r} is no JSON object")
            whole = {**(whole or {}), **read}
        elif key and equals:
            entries[key] = value
        else:
            raise ValueError(f"{text!r} is neither key=value nor a JSON object")
    return entries if whole is None else {**whole, **entries}


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is no UTF-8 text") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
