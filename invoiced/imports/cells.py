"""Cells as values of fields: text, whole numbers, amounts, days, and yes or no.

A value is kept as JSON until it is sent: an amount as its text, because it is exact, and a day as 2026-11-30.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from invoiced import WriteParams
from invoiced.tables import TableRow

YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS: dict[frozenset[Any], type] = {
    frozenset({bool}): bool,
    frozenset({int, date}): date,
    frozenset({Decimal, float}): Decimal,
    frozenset({int}): int,
    frozenset({str}): str,
}
"""The type of cells by the types of a field."""

_NOT_FIELDS = {*get_type_hints(WriteParams)}


def fields_of(params: type) -> dict[str, type]:
    """Return the fields of the parameters of a request that a cell can have, and the type of each.

    The type is `bool`, `date`, `Decimal`, `int` or `str`.
    """
    kinds = {name: kind_of(hint) for name, hint in get_type_hints(params).items() if name not in _NOT_FIELDS}
    return {name: kind for name, kind in kinds.items() if kind}


def kind_of(hint: Any) -> type | None:
    """Return the type of the cells of a field, or None if no cell can have it."""
    is_union = get_origin(hint) in (Union, UnionType)
    return _KINDS.get(frozenset(get_args(hint) if is_union else (hint,)) - {type(None)})


def stored(cells: TableRow, name: str, kind: type) -> Any:
    """Return a cell as a value that is stored: text, a bool or a whole number; None if it is blank.

    Raises:
        ValueError: it is not of this kind.
    """
    if kind is Decimal:
        amount = cells.amount(name)
        return None if amount is None else _amount(name, f"{amount.number:f}")
    text = cells.text(name)
    return None if text is None else _CHECKS[kind](name, text)


def sent(values: Mapping[str, Any], kinds: Mapping[str, type]) -> dict[str, Any]:
    """Return stored values as they are sent."""
    return {name: _sent(value, kinds[name]) for name, value in values.items()}


def _sent(value: Any, kind: type) -> Any:
    return Decimal(value) if kind is Decimal else date.fromisoformat(value) if kind is date else value


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError(f"invalid {name} {text!r} (expected yes or no)")
    return text.lower() in YES


def _amount(name: str, text: str) -> str:
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{name}: {text[:40]} has more than 15 digits before or after its decimal point")
    return text


def _day(name: str, text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return f"{date.fromisoformat(text)}"
    except ValueError:
        pass
    raise ValueError(f"invalid {name} {text!r} (expected a date, e.g. 2026-11-30)")


def _whole_number(name: str, text: str) -> int:
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise ValueError(f"invalid {name} {text!r} (expected a whole number)")
    return int(text)


def _text(name: str, text: str) -> str:
    return text


_CHECKS = {bool: _yes_or_no, date: _day, int: _whole_number, str: _text}
