"""One invoice in place of several (billing.md 3.26)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoiced.emulator.documents.amounts import apply
from invoiced.emulator.documents.creation import create_document
from invoiced.emulator.documents.operations import INVOICE
from invoiced.emulator.documents.states import is_pending, store_document
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.applications import identity, payments_of
from invoiced.emulator.payments.credits import set_entry
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, rounded

_NAME = "Consolidated Invoice"
_MAX_INVOICES = 100
_CHILDREN = f"{column('parent_customer')} = ? AND {column('consolidated')} AND {column('bill_to_parent')}"
_OPEN = f"{column('currency')} = ? AND {column('date')} <= ? AND NOT {column('closed')} AND NOT {column('draft')}"
_OF_INVOICE = f"{column('invoice')} = ? AND NOT {column('draft')} AND NOT {column('voided')}"


def consolidate_invoices(call: Call) -> Result:
    """Respond with an invoice that has the lines of the open invoices of a customer, which are voided."""
    customer = call.record()
    if not customer["consolidated"]:
        raise ApiError(500, "Invoices of this customer are not consolidated: set consolidated to true first.")
    currency = customer["currency"] or ACCOUNT_CURRENCY
    invoices = _open_invoices(call, customer, currency, call.body.get("cutoff_date") or call.now)
    if not invoices:
        raise ApiError(400, "This customer has no open invoices to consolidate.")
    notes = [note for invoice in invoices for note in _notes(call, invoice)]
    lines = [_line(invoice, 1) for invoice in invoices] + [_line(note, -1) for note in notes]
    fields = {"customer": customer["id"], "currency": currency, "name": _NAME, "calculate_taxes": False}
    new = create_document(call, "invoice", {**fields, "autopay": False, "consolidated": True, "items": lines})
    for note in notes:
        _replace(call, "credit_note", note, new)
    for invoice in invoices:
        new = _move_payments(call, invoice, new, [note for note in notes if note["invoice"] == invoice["id"]])
        _replace(call, "invoice", invoice, new)
    return Result(shown_as_sent(call, "Invoice", INVOICE, new))


def _open_invoices(account: Account, customer: Record, currency: str, cutoff: int) -> list[Record]:
    """Return the issued and open invoices of a customer, and of children that are billed to it."""
    children = account.store.page("customer", conditions=[Condition(_CHILDREN, [customer["id"]])])
    found: list[Record] = []
    for each in (customer, *children):
        conditions = [Condition(f"{column('customer')} = ? AND {_OPEN}", [each["id"], currency, cutoff])]
        found += account.store.page("invoice", conditions=conditions, limit=_MAX_INVOICES)
    usable = (each for each in found if not (each["consolidated"] or each["voided"] or is_pending(each)))
    return sorted(usable, key=lambda invoice: (invoice["date"], invoice["id"]))[:_MAX_INVOICES]


def _notes(account: Account, invoice: Record) -> list[Record]:
    """Return the credit notes that are linked to an invoice."""
    return account.store.page("credit_note", conditions=[Condition(_OF_INVOICE, [invoice["id"]])])


def _line(document: Record, sign: int) -> dict[str, Any]:
    """Return the line for a document, which keeps its total to the cent whatever its rates were."""
    of = {"discountable": False, "taxable": False, "quantity": 1}
    return {"name": f"{document['name']} {document['number']}", "unit_cost": sign * exact(document["total"]), **of}


def _move_payments(account: Account, invoice: Record, new: Record, notes: Sequence[Record]) -> Record:
    """Let payments of an invoice be applied to the new one. What its own credit notes credited is in its lines."""
    for payment in payments_of(account, invoice["id"]):
        parts = [
            {**part, "invoice": new["id"]} if part.get("invoice") == invoice["id"] else part
            for part in payment["applied_to"]
        ]
        account.write("payment", payment["id"], {**payment, "applied_to": _merged(account, payment, parts)})
    in_lines = sum((exact(note["amount_applied_to_invoice"]) for note in notes), Decimal(0))
    credited = exact(invoice["amount_credited"]) - in_lines
    paid = exact(invoice["amount_paid"])
    if not paid and not credited:
        return new
    return apply(account, "invoice", new["id"], date=account.now, amount_paid=paid, amount_credited=credited)


def _merged(account: Account, payment: Record, parts: Sequence[Record]) -> list[Record]:
    """Return what a payment is applied to, with one part in place of those that are now about the same (8.4)."""
    merged: dict[tuple[Any, ...], Record] = {}
    for part in parts:
        first = merged.get(identity(part))
        if first is None:
            merged[identity(part)] = part
            continue
        amount = exact(part["amount"])
        if part["type"] == "applied_credit":
            set_entry(account, payment, part, amount)
            set_entry(account, payment, first, -amount)
        merged[identity(part)] = {**first, "amount": rounded(exact(first["amount"]) + amount, payment["currency"])}
    return [*merged.values()]


def _replace(account: Account, record_type: str, document: Record, new: Record) -> None:
    """Void a document, of which the consolidated invoice tells."""
    replaced = {"voided": True, "date_voided": account.now, "consolidated_invoice_id": new["id"]}
    store_document(account, record_type, {**document, **replaced})
