"""Operations on one record of any resource: create, retrieve, update, delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from invoiced.emulator.call import Behaviour, Call, Result
from invoiced.emulator.description import OPERATIONS, Schema, resolved, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.store import Record

RECORD_TYPES = {operation.resource: operation.record_type for operation in OPERATIONS if operation.is_implemented}
"""Record types that the emulator stores, by resource."""


def create(call: Call, behaviour: Behaviour) -> Result:
    """Create a record with all properties of its schema, in the schema's order."""
    properties, record_type, parent = call.operation.schema["properties"], call.operation.record_type, call.parent
    number = call.store.next("id")
    record_id = number if "integer" in types_of(properties["id"]) else f"{record_type}-{number}"
    assigned = {"id": record_id, "created_at": call.now, "updated_at": call.now, **behaviour.defaults}
    record: Record = {name: assigned.get(name, value) for name, value in blank_record(properties).items()}
    record.update(_properties_of(call))
    behaviour.complete(call, record)
    with _unique(record_type, record):
        call.store.add(record_type, record["id"], record, parent)
    return Result(behaviour.render(call, record))


def retrieve(call: Call, behaviour: Behaviour) -> Result:
    """Respond with the record."""
    return Result(expand(call, behaviour, call.record()))


def update(call: Call, behaviour: Behaviour) -> Result:
    """Replace each given property as a whole, metadata and lists included; the reference does not specify it."""
    record = call.record()
    record.update(_properties_of(call))
    if "updated_at" in record:
        record["updated_at"] = call.now
    behaviour.complete(call, record)
    with _unique(call.operation.record_type, record):
        call.store.write(call.operation.record_type, record["id"], record)
    return Result(behaviour.render(call, record))


def delete(call: Call, behaviour: Behaviour) -> Result:
    """Remove the record and its child records."""
    call.store.remove(call.operation.record_type, call.record()["id"])
    return Result()


def expand(call: Call, behaviour: Behaviour, record: Record) -> Record:
    """Return `record` for the response, with the objects named in the call's `expand` instead of their IDs."""
    names = (call.query.get("expand") or "").split(",")
    related = {name: _related(call, record, name) for name in map(str.strip, names) if name}
    return {**behaviour.render(call, record), **related}


def _properties_of(call: Call) -> Record:
    """Return the parameters that become properties. Others, such as `stripe_token`, only have an effect.

    If the description lists no parameters, all are kept except properties assigned by the API.
    """
    properties, listed = call.operation.schema["properties"], resolved(call.operation.body).get("properties")
    if listed is not None:
        return {name: value for name, value in call.body.items() if name in properties}
    return {name: value for name, value in call.body.items() if not properties.get(name, {}).get("readOnly")}


@contextmanager
def _unique(record_type: str, record: Record) -> Iterator[None]:
    """Raise `ApiError` if another record has the same number or ID."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        param = "number" if "records_by_number" in str(error) else "id"
        message = f"Another {record_type.replace('_', ' ')} already has the {param} {record[param]}."
        raise ApiError(400, message, param) from None


def blank_record(properties: Mapping[str, Schema]) -> Record:
    """Return a record with all properties of its schema blank."""
    return {name: _blank_value(schema) for name, schema in properties.items()}


def _blank_value(schema: Schema) -> Any:
    """Return the value of an omitted property: null if the schema allows several types."""
    if "const" in schema:
        return schema["const"]
    types = types_of(schema)
    return {"array": [], "object": {}, "boolean": False}.get(*types) if len(types) == 1 else None


def _related(call: Call, record: Record, name: str) -> Any:
    resource = call.operation.schema["properties"].get(name, {}).get("x-expandable")
    if resource not in RECORD_TYPES:
        raise ApiError(400, f"The emulator cannot expand {name}.", "expand")
    related = record[name]
    found = call.store.find(RECORD_TYPES[resource], related) if isinstance(related, int | str) else None
    return call.behaviours.get(resource, Behaviour()).render(call, found) if found else related
