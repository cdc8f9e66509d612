"""Snapshots of all data, as lines of JSON that people can read and change.

::

    {"counter": "id", "last": 1}
    {"task": "renew", "id": 7, "at": 1798761600}
    {"type": "customer", "id": 1, "parent": null, "body": {"id": 1, "name": "Acme", ...}}

Records are in the order of their creation, which is the order of lists.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description import OPERATIONS, RECORD_TYPES
from invoiced.emulator.description.blanks import blank_record, blank_source
from invoiced.emulator.files.attachments import ATTACHMENT
from invoiced.emulator.files.files import CONTENT
from invoiced.emulator.payments.sources import USED_TOKEN
from invoiced.emulator.sending.recipients import BLOCKED
from invoiced.emulator.sending.statements import DEBOUNCE
from invoiced.emulator.sending.text_messages import TEXTED
from invoiced.emulator.storage.store import STORED_RESPONSE, Store
from invoiced.emulator.values import exact_json

_BLANK = {
    operation.record_type: blank_record(operation.schema["properties"])
    for operation in OPERATIONS
    if operation.action == "create"
}
_ID_FIELDS = {operation.record_type: operation.id_field for operation in OPERATIONS}
_TYPES = {
    *(*RECORD_TYPES.values(), "balance", "outbox"),
    *(ATTACHMENT, BLOCKED, CONTENT, DEBOUNCE, STORED_RESPONSE, TEXTED, USED_TOKEN),
}
_COUNTERS = {"id", "event", "token", *(f"{record_type} number" for record_type in RECORD_TYPES.values())}
_COUNTER: Mapping[str, Any] = {"counter": str, "last": int}
_TASK: Mapping[str, Any] = {"task": str, "id": int | str, "at": int}
_RECORD: Mapping[str, Any] = {"type": str, "id": int | str, "parent": int | str | None, "body": dict}
_NUMBERS = range(-(2**63), 2**63)


def snapshot(store: Store) -> str:
    """Return all data in `store` as lines."""
    counters = ({"counter": name, "last": last} for name, last in store.counters())
    records = (dict(zip(_RECORD, row, strict=True)) for row in store.rows())
    tasks = (dict(zip(_TASK, task, strict=True)) for task in store.scheduled())
    return "".join(f"{exact_json.dumps(line)}\n" for line in (*counters, *tasks, *records))


def load(store: Store, text: bytes) -> None:
    """Replace all data in `store`.

    Missing fields of a record are blank, so that a line written by hand may be short.

    Raises:
        ValueError: a line is invalid; the message names the first such line.
    """
    store.reset()
    for number, line in enumerate(text.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            _load_line(store, exact_json.loads_received(line))
        except ValueError as error:
            raise ValueError(f"Line {number} of the snapshot is invalid: {error}.") from None
    for counter, of_events in (("id", False), ("event", True)):
        if highest := store.highest_id(of_events=of_events):
            store.raise_counter(counter, highest)


def _load_line(store: Store, line: Any) -> None:
    kinds = (_COUNTER, _TASK, _RECORD)
    members = next((each for each in kinds if isinstance(line, dict) and line.keys() == each.keys()), None)
    if members is None:
        raise ValueError(f"expected an object with {', or with '.join(map(', '.join, kinds))}")
    for name, kind in members.items():
        value = line[name]
        if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, int) and value not in _NUMBERS):
            raise ValueError(f"invalid {name} {value!r}")
    if members is _COUNTER and (line["counter"] not in _COUNTERS or line["last"] not in range(2**62)):
        raise ValueError("unknown counter")
    if members is _RECORD and line["type"] not in _TYPES:
        raise ValueError(f"unknown record type {line['type']!r}")
    id_field = _ID_FIELDS.get(str(line.get("type")))
    # An older version of a plan has its number behind the ID.
    stored_id = str(line.get("id")).partition(" ")[0] if "version" in line.get("body", ()) else line.get("id")
    if id_field and line["body"].get(id_field) != stored_id:
        raise ValueError(f"the {id_field} in its body is different")
    try:
        _add_line(store, line)
    except sqlite3.IntegrityError:
        raise ValueError("an earlier line has the same name, id or number") from None


def _add_line(store: Store, line: Mapping[str, Any]) -> None:
    if "counter" in line:
        store.set_counter(line["counter"], line["last"])
        return
    if "task" in line:
        store.schedule(line["task"], line["id"], line["at"])
        return
    body, record_type = line["body"], line["type"]
    blank = blank_source(body.get("object")) if record_type == "payment_source" else _BLANK.get(record_type, {})
    store.add(record_type, line["id"], {**blank, **body}, line["parent"])
