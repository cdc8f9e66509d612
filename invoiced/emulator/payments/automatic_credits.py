"""Credits that are applied to an invoice when it is issued, if the account does so (billing.md 3.23)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from invoiced.emulator.documents.operations import INVOICE
from invoiced.emulator.payments.credits import available
from invoiced.emulator.payments.recording import record_payment
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.money import exact

_MOST = 100
_OPEN_NOTES = (
    f"{column('customer')} = ? AND {column('currency')} = ? AND {column('date')} <= ? AND {column('status')} = 'open'"
)


def apply_credits(account: Account, invoice: Record) -> Record:
    """Apply the credit balance, then open credit notes, until nothing is open. Return the invoice as it is then."""
    if not account.settings.auto_apply_credits or invoice["draft"]:
        return invoice
    customer_id, currency = invoice["customer"], invoice["currency"]
    credit = available(account, customer_id, currency)
    invoice = _apply(account, invoice, {"type": "applied_credit"}, credit)
    open_notes = Condition(_OPEN_NOTES, [customer_id, currency, account.now])
    for note in account.store.page("credit_note", conditions=[open_notes], limit=_MOST):
        invoice = _apply(account, invoice, {"type": "credit_note", "credit_note": note["id"]}, exact(note["balance"]))
    return invoice


def when_issued(operation: Callable[[Call], Result]) -> Callable[[Call], Result]:
    """Return a call that creates or changes an invoice, after which credits are applied if that issued it."""

    def call_both(call: Call) -> Result:
        before = call.find("invoice", call.ids["id"]) if call.operation.name == "Invoice.save" else None
        result = operation(call)
        invoice = call.find("invoice", (result.body or {}).get("id", -1))
        if invoice is None or (before is not None and not before["draft"]):
            return result
        applied = apply_credits(call, invoice)
        return result if applied is invoice else Result(shown_as_sent(call, "Invoice", INVOICE, applied))

    return call_both


def _apply(account: Account, invoice: Record, credit: Record, amount: Decimal) -> Record:
    """Apply as much of a credit as is open, by a payment of its own."""
    amount = min(amount, exact(invoice["balance"]))
    if amount <= 0:
        return invoice
    fields = {"customer": invoice["customer"], "currency": invoice["currency"], "amount": 0}
    application = {**credit, "document_type": "invoice", "invoice": invoice["id"], "amount": amount}
    record_payment(account, fields, [application])
    return account.find("invoice", invoice["id"]) or invoice
