"""The state of a record in an accounting system (billing.md 14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.storage.store import Record

_CONNECTION = "_accounting"
_SYSTEMS = schema_of("PaymentCreate")["properties"]["accounting_system"]["x-known-values"]


def connect(record: Record, sent: Mapping[str, Any]) -> None:
    """Keep the ID that the record has in an accounting system, if both are sent."""
    system, number = sent.get("accounting_system"), sent.get("accounting_id")
    if system is not None and system not in _SYSTEMS:
        raise ApiError(400, f"Unknown accounting system {system!r} (expected {', '.join(_SYSTEMS)}).")
    if system is not None and number is not None:
        record[_CONNECTION] = {"accounting_system": system, "accounting_id": number}


def sync_status(call: Call) -> Result:
    """Respond with whether an accounting system knows the record, and since when."""
    record = call.record()
    connection = record.get(_CONNECTION)
    if connection is None:
        return Result({"synced": False, "error": None})
    times = {"first_synced": record["created_at"], "last_synced": record["updated_at"]}
    return Result({"synced": True, "error": None, **connection, "source": "accounting_system", **times})
