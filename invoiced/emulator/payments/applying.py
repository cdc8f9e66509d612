"""What the applications of a payment change: documents and the credit balance (billing.md 8.6, 8.7)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoiced.emulator.documents.amounts import apply, apply_credit_note
from invoiced.emulator.documents.creation import create_document
from invoiced.emulator.documents.states import store_document
from invoiced.emulator.payments.applications import CASH_TYPES, payments_of, target
from invoiced.emulator.payments.credits import check_history, set_entry
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import exact

_CREDITING = {"credit_note", "document_adjustment"}


def replace_applications(
    account: Account, payment: Record, before: Sequence[Record], after: Sequence[Record], param: str | None
) -> None:
    """Take back the applications of a payment that are no longer there, and apply the others. They are matched by ID.

    `ApiError` with `param` if the credit balance would be below zero at any time.
    """
    former = {each["id"]: exact(each["amount"]) for each in before}
    kept = {each["id"] for each in after}
    for application in before:
        if application["id"] not in kept:
            _change(account, payment, application, -exact(application["amount"]))
    for application in after:
        _change(account, payment, application, exact(application["amount"]) - former.get(application["id"], Decimal(0)))
        if application.get("short_pay") and application["id"] not in former:
            _short_pay(account, application)
    if before:
        for invoice_id in {each["invoice"] for each in (*before, *after) if target(each) == "invoice"}:
            _set_date_paid(account, invoice_id)
    if payment["customer"] is not None:
        check_history(account, payment["customer"], payment["currency"], param)


def await_settlement(account: Account, application: Record, change: int) -> None:
    """Mark the invoice of an application as pending, or no longer so (9.4)."""
    if application["type"] == "invoice":
        apply(account, "invoice", application["invoice"], pending=change)


def is_settled_later(application: Record) -> bool:
    """Return whether an application waits for a charge that is pending: credits are used up at once."""
    return application["type"] in CASH_TYPES


def _change(account: Account, payment: Record, application: Record, change: Decimal) -> None:
    """Add an amount to what an application has changed, or take it back if the amount is negative (8.6)."""
    kind, document_type = application["type"], target(application)
    date = payment["date"] if change > 0 else None
    if kind == "credit_note" and document_type is None:
        apply(account, "credit_note", application["credit_note"], amount_credited=change)
    elif kind == "credit_note":
        apply(account, "credit_note", application["credit_note"], amount_applied_to_invoice=change)
    if kind == "applied_credit" and document_type != "estimate":  # A deposit is credit again.
        set_entry(account, payment, application, -change)
    if document_type == "invoice":
        paid, credited = (Decimal(0), change) if kind in _CREDITING else (change, Decimal(0))
        apply(account, "invoice", application["invoice"], date=date, amount_paid=paid, amount_credited=credited)
    elif document_type == "estimate":
        _pay_deposit(account, application, change)
    elif document_type == "credit_note":
        apply(account, "credit_note", application["credit_note"], amount_credited=change)
    if kind in ("credit", "estimate") or (kind == "credit_note" and document_type in (None, "estimate")):
        set_entry(account, payment, application, change)


def _set_date_paid(account: Account, invoice_id: RecordId) -> None:
    """Set when a paid invoice was paid, after one of its payments was changed or voided (3.10, 8.8)."""
    invoice = account.find("invoice", invoice_id)
    dates = [payment["date"] for payment in payments_of(account, invoice_id)] if invoice and invoice["paid"] else []
    if invoice is not None and dates:
        store_document(account, "invoice", {**invoice, "date_paid": max(dates)})


def _pay_deposit(account: Account, application: Record, change: Decimal) -> None:
    """Mark the deposit of an estimate as paid, which is never undone (7.3)."""
    estimate = account.find("estimate", application["estimate"])
    if estimate is not None and change > 0 and exact(estimate["deposit"] or 0) > 0:
        store_document(account, "estimate", {**estimate, "draft": False, "deposit_paid": True})


def _short_pay(account: Account, application: Record) -> None:
    """Credit what a customer does not pay of an invoice: its total less the amount (8.7)."""
    invoice = account.find("invoice", application["invoice"])
    assert invoice is not None
    rest = exact(invoice["total"]) - exact(application["amount"])
    if rest <= 0:
        return
    line = {"name": "Short Pay", "quantity": 1, "unit_cost": rest, "taxable": False}
    fields = {"customer": invoice["customer"], "currency": invoice["currency"], "invoice": invoice["id"]}
    note = create_document(
        account, "credit_note", {**fields, "name": "Short Pay", "items": [line], "calculate_taxes": False}
    )
    apply_credit_note(account, note, invoice["id"], rest)
