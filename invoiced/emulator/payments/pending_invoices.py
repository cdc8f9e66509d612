"""Invoices of pending lines (billing.md 3.27; catalog.md 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced.emulator.documents.amounts import apply
from invoiced.emulator.documents.creation import create_document
from invoiced.emulator.documents.operations import INVOICE
from invoiced.emulator.documents.pending_lines import as_line, billable
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.recording import record_payment
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import exact


def invoice_pending(call: Call) -> Result:
    """Respond with a new invoice of all pending lines of a customer."""
    customer_id = call.ids["id"]
    pending = billable(call, customer_id)
    if not pending:
        raise ApiError(400, "This customer has no pending line items.")
    return Result(shown_as_sent(call, "Invoice", INVOICE, bill(call, customer_id, call.body, pending)))


def bill(account: Account, customer_id: RecordId, fields: Mapping[str, Any], pending: list[Record]) -> Record:
    """Create an invoice of pending lines. Those below zero become a credit note, which is applied to it (3.27)."""
    charges = [line for line in pending if exact(line["amount"]) >= 0]
    credits = [line for line in pending if exact(line["amount"]) < 0]
    for line in pending:
        account.remove("pending_line_item", line["id"])
    fields = {**fields, "customer": customer_id}
    lines = [] if fields.get("items") else [as_line(line) for line in charges]
    invoice = create_document(account, "invoice", fields, lines=lines)
    return credit(account, invoice, credits) if credits else invoice


def credit(account: Account, invoice: Record, credits: list[Record]) -> Record:
    """Make a credit note of lines below zero, and apply it to an invoice. Return the invoice."""
    lines = [{**as_line(line), "unit_cost": -exact(line["unit_cost"])} for line in credits]
    fields = {"customer": invoice["customer"], "currency": invoice["currency"], "draft": invoice["draft"]}
    note = create_document(account, "credit_note", {**fields, "date": invoice["date"]}, lines=lines)
    if note["draft"]:
        return invoice
    applied = min(exact(invoice["balance"]), exact(note["total"]))
    if applied > 0:
        invoice = apply(account, "invoice", invoice["id"], date=invoice["date"], amount_credited=applied)
        apply(account, "credit_note", note["id"], amount_applied_to_invoice=applied)
    if rest := exact(note["total"]) - max(applied, Decimal(0)):  # The rest becomes credit.
        to_credit = {"type": "credit_note", "credit_note": note["id"], "amount": rest}
        fields = {"customer": invoice["customer"], "currency": invoice["currency"], "amount": 0}
        record_payment(account, fields, [to_credit])
    return invoice
