"""Changes of documents, and when they are refused (billing.md 3.14 to 3.20, 6.5, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.documents.automatic_taxes import assessed
from invoiced.emulator.documents.creation import AUTOPAY_TERMS, NAMES, check_number, disabled_methods, ship_to
from invoiced.emulator.documents.lines import lines_of
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, entries, sent_entries
from invoiced.emulator.documents.states import is_pending, payment_plan_of, store_document
from invoiced.emulator.documents.terms import due_date
from invoiced.emulator.documents.totals import calculate
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.metadata import as_stored
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import exact

# What has a rule of its own, below.
_WITH_RULES = {"items", "discounts", "taxes", "customer", "number", "ship_to", "disabled_payment_methods", "currency"}


def change_document(account: Account, record_type: str, document: Record, sent: Mapping[str, Any]) -> None:
    """Change a document as a request does, and store it."""
    _check_state(document, sent)
    before = {**document}
    if "number" in sent and str(sent["number"]).strip().lower() != document["number"].lower():
        document["number"] = check_number(account, record_type, sent["number"])
    known = {name: value for name, value in sent.items() if name in document and name not in _WITH_RULES}
    not_null = ("name", "draft", "closed", "sent", "date", "autopay", "late_fees", "chase", "needs_attention")
    document |= {name: value for name, value in known.items() if value is not None or name not in not_null}
    _set_details(account, document, sent)
    _set_amounts(account, document, sent)
    if "due_date" in document:
        _set_terms(document, sent, before)
    if exact(document["total"]) != exact(before["total"]) and _has_fixed_total(account, document):  # 3.15
        raise ApiError(400, "The total cannot change while a payment is pending or a payment plan is active.", "total")
    store_document(account, record_type, document)


def void_document(account: Account, record_type: str, document: Record) -> None:
    """Void a document from which nothing has been paid or used (3.18, 6.5, 7.5)."""
    if document["voided"]:
        raise ApiError(400, f"This {NAMES[record_type].lower()} is voided already.")
    _check_unused(record_type, document, param=None)
    document |= {"voided": True, "date_voided": account.now}
    store_document(account, record_type, document)


def delete_document(account: Account, record_type: str, document: Record) -> None:
    """Delete a document from which nothing has been paid or used (3.19, 6.5, 7.5)."""
    if not document["voided"]:
        _check_unused(record_type, document, param="voided")
    for task in (f"{record_type} changes", "payment attempt"):
        account.store.schedule(task, document["id"], None)
    account.remove(record_type, document["id"])


def _check_state(document: Record, sent: Mapping[str, Any]) -> None:
    if document["voided"]:  # 3.15
        raise ApiError(400, "A voided document cannot be changed.", "voided")
    if document["closed"] and sent.get("closed") is not False:
        message = "A closed document, such as a paid one, cannot be changed, unless closed is false in the request."
        raise ApiError(400, message, "closed")
    customer = sent.get("customer")
    customer = customer.get("id") if isinstance(customer, Mapping) else customer
    if customer is not None and customer != document["customer"]:  # 3.2
        raise ApiError(400, "The customer of a document cannot be changed.", "customer")
    if sent.get("draft") and not document["draft"]:  # 3.14
        raise ApiError(400, "A document that was issued cannot become a draft again.", "draft")


def _set_details(account: Account, document: Record, sent: Mapping[str, Any]) -> None:
    if "ship_to" in document and "ship_to" in sent:  # 3.17
        address = sent["ship_to"]
        document["ship_to"] = None if address is None else ship_to(account, address, document["ship_to"] or {})
    if sent.get("disabled_payment_methods") is not None and "disabled_payment_methods" in document:
        document["disabled_payment_methods"] = disabled_methods(sent["disabled_payment_methods"])
    if sent.get("sent") and "last_sent" in document:  # 3.20
        document["last_sent"] = account.now
    if sent.get("currency") is not None:
        document["currency"] = currency_code(str(sent["currency"]))
    if "metadata" in sent:
        document["metadata"] = as_stored(sent["metadata"] or {})


def _set_amounts(account: Account, document: Record, sent: Mapping[str, Any]) -> None:
    """Replace lines, discounts and taxes (3.16). If any are sent, all amounts are calculated again."""
    rates = {kind: sent_entries(sent, kind) for kind in (DISCOUNTS, TAXES)}
    if sent.get("items") is not None:
        document["items"] = lines_of(account, sent["items"], document["items"])
        for line in document["items"]:
            line["customer"] = document["customer"]
    for kind, listed in rates.items():
        if listed is not None:
            document[kind.name] = entries(account, kind, listed, document[kind.name])
    if sent.get("calculate_taxes"):  # 2.8
        customer = account.find("customer", document["customer"])
        if customer and (found := assessed(account, customer, document.get("ship_to"))):
            document["taxes"] = entries(account, TAXES, found)
    if (
        sent.get("items") is not None
        or sent.get("currency")
        or sent.get("calculate_taxes")
        or any(listed is not None for listed in rates.values())
    ):
        calculate(document)


def _set_terms(invoice: Record, sent: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Let AutoPay replace the terms (3.7), and calculate the due date again if the date or the terms change (3.6)."""
    if invoice["payment_plan"]:
        return
    if invoice["autopay"]:
        invoice["payment_terms"] = AUTOPAY_TERMS
    is_changed = any(invoice[name] != before[name] for name in ("date", "payment_terms"))
    if is_changed and invoice["payment_terms"] and "due_date" not in sent:
        invoice["due_date"] = due_date(invoice["date"], invoice["payment_terms"])


def _has_fixed_total(account: Account, document: Record) -> bool:
    if is_pending(document):
        return True
    plan = payment_plan_of(account, document)
    return plan is not None and plan["status"] == "active"


_USED = {
    "invoice": ("amount_paid", "amount_credited"),
    "credit_note": ("amount_applied_to_invoice", "amount_credited", "amount_refunded"),
}


def _check_unused(record_type: str, document: Record, *, param: str | None) -> None:
    is_used = any(exact(document[name]) > 0 for name in _USED.get(record_type, ()))
    if record_type == "estimate":
        is_used = document["invoice"] is not None or document["deposit_paid"]
    if is_used or is_pending(document):
        message = (
            f"This {NAMES[record_type].lower()} is in use: something was paid, applied or converted. Undo that first."
        )
        raise ApiError(400, message, param)
