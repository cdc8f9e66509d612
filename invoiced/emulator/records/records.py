"""Operations on one record of any resource: create, retrieve, update, delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from invoiced.emulator.description import RECORD_TYPES, Schema, resolved, schema_of, types_of
from invoiced.emulator.description.blanks import blank_of, blank_record
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import metadata
from invoiced.emulator.records.account import Account, Renderer, without_hidden
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.nested import nested_records
from invoiced.emulator.records.references import referenced_records
from invoiced.emulator.storage.store import Record

_RATES = frozenset(("discounts", "taxes", "shipping"))
"""Properties that `exclude=rates` leaves out (billing.md 1.8)."""


def create(call: Call, behaviour: Behaviour) -> Result:
    """Create a record with all properties of its schema, in the schema's order."""
    operation, parent = call.operation, call.parent
    record_type, id_field = operation.record_type, operation.id_field
    parents = call.ids if parent is not None else {}
    fields = {**parents, **{name.removesuffix("_id"): each for name, each in parents.items()}, **behaviour.defaults}
    record = new_record(call, operation.resource, fields)
    nested = {**nested_records(call, {}), **referenced_records(call, {})}
    record.update({**_properties_of(call, behaviour), **nested})
    behaviour.complete(call, record)
    _store_metadata_as_text(record)
    with _unique(record_type, record):
        call.add(record_type, record[id_field], record, parent)
    return Result(shown_as_sent(call, call.operation.resource, behaviour, record))


def new_record(account: Account, resource: str, fields: Mapping[str, Any]) -> Record:
    """Return a record of a resource, such as `Invoice`, which is not stored yet: with an ID, its times and `fields`.

    Other properties are blank, and fields that the resource does not have are left out.
    """
    record, schema = blank_of(resource), schema_of(resource)
    id_field = "internal_id" if "internal_id" in record else "id"
    number = account.store.next("id")
    is_number = "integer" in types_of(schema["properties"][id_field])
    assigned = {id_field: number if is_number else f"{RECORD_TYPES[resource]}-{number}"}
    assigned |= {"created_at": account.now, "updated_at": account.now, **fields}
    return {name: assigned.get(name, value) for name, value in record.items()}


def retrieve(call: Call, behaviour: Behaviour) -> Result:
    """Respond with the record."""
    return Result(shown(call, behaviour, call.record()))


def update(call: Call, behaviour: Behaviour) -> Result:
    """Replace each given property as a whole, including metadata and lists; the reference does not specify this.

    The records in a list are kept if they are sent with their IDs.
    """
    record = call.record()
    record.update(
        {**_properties_of(call, behaviour), **nested_records(call, record), **referenced_records(call, record)}
    )
    behaviour.complete(call, record)
    _store_metadata_as_text(record)
    return store_changed(call, behaviour, record)


def store_changed(call: Call, behaviour: Behaviour, record: Record) -> Result:
    """Store a record that the call changed, and respond with it."""
    if "updated_at" in record:
        record["updated_at"] = call.now
    with _unique(call.operation.record_type, record):
        call.write(call.operation.record_type, record[call.operation.id_field], record)
    return Result(shown_as_sent(call, call.operation.resource, behaviour, record))


def delete(call: Call, behaviour: Behaviour) -> Result:
    """Remove the record and its child records."""
    call.remove(call.operation.record_type, call.record()[call.operation.id_field])
    return Result()


def shown(call: Call, behaviour: Behaviour, record: Record) -> Record:
    """Return `record` for the response, with the objects named in the call's `expand` instead of their IDs.

    Properties that are returned only on request are left out, unless `include` names them, and those that `exclude`
    names. A name in `include` that does not exist is null.
    """
    return _shown(call, call.operation.resource, behaviour, record)


def _shown(call: Call, resource: str, behaviour: Behaviour, record: Record) -> Record:
    properties, included = schema_of(resource)["properties"], _names(call, "include")
    on_request = {name for name, each in properties.items() if each.get("x-include-only")} | behaviour.on_request
    excluded = _names(call, "exclude")
    left_out = (on_request - included) | excluded | (_RATES if "rates" in excluded else frozenset())
    rendered = _rendered(call, resource, behaviour.render, record, _names(call, "expand"))
    return {name: value for name, value in {**dict.fromkeys(included), **rendered}.items() if name not in left_out}


def shown_as_sent(call: Call, resource: str, behaviour: Behaviour, record: Record) -> Record:
    """Return a record of a resource for the response to a write, which has the metadata as it was sent."""
    response, sent = _shown(call, resource, behaviour, record), call.body.get("metadata")
    return {**response, "metadata": sent} if sent and "metadata" in response else response


def _rendered(call: Call, resource: str, render: Renderer | None, record: Record, expand: set[str]) -> Record:
    """Return a record with its URLs, typed metadata, and the objects that `expand` names: `customer.owner` is nested.

    Names of other properties are ignored.
    """
    rendered = without_hidden(render(call, record) if render else record)
    if rendered.get("metadata"):
        record_type = RECORD_TYPES.get(resource, "line_item")
        rendered = {**rendered, "metadata": metadata.as_read(call, record_type, rendered["metadata"])}
    for name in {name.partition(".")[0] for name in expand}:
        related_id = rendered.get(name)
        items = schema_of(resource)["properties"].get(name, {}).get("items", {}).get("$ref")
        if items and isinstance(related_id, list):
            inner = {each.partition(".")[2] for each in expand if each.startswith(f"{name}.")}
            of_items = items.rpartition("/")[2]
            listed = [_rendered(call, of_items, None, each, inner) for each in related_id]
            rendered = {**rendered, name: listed}
            continue
        related = schema_of(resource)["properties"].get(name, {}).get("x-expandable")
        if related not in RECORD_TYPES or not isinstance(related_id, int | str):
            continue
        if found := call.store.find(RECORD_TYPES[related], related_id):
            inner = {each.partition(".")[2] for each in expand if each.startswith(f"{name}.")}
            render = call.renderers.get(RECORD_TYPES[related])
            rendered = {**rendered, name: _rendered(call, related, render, found, inner)}
    return rendered


def _store_metadata_as_text(record: Record) -> None:
    if record.get("metadata"):
        record["metadata"] = metadata.as_stored(record["metadata"])


def _names(call: Call, param: str) -> set[str]:
    """Return the names in a parameter, which are separated by commas."""
    return {*map(str.strip, (call.query.get(param) or "").split(","))} - {""}


def _properties_of(call: Call, behaviour: Behaviour) -> Record:
    """Return the parameters that become properties. Others, such as `stripe_token`, are not stored.

    If the description lists no parameters, all are kept except properties assigned by the API. A null means the default
    if the property is never null.
    """
    properties, listed = call.operation.schema["properties"], resolved(call.operation.body).get("properties")
    if listed is None:
        return {name: value for name, value in call.body.items() if not properties.get(name, {}).get("readOnly")}
    sent = {name: value for name, value in call.body.items() if name in properties}
    unset = {
        name: properties[name] for name, value in sent.items() if value is None and _is_never_null(properties[name])
    }
    defaults = {name: listed[name]["default"] for name in unset if "default" in listed[name]}
    defaults = {**blank_record(unset), **behaviour.defaults, **defaults}
    return {**sent, **{name: defaults[name] for name in unset}}


def _is_never_null(schema: Schema) -> bool:
    types = types_of(schema)
    return bool(types) and "null" not in types


@contextmanager
def _unique(record_type: str, record: Record) -> Iterator[None]:
    """Raise `ApiError` if another record has the same number or ID."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        param = "number" if "records_by_number" in str(error) else "id"
        message = f"Another {record_type.replace('_', ' ')} already has the {param} {record.get(param)}."
        raise ApiError(400, message, param) from None
