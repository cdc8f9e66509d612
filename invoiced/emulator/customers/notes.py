"""Notes (catalog.md, 10). Those of a customer do not include those of its invoices."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.records.users import find_user
from invoiced.emulator.storage.store import Record, column


def _complete_note(call: Call, note: Record) -> None:
    """Set the customer of a new note, which is that of its invoice if it has one, and who wrote it."""
    if not note["notes"]:
        raise ApiError(400, "A note needs a text: send notes.", "notes")
    if call.operation.action != "create":
        return
    if call.body.get("invoice_id") is None and call.body.get("customer_id") is None:
        raise ApiError(400, "A note needs a customer_id or an invoice_id.", "customer")
    for kind in ("customer", "invoice"):
        given = call.body.get(f"{kind}_id")
        if given is not None:
            record = call.store.find(kind, given)
            if record is None:
                raise not_found(kind, given)
            note |= {kind: given, f"{kind}_id": given}
            if kind == "invoice":
                note |= {"customer": record["customer"], "customer_id": record["customer"]}
    note["user"] = find_user(call, note["user_id"])


NOTE = Behaviour(
    complete=_complete_note,
    parents={
        "Customer.list_notes.list": f"{column('customer')} = ? AND {column('invoice')} IS NULL",
        "Invoice.notes.list": f"{column('invoice')} = ?",
    },
)
