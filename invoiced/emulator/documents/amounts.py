"""What payments and credit notes change in documents (billing.md 3.10, 6.3, 8.6, 8.9)."""

from __future__ import annotations

from decimal import Decimal

from invoiced.emulator.documents.installments import fill
from invoiced.emulator.documents.states import PENDING, store_document
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import exact, rounded


def apply(
    account: Account,
    record_type: str,
    record_id: RecordId,
    *,
    date: int | None = None,
    pending: int = 0,
    **amounts: Decimal,
) -> Record:
    """Add to amounts of an invoice or a credit note, such as `amount_paid`, or take back if negative. Return it.

    A draft is issued (3.14, 6.4). `date` is that of the payment; `pending` changes the number of payments that are
    pending.
    """
    document = account.find(record_type, record_id)
    assert document is not None
    document["draft"] = False
    if record_type == "invoice":
        fill(account, document, sum(amounts.values(), Decimal(0)))
    for name, amount in amounts.items():
        document[name] = rounded(exact(document[name]) + amount, document["currency"])
    if pending:
        document[PENDING] = document.get(PENDING, 0) + pending
    if date is not None and "date_paid" in document:
        document["date_paid"] = date
    store_document(account, record_type, document)
    return document


def apply_credit_note(account: Account, note: Record, invoice_id: RecordId, amount: Decimal) -> tuple[Record, Record]:
    """Apply an amount of a new credit note to an invoice. Return the invoice and the credit note."""
    invoice = apply(account, "invoice", invoice_id, date=note["date"], amount_credited=amount)
    return invoice, apply(account, "credit_note", note["id"], amount_applied_to_invoice=amount)
