"""Properties that requests set to IDs and responses have as records, such as the coupons of a subscription."""

from __future__ import annotations

from invoiced.emulator.description import RECORD_TYPES, Schema, resolved
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Condition, Record
from invoiced.emulator.values.warnings import warn

# The ID that requests use. Custom fields are stored by another.
_HAS_ID = "json_extract(records.body, '$.id') = ?"


def referenced_type(items: Schema) -> str | None:
    """Return the type of the stored records that a list has, or None if it has other values."""
    references = (part.get("$ref", "").rpartition("/")[2] for part in (items, *items.get("anyOf", ())))
    return next((RECORD_TYPES[resource] for resource in references if resource in RECORD_TYPES), None)


def referenced_records(call: Call, before: Record) -> Record:
    """Return the sent properties that are IDs of stored records, with these records.

    Unknown IDs are dropped, as the API does. `ApiError` if an unknown ID is that of a coupon. What the record has
    `before` stays as it is.
    """
    referenced: Record = {}
    for name, sent in call.body.items():
        items = resolved(call.operation.schema["properties"].get(name, {})).get("items", {})
        record_type = referenced_type(items)
        if record_type is not None and isinstance(sent, list):
            kept = {each["id"]: each for each in before.get(name) or ()}
            found = {each: kept.get(each) or _find(call, record_type, each) for each in sent}
            missing = [each for each, record in found.items() if record is None]
            if missing and record_type == "coupon":
                raise ApiError(400, f"No such coupon: {missing[0]!r}. Create it first.")
            for each in missing:
                warn(f"The {record_type.replace('_', ' ')} {each!r} does not exist: it is ignored, as by the API.")
            referenced[name] = [record for record in found.values() if record is not None]
    return referenced


def _find(call: Call, record_type: str, record_id: str) -> Record | None:
    found = call.find(record_type, record_id)
    if found is None and record_type == "custom_field":
        found = next(iter(call.store.page(record_type, conditions=[Condition(_HAS_ID, [record_id])], limit=1)), None)
    return None if found is None or found.get("archived") else call.shown(record_type, found)
