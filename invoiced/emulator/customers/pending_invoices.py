"""The call that bills the pending lines of a customer (billing.md 3.27; catalog.md 7.5)."""

from __future__ import annotations

from invoiced.emulator.documents.creation import create_document
from invoiced.emulator.documents.pending_lines import billable
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.operations import PAID_INVOICE
from invoiced.emulator.payments.pending_invoices import bill_pending
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.sending.documents import send_if_asked
from invoiced.emulator.subscriptions.lines import with_rates_of_subscription


def invoice_pending(call: Call) -> Result:
    """Respond with a new invoice of all pending lines, or of `items` in their place. It is sent if `send` says so."""
    pending = billable(call, call.ids["id"])
    if not pending:  # An unknown customer has none either, and is not reported with 404.
        raise ApiError(400, f"The customer {call.ids['id']} has no pending line items.")
    fields = {**call.body, "customer": call.ids["id"]}
    if fields.get("items"):
        invoice = create_document(call, "invoice", fields)
    else:
        invoice = bill_pending(call, fields, [with_rates_of_subscription(call, line) for line in pending])
    return send_if_asked(call, "invoice", invoice["id"], Result(shown_as_sent(call, "Invoice", PAID_INVOICE, invoice)))
