"""What an accounting system knows of customers, invoices, payments and credit notes (billing.md 14)."""

from __future__ import annotations

from dataclasses import replace

from invoiced.emulator.description import resolved
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.extension import extended
from invoiced.emulator.storage.store import RecordId

SYNC = "accounting sync"
"""Record type of what an accounting system knows of a record."""

_PARAMETERS = ("accounting_system", "accounting_id")


def with_accounting(behaviour: Behaviour, resource: str) -> Behaviour:
    """Return the behavior of records that an accounting system can know."""
    known = extended(behaviour, resource, _remember)
    return replace(known, operations={**known.operations, f"{resource}.accounting_sync_status": _status})


def _remember(call: Call, record_id: RecordId, result: Result) -> Result:
    """Store by which ID an accounting system knows a record, if both are sent. `ApiError` if no such system exists."""
    system, accounting_id = (call.body.get(name) for name in _PARAMETERS)
    if system:
        known = resolved(call.operation.body)["properties"]["accounting_system"]["x-known-values"]
        if system not in known:
            raise ApiError(400, f"Unknown accounting system {system!r} (expected {', '.join(known)}).")
    if system and accounting_id:
        before = call.store.get(SYNC, f"record {record_id}") or {"first_synced": call.now}
        now = {"accounting_system": system, "accounting_id": accounting_id, "last_synced": call.now}
        call.store.put(SYNC, f"record {record_id}", {**before, **now}, record_id)
    return result


def _status(call: Call) -> Result:
    synced = call.store.get(SYNC, f"record {call.record()['id']}")
    if synced is None:
        return Result({"synced": False, "error": None})
    return Result({"synced": True, "error": None, "source": "accounting_system", **synced})
