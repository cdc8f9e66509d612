"""What can be done with one record of any resource: create, retrieve, update, delete."""

from __future__ import annotations

from typing import Any

from invoiced.emulator.behaviour import Behaviour
from invoiced.emulator.call import Answer, Call
from invoiced.emulator.description import OPERATIONS, Schema, types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.store import NumberTaken, Record

HELD = {operation.resource: operation.record_type for operation in OPERATIONS if operation.seed}
"""The types of the records that the emulator holds, by resource."""


def create(call: Call, behaviour: Behaviour) -> Answer:
    """A new record has all properties of its schema, in the schema's order."""
    record_id = call.store.add(call.operation.record_type, call.parent)
    given = {"id": record_id, "created_at": call.now, "updated_at": call.now, **behaviour.defaults, **call.body}
    record = {
        name: given[name] if name in given else _blank(schema)
        for name, schema in call.operation.schema["properties"].items()
    }
    for name, generate in behaviour.generated.items():
        if record[name] is None:
            record[name] = generate(call.store)
    return Answer(_kept(call, behaviour, record))


def retrieve(call: Call, behaviour: Behaviour) -> Answer:
    return Answer(expanded(call, call.record()))


def update(call: Call, behaviour: Behaviour) -> Answer:
    """Each property given is replaced as a whole, metadata and lists, too: the reference does not say."""
    properties = call.operation.schema["properties"]
    changes = {name: value for name, value in call.body.items() if name in properties}
    return Answer(_kept(call, behaviour, {**call.record(), **changes, "updated_at": call.now}))


def delete(call: Call, behaviour: Behaviour) -> Answer:
    """Removes the record and all that belongs to it."""
    call.store.remove(call.record()["id"])
    return Answer()


def expanded(call: Call, record: Record) -> Record:
    """`record` with the objects that the call's `expand` asks for in place of their IDs."""
    names = (call.query.get("expand") or "").split(",")
    return {**record, **{name: _related(call, record, name) for name in map(str.strip, names) if name}}


def _kept(call: Call, behaviour: Behaviour, record: Record) -> Record:
    """Writes the record, after the effects of the parameters that are not kept."""
    for name, effect in behaviour.effects.items():
        if call.body.get(name) is not None:
            record.update(effect(call.store, record["id"]))
    try:
        call.store.write(record["id"], record)
    except NumberTaken:
        kind = call.operation.record_type.replace("_", " ")
        message = f"There is another {kind} with the number {record['number']}."
        raise ApiError(400, message, "number") from None
    return record


def _blank(schema: Schema) -> Any:
    """The value of a property that nobody gave."""
    types = types_of(schema)
    if "const" in schema:
        return schema["const"]
    if "null" in types:
        return None
    return [] if "array" in types else {} if "object" in types else False if "boolean" in types else None


def _related(call: Call, record: Record, name: str) -> Any:
    resource = call.operation.schema["properties"].get(name, {}).get("x-expandable")
    if resource not in HELD:
        raise ApiError(400, f"The emulator cannot expand {name}.", "expand")
    related = record[name]
    return related and (call.store.find(HELD[resource], related) or related)
