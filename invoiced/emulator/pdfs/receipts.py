"""PDFs of payments: receipts (billing.md 8.3)."""

from __future__ import annotations

from invoiced.emulator.pdfs.paper import Column, Paper
from invoiced.emulator.pdfs.words import addressee, date
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import printed

_COLUMNS = (Column("Applied to", 0.7), Column("Amount", 0.3, is_amount=True))


def receipt_pdf(account: Account, payment: Record, customer: Record) -> bytes:
    """Return the receipt of a payment, with what it was applied to."""
    currency = payment["currency"]
    facts = [
        *addressee(customer),
        f"Date: {date(payment['date'])}",
        f"Method: {payment['method']}",
        *([f"Reference: {payment['reference']}"] if payment.get("reference") else []),
        *(["Voided"] if payment.get("voided") else []),
        f"Currency: {currency}",
    ]
    paper = Paper(f"Receipt {payment['id']}", facts)
    applied = payment.get("applied_to") or ()
    paper.table(_COLUMNS, [[_name(account, part), printed(part.get("amount"), currency)] for part in applied])
    paper.amounts(
        [("Amount", printed(payment["amount"], currency)), ("Balance", printed(payment["balance"], currency))]
    )
    return paper.pdf()


def _name(account: Account, part: Record) -> str:
    """Return what a part of a payment was applied to, such as `Invoice INV-00001`."""
    kind = str(part.get("document_type") or part.get("type") or "")
    document = account.find(kind, part[kind]) if isinstance(part.get(kind), int) else None
    return f"{kind.replace('_', ' ').capitalize()} {document['number'] if document else ''}".strip()
