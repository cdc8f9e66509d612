"""Records inside a record, such as the lines of an invoice and the addons of a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description import Schema, resolved, types_of
from invoiced.emulator.description.blanks import blank_record
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.records.metadata import as_stored, check
from invoiced.emulator.records.references import referenced_type
from invoiced.emulator.storage.store import Record, RecordId


def nested_records(call: Call, before: Record) -> Record:
    """Return the sent properties that are lists of records, with an ID and all properties for each.

    `before` is the record that is updated. Its nested records keep their IDs; `ApiError` if it has none with a sent ID.
    """
    nested: Record = {}
    for name, sent in call.body.items():
        items = resolved(call.operation.schema["properties"].get(name, {})).get("items", {})
        properties = resolved(items).get("properties", {})
        is_nested = "id" in properties and referenced_type(items) is None and not _takes_ids(call, name)
        if is_nested and isinstance(sent, list):
            known = {each["id"]: each for each in before.get(name) or ()}
            nested[name] = [_nested_record(call, name, properties, each, known) for each in sent]
    return nested


def _nested_record(
    call: Call, name: str, properties: Mapping[str, Schema], sent: Any, known: dict[Any, Record]
) -> Record:
    """Return one nested record, and remove it from `known` if it is there."""
    if not isinstance(sent, dict):
        raise ApiError(400, f"The parameter {name} must be a list of objects.", name)
    number = sent.get("id")
    before: Record | None = None
    if number is not None and call.operation.action == "update":
        before = known.pop(number, None)
        if before is None:
            raise ApiError(400, f"None of the {name} of this record has the ID {number}, or it is sent twice.", name)
    assigned = {"id": _new_id(call, properties["id"]), "created_at": call.now} if before is None else {"id": number}
    assigned |= {"updated_at": call.now}
    if sent.get("metadata"):
        sent = {**sent, "metadata": as_stored(check(sent["metadata"]))}
    record = {**blank_record(properties), **_kept(name, properties, before or {}), **_defaults(call, name), **sent}
    return record | {each: value for each, value in assigned.items() if each in properties}


def _new_id(call: Call, schema: Schema) -> RecordId:
    number = call.store.next("id")
    return number if "integer" in types_of(schema) else str(number)


def _kept(name: str, properties: Mapping[str, Schema], before: Record) -> Record:
    """Return what a nested record keeps if it is not sent: of a line only its metadata, and what is read-only."""
    if name != "items":
        return before
    return {each: value for each, value in before.items() if each == "metadata" or properties[each].get("readOnly")}


def _takes_ids(call: Call, name: str) -> bool:
    """Return whether a list can have IDs in place of objects, such as that of a coupon: the resource has the rules."""
    return "string" in types_of(_parameter(call, name).get("items", {}))


def _parameter(call: Call, name: str) -> Schema:
    return resolved(resolved(call.operation.body).get("properties", {}).get(name, {}))


def _defaults(call: Call, name: str) -> Record:
    sent = resolved(_parameter(call, name).get("items", {})).get("properties", {})
    return {each: part["default"] for each, part in sent.items() if "default" in part}
