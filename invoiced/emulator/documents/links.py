"""The links of documents to the pages of customers (billing.md 3.18, 3.21)."""

from __future__ import annotations

from invoiced.emulator.documents.states import is_pending, payment_plan_of
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record

PREFIX = "/portal/"
"""Start of the paths of documents, which customers open without an API key."""

FOLDERS = {"invoice": "invoices", "credit_note": "credit_notes", "estimate": "estimates", "payment": "payments"}
"""By record type, the part of the path that follows."""

_TOKEN_BYTES = 24


def new_path(account: Account, record_type: str) -> str:
    """Return the path of the page of a new document, which nobody can guess."""
    return f"{PREFIX}{FOLDERS[record_type]}/emulator/{account.token(_TOKEN_BYTES)}"


def with_links(account: Account, document: Record) -> Record:
    """Return a document with links to this host."""
    path = document["url"]
    page = f"{account.origin}{path}" if path and not document["voided"] else None  # 3.18
    links = {"url": page, **{f"{kind}_url": page and f"{page}/{kind}" for kind in ("pdf", "csv")}}
    links["payment_url"] = page and f"{page}/payment" if page and _can_be_paid(account, document) else None
    return document | {name: link for name, link in links.items() if name in document}


def _can_be_paid(account: Account, document: Record) -> bool:
    """Return whether a customer can pay an invoice on its page (3.21)."""
    if document["object"] != "invoice" or document["closed"] or document["paid"] or is_pending(document):
        return False
    if not document["autopay"]:
        return True
    if document["payment_plan"]:
        plan = payment_plan_of(account, document)
        return plan is None or plan["status"] != "pending_signup"
    customer = account.find("customer", document["customer"]) or {}
    is_collected = not document["attempt_count"] or document["next_payment_attempt"] is not None
    return not (customer.get("payment_source") and is_collected)
