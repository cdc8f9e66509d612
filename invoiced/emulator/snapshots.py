"""All that is remembered, as lines of JSON that people can read and change.

::

    {"counter": "id", "last": 1}
    {"type": "customer", "id": 1, "parent": null, "body": {"id": 1, "name": "Acme", ...}}

Records stand in the order in which they were made, which is that of lists.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from invoiced.emulator import exact
from invoiced.emulator.description import OPERATIONS
from invoiced.emulator.records import HELD, blank
from invoiced.emulator.store import Store

_BLANK = {
    each.record_type: blank(each.schema["properties"]) for each in OPERATIONS if each.seed and each.action == "create"
}
_TYPES = {*HELD.values(), "answer", "balance", "outbox"}
_COUNTERS = {"id", "token", *(f"{record_type} number" for record_type in HELD.values())}
_COUNTER: Mapping[str, Any] = {"counter": str, "last": int}
_RECORD: Mapping[str, Any] = {"type": str, "id": int | str, "parent": int | str | None, "body": dict}
_NUMBERS = range(-(2**63), 2**63)


def snapshot(store: Store) -> str:
    """The lines of all that `store` holds."""
    counters = ({"counter": name, "last": last} for name, last in store.counters())
    records = (dict(zip(_RECORD, row, strict=True)) for row in store.rows())
    return "".join(f"{exact.written(line)}\n" for line in (*counters, *records))


def load(store: Store, text: bytes) -> None:
    """Replace all that `store` holds.

    What a record lacks is blank, so that a line written by hand may be short.

    Raises:
        ValueError: a line is none, the first of which is named.
    """
    store.reset()
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            _load_line(store, exact.received(line))
        except ValueError as error:
            raise ValueError(f"Line {number} of the snapshot is wrong: {error}.") from None
    if highest := store.highest_id():
        store.count_at_least("id", highest)


def _load_line(store: Store, line: Any) -> None:
    members = _COUNTER if isinstance(line, dict) and "counter" in line else _RECORD
    if not isinstance(line, dict) or line.keys() != members.keys():
        raise ValueError(f"it must be an object of {', '.join(_COUNTER)}, or of {', '.join(_RECORD)}")
    for name, kind in members.items():
        value = line[name]
        if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, int) and value not in _NUMBERS):
            raise ValueError(f"its {name} cannot be {value!r}")
    if members is _COUNTER and (line["counter"] not in _COUNTERS or line["last"] not in range(2**62)):
        raise ValueError("there is no such counter")
    if members is _RECORD and line["type"] not in _TYPES:
        raise ValueError(f"there are no records of the type {line['type']!r}")
    if members is _RECORD and line["type"] in HELD.values() and line["body"].get("id") != line["id"]:
        raise ValueError("its body has another id")
    try:
        _add(store, line)
    except sqlite3.IntegrityError:
        raise ValueError("an earlier line has the same name, id or number") from None


def _add(store: Store, line: Mapping[str, Any]) -> None:
    if "counter" in line:
        store.count_from(line["counter"], line["last"])
    else:
        store.add(line["type"], line["id"], {**_BLANK.get(line["type"], {}), **line["body"]}, line["parent"])
