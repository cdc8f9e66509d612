"""Invoices of pending lines (billing.md 3.27; catalog.md 7.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoiced.emulator.documents.amounts import apply_credit_note
from invoiced.emulator.documents.creation import create_document
from invoiced.emulator.documents.pending_lines import as_line
from invoiced.emulator.payments.automatic_credits import apply_credits
from invoiced.emulator.payments.recording import record_payment
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact


def bill_pending(
    account: Account, fields: Mapping[str, Any], pending: list[Record], *, lines: Sequence[Record] = ()
) -> Record:
    """Create an invoice of `lines` and of pending ones.

    Pending lines below zero become a credit note, which is applied to the invoice (3.27).
    """
    charges = [as_line(line) for line in pending if exact(line["amount"]) >= 0]
    credits = [line for line in pending if exact(line["amount"]) < 0]
    for line in pending:
        account.remove("pending_line_item", line["id"])
    invoice = create_document(account, "invoice", fields, lines=[*lines, *charges])
    return apply_credits(account, _credit(account, invoice, credits) if credits else invoice)


def _credit(account: Account, invoice: Record, credits: list[Record]) -> Record:
    """Make a credit note of lines below zero, and apply it to an invoice. Return the invoice."""
    lines = [{**as_line(line), "unit_cost": -exact(line["unit_cost"])} for line in credits]
    fields = {"customer": invoice["customer"], "currency": invoice["currency"], "draft": invoice["draft"]}
    note = create_document(account, "credit_note", {**fields, "date": invoice["date"]}, lines=lines)
    if note["draft"]:
        return invoice
    applied = min(exact(invoice["balance"]), exact(note["total"]))
    if applied > 0:
        invoice, _ = apply_credit_note(account, note, invoice["id"], applied)
    if rest := exact(note["total"]) - max(applied, Decimal(0)):  # The rest becomes credit.
        to_credit = {"type": "credit_note", "credit_note": note["id"], "amount": rest}
        fields = {"customer": invoice["customer"], "currency": invoice["currency"], "amount": 0}
        record_payment(account, fields, [to_credit])
    return invoice
