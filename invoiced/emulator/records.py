"""What can be done with one record of any resource: create, retrieve, update, delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from invoiced.emulator.call import Answer, Behaviour, Call
from invoiced.emulator.description import OPERATIONS, Schema, resolved, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.store import Record

HELD = {operation.resource: operation.record_type for operation in OPERATIONS if operation.seed}
"""The types of the records that the emulator holds, by resource."""


def create(call: Call, behaviour: Behaviour) -> Answer:
    """A new record has all properties of its schema, in the schema's order."""
    properties, record_type, parent = call.operation.schema["properties"], call.operation.record_type, call.parent
    number = call.store.next("id")
    record_id = number if "integer" in types_of(properties["id"]) else f"{record_type}-{number}"
    made = {"id": record_id, "created_at": call.now, "updated_at": call.now, **behaviour.defaults}
    record: Record = {name: made.get(name, value) for name, value in blank(properties).items()}
    record.update(_kept(call))
    behaviour.complete(call, record)
    with _unique(record_type, record):
        call.store.add(record_type, record["id"], record, parent)
    return Answer(behaviour.shown(call, record))


def retrieve(call: Call, behaviour: Behaviour) -> Answer:
    """Answer the record."""
    return Answer(expanded(call, behaviour, call.record()))


def update(call: Call, behaviour: Behaviour) -> Answer:
    """Each property given is replaced as a whole, metadata and lists, too: the reference does not say."""
    record = call.record()
    record.update(_kept(call))
    if "updated_at" in record:
        record["updated_at"] = call.now
    behaviour.complete(call, record)
    with _unique(call.operation.record_type, record):
        call.store.write(call.operation.record_type, record["id"], record)
    return Answer(behaviour.shown(call, record))


def delete(call: Call, behaviour: Behaviour) -> Answer:
    """Remove the record and all that belongs to it."""
    call.store.remove(call.operation.record_type, call.record()["id"])
    return Answer()


def expanded(call: Call, behaviour: Behaviour, record: Record) -> Record:
    """`record` as it is shown, with the objects that the call's `expand` asks for in place of their IDs."""
    names = (call.query.get("expand") or "").split(",")
    related = {name: _related(call, record, name) for name in map(str.strip, names) if name}
    return {**behaviour.shown(call, record), **related}


def _kept(call: Call) -> Record:
    """The parameters that become properties. Some only act, as `stripe_token` does.

    Where the description lists no parameters, all are kept but those that the API itself assigns.
    """
    properties, listed = call.operation.schema["properties"], resolved(call.operation.body).get("properties")
    if listed is not None:
        return {name: value for name, value in call.body.items() if name in properties}
    return {name: value for name, value in call.body.items() if not properties.get(name, {}).get("readOnly")}


@contextmanager
def _unique(record_type: str, record: Record) -> Iterator[None]:
    """Refuse the record when another one has its number, or its ID."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        param = "number" if "records_by_number" in str(error) else "id"
        message = f"There is another {record_type.replace('_', ' ')} with the {param} {record[param]}."
        raise ApiError(400, message, param) from None


def blank(properties: Mapping[str, Schema]) -> Record:
    """A record of which nothing is known."""
    return {name: _blank(schema) for name, schema in properties.items()}


def _blank(schema: Schema) -> Any:
    """The value of a property that nobody gave: null, where it may be of several types."""
    if "const" in schema:
        return schema["const"]
    types = types_of(schema)
    return {"array": [], "object": {}, "boolean": False}.get(*types) if len(types) == 1 else None


def _related(call: Call, record: Record, name: str) -> Any:
    resource = call.operation.schema["properties"].get(name, {}).get("x-expandable")
    if resource not in HELD:
        raise ApiError(400, f"The emulator cannot expand {name}.", "expand")
    related = record[name]
    found = call.store.find(HELD[resource], related) if isinstance(related, int | str) else None
    return call.behaviours.get(resource, Behaviour()).shown(call, found) if found else related
