"""How records are shown at a prompt and in a notebook, on one line each and as a table, and how texts are escaped.

It is loaded when a record or an error is shown for the first time. Showing a record sends no request, and does not
change it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from itertools import islice
from reprlib import Repr
from typing import Any

from .escaping import escaped

MAX_RECORDS = 20
"""Number of records of a page that are shown."""
MAX_FIELDS = 200
"""Number of fields of a record that are shown."""

_FIELDS = (
    "id", "number", "name", "type", "email", "status", "customer", "date", "currency", "total", "balance", "amount",
    "description", "created_at",
)  # fmt: skip
_SCALARS = Repr()
_SCALARS.maxstring = _SCALARS.maxother = 40
_CELLS = Repr()
_CELLS.maxstring = _CELLS.maxother = 200
_MAX_LINE = 160


def text(record: Any) -> str:
    """Return the fields of a record as indented JSON, which need not be exact."""
    return escaped(json.dumps(record.to_dict(), indent=2, ensure_ascii=False, default=_displayable))


def line(record: Any) -> str:
    """Return a record on one line: its class, and the first of those fields that tell records apart."""
    if not hasattr(record, "to_dict"):  # the list is the program's own
        return _SCALARS.repr(record)
    shown = f"<{type(record).__name__}"
    for name, value in _telling(record.to_dict()).items():
        field = f" {name}={_SCALARS.repr(value)}"
        shown += field if len(shown) + len(field) < _MAX_LINE else ""
    return f"{shown}>"


def lines(records: Sequence[Any]) -> str:
    """Return a page as a list with one line for each record."""
    shown = [line(record) for record in islice(records, MAX_RECORDS)]
    more = len(records) - len(shown)
    return "[" + ",\n ".join([*shown, f"... {more} more"] if more else shown) + "]"


def table(record: Any) -> str:
    """Return a record as a table of HTML, with a row for each field."""
    fields = record.to_dict()
    rows = [(_harmless(str(name)), _cell(value)) for name, value in islice(fields.items(), MAX_FIELDS)]
    more = len(fields) - len(rows)
    return _table(type(record).__name__ + (f", without {more} more fields" if more else ""), ("field", "value"), rows)


def table_of(records: Sequence[Any]) -> str | None:
    """Return a page as a table of HTML with a row for each record, or None if it contains something else."""
    if not records or not all(hasattr(record, "to_dict") for record in records):
        return None
    shown = [_telling(record.to_dict()) for record in islice(records, MAX_RECORDS)]
    names = [name for name in _FIELDS if any(name in fields for fields in shown)]
    rows = [[_cell(fields.get(name)) for name in names] for fields in shown]
    of = f"{len(rows)} of " if len(rows) < len(records) else ""
    return _table(f"{of}{len(records)} {type(records[0]).__name__} records", names, rows)


def _displayable(value: Any) -> Any:
    """Return a value that JSON does not support in a form for display."""
    return float(value) if isinstance(value, Decimal) else repr(value)


def _telling(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that tell records apart, as far as they have a simple value."""
    values = ((name, fields.get(name)) for name in _FIELDS)
    return {name: value for name, value in values if value is not None and not isinstance(value, (dict, list))}


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else _CELLS.repr(value)
    return _harmless(text if len(text) <= _CELLS.maxstring else f"{text[: _CELLS.maxstring]}...")


def _harmless(text: str) -> str:
    return escape(escaped(text))


def _table(caption: str, names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are escaped."""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
