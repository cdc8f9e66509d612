"""Custom fields (catalog.md, 13) and themes: defaults and rules that the description does not have."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Condition, Record, column

# Records are stored by another ID than the one that callers choose.
_SAME_FIELD = f"json_extract(records.body, '$.id') = ? AND {column('object')} = ? AND records.id <> ?"


def _complete_custom_field(call: Call, custom_field: Record) -> None:
    """Check that no other custom field of the same kind of records has the ID."""
    same = [custom_field["id"], custom_field["object"], custom_field["internal_id"]]
    if call.store.count("custom_field", conditions=[Condition(_SAME_FIELD, same)]):
        message = f"Another custom field of this object already has the id {custom_field['id']}."
        raise ApiError(400, message, "id")
    custom_field["choices"] = [*dict.fromkeys(custom_field["choices"])]  # 13.1


CUSTOM_FIELD = Behaviour(defaults={"type": "string"}, complete=_complete_custom_field)
THEME = Behaviour(defaults={"customer_number_title": "Account #"})
