"""Notes and tasks. The notes of a customer do not include those of its invoices."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record, column


def _complete_note(call: Call, note: Record) -> None:
    """Set the customer of a new note, which is that of its invoice if only the invoice is given."""
    for kind in ("invoice", "customer"):
        given = call.body.get(f"{kind}_id")
        if given is not None:
            record = call.store.find(kind, given)
            if record is None:
                raise not_found(kind, given)
            note |= {kind: given, f"{kind}_id": given}
            if kind == "invoice":
                note |= {"customer": record["customer"], "customer_id": record["customer"]}


def _check_task(call: Call, task: Record) -> None:
    """Check that the customer of a task exists."""
    customer = call.body.get("customer_id")
    if customer is not None and call.store.find("customer", customer) is None:
        raise ApiError(400, f"No such customer: {customer}. Create it first.", "customer_id")


TASK = Behaviour(complete=_check_task)
NOTE = Behaviour(
    complete=_complete_note,
    parents={
        "Customer.list_notes.list": f"{column('customer')} = ? AND {column('invoice')} IS NULL",
        "Invoice.notes.list": f"{column('invoice')} = ?",
    },
)
