"""What accounting systems know of customers and invoices (billing.md 14)."""

from __future__ import annotations

from invoiced.emulator.records import accounting
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.extension import extended
from invoiced.emulator.storage.store import RecordId


def with_accounting(behaviour: Behaviour, resource: str) -> Behaviour:
    """Return the behavior of records that an accounting system can know."""
    known = extended(behaviour, resource, _connect)
    return known.with_operations({f"{resource}.accounting_sync_status": accounting.sync_status})


def _connect(call: Call, record_id: RecordId, result: Result) -> Result:
    """Keep the ID that a record has in an accounting system, if it is sent."""
    record_type = call.operation.record_type
    record = call.find(record_type, record_id)
    if record is not None:
        accounting.connect(record, call.body)
        call.store.write(record_type, record_id, record)
    return result
