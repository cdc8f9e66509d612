"""Balances and statuses of documents, which follow from what stands in them (billing.md 3.8 to 3.12, 6.1, 6.3, 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from invoiced.emulator.documents.rates import DISCOUNTS
from invoiced.emulator.documents.totals import calculate
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import DAY, HOUR

PENDING = "_pending"
"""Hidden property of an invoice: how many of its payments are pending."""

PLANNED = "_planned_attempt"
"""Hidden property of an invoice that is not collected now: when the next attempt was planned."""

_NOTHING = Decimal(0)


def store_document(account: Account, record_type: str, document: Record, *, is_new: bool = False) -> None:
    """Work out the balance and the status of a document, store it, and plan when its status changes by itself."""
    before = None if is_new else account.find(record_type, document["id"])
    _FOLLOWING[record_type](account, document, before or {})
    if is_new:
        account.add(record_type, document["id"], document)
    elif document != before:
        document["updated_at"] = account.now
        account.write(record_type, document["id"], document)
    if document.get("paid") and not (before or {}).get("paid") and record_type == "invoice":
        account.record_event("invoice.paid", record_type, document)
    account.store.schedule(f"{record_type} changes", document["id"], _next_change(account, document))
    statuses = {document["status"], (before or {}).get("status")}
    if document.get("subscription") and len(statuses) > 1 and "past_due" in statuses:
        account.store.schedule("subscription invoices", document["subscription"], account.now)
    if record_type == "invoice":
        account.store.schedule("payment attempt", document["id"], document["next_payment_attempt"])


def refresh_document(account: Account, record_id: RecordId, *, record_type: str) -> None:
    """Change the status of a document whose time has come, and remove discounts that have expired."""
    document = account.find(record_type, record_id)
    if document is not None:
        _remove_expired(account, document)
        store_document(account, record_type, document)


def is_pending(invoice: Record) -> bool:
    """Return whether a payment of an invoice is pending."""
    return bool(invoice.get(PENDING))


def payment_plan_of(account: Account, document: Record) -> Record | None:
    """Return the payment plan of an invoice. Other documents have none."""
    return account.find("payment_plan", document["payment_plan"]) if document.get("payment_plan") else None


def installments(account: Account, invoice: Record) -> list[Record]:
    """Return the installments of the payment plan of an invoice."""
    plan = payment_plan_of(account, invoice)
    return plan["installments"] if plan else []


def _activate_plan(account: Account, invoice: Record) -> None:
    """Activate a plan that waits for the customer to sign up for AutoPay, as soon as AutoPay is off (4.3)."""
    plan = payment_plan_of(account, invoice)
    if plan is not None and plan["status"] == "pending_signup" and not invoice["autopay"]:
        account.write("payment_plan", plan["id"], {**plan, "status": "active", "updated_at": account.now})


def _remove_expired(account: Account, document: Record) -> None:
    """Remove discounts that have expired from an open document, whose total rises (2.10)."""
    expired = [each for each in document["discounts"] if each["expires"] and each["expires"] < account.now]
    if not expired:
        return
    if document["closed"] or document.get("paid") or document["voided"]:
        for discount in expired:
            discount["expires"] = None
        return
    document[DISCOUNTS.name] = [each for each in document["discounts"] if each not in expired]
    calculate(document)


def _next_change(account: Account, document: Record) -> int | None:
    """Return when the document changes by itself, in Unix seconds."""
    times = [document.get("due_date"), document.get("expiration_date")]
    coming = [time + 1 for time in times if time is not None and time >= account.now]
    expirations = (discount["expires"] for discount in document["discounts"])
    coming += [max(time + 1, account.now) for time in expirations if time is not None]  # Also what has expired already.
    if document.get("payment_plan"):
        coming += [each["date"] for each in installments(account, document) if each["date"] > account.now]
    return min(coming, default=None)


def _invoice(account: Account, invoice: Record, before: Record) -> None:
    _activate_plan(account, invoice)
    paid, credited = (max(_NOTHING, exact(invoice[name])) for name in ("amount_paid", "amount_credited"))
    balance = rounded(exact(invoice["total"]) - paid - credited, invoice["currency"])  # 3.10
    is_issued = not invoice["draft"] and not invoice["voided"]
    invoice["balance"] = _NOTHING if invoice["voided"] else balance
    is_written_off = invoice["closed"] and invoice["date_bad_debt"] is not None
    was_closed = not before and invoice["closed"]
    invoice["paid"] = balance <= 0 and is_issued and not is_written_off and not was_closed
    if invoice["paid"] and not before.get("paid"):
        invoice["closed"] = True
    if before.get("paid") and not invoice["paid"]:
        invoice["closed"] = invoice["voided"] and invoice["closed"]
    invoice["date_paid"] = (invoice["date_paid"] or account.now) if invoice["paid"] else None
    invoice["status"] = _status_of_invoice(account, invoice, is_written_off)
    invoice["collection_mode"] = "auto" if invoice["autopay"] else "manual"
    _plan_payment_attempt(account, invoice, is_issued)


def _status_of_invoice(account: Account, invoice: Record, is_written_off: bool) -> str:
    """Return the first status that fits (3.12)."""
    due, attempts = invoice["due_date"], invoice["attempt_count"]
    overdue = any(each["date"] <= account.now and each["balance"] > 0 for each in installments(account, invoice))
    statuses = (
        ("voided", invoice["voided"]),
        ("draft", invoice["draft"]),
        ("paid", invoice["paid"]),
        ("bad_debt", is_written_off),
        ("pending", is_pending(invoice)),
        ("past_due", invoice["autopay"] and due is None and attempts > 0),
        ("past_due", overdue),
        ("past_due", due is not None and due < account.now),
        ("viewed", invoice["viewed"]),
        ("sent", invoice["sent"]),
    )
    return next((status for status, fits in statuses if fits), "not_sent")


def _plan_payment_attempt(account: Account, invoice: Record, is_issued: bool) -> None:
    """Set when the service tries to collect an AutoPay invoice: for the first time (3.8), or again after a pause."""
    is_collected = invoice["autopay"] and is_issued and not invoice["closed"] and not invoice["paid"]
    if not is_collected or is_pending(invoice):
        invoice[PLANNED] = invoice["next_payment_attempt"] or invoice.get(PLANNED)
        invoice["next_payment_attempt"] = None
    elif invoice["next_payment_attempt"] is None and invoice.get(PLANNED):
        invoice["next_payment_attempt"] = max(invoice.pop(PLANNED), account.now)
    elif invoice["next_payment_attempt"] is None and not invoice["attempt_count"]:
        invoice["next_payment_attempt"] = _first_attempt(account, invoice)


def _first_attempt(account: Account, invoice: Record) -> int | None:
    """Return when an invoice is collected for the first time, in Unix seconds; with a plan, its first installment."""
    if invoice["payment_plan"]:
        plan = payment_plan_of(account, invoice)
        unpaid = [each["date"] for each in installments(account, invoice) if each["balance"] > 0]
        return max(unpaid[0], account.now) if plan and plan["status"] == "active" and unpaid else None
    customer = account.find("customer", invoice["customer"]) or {}
    delay = max(0, customer.get("autopay_delay_days") or 0) * DAY
    return int(max(invoice["date"] + delay, account.now + HOUR))


def _credit_note(account: Account, note: Record, before: Record) -> None:
    used = sum((exact(note[name]) for name in CREDIT_NOTE_AMOUNTS), _NOTHING)
    note["balance"] = rounded(exact(note["total"]) - used, note["currency"])  # 6.3
    is_issued = not note["draft"] and not note["voided"]
    note["paid"] = note["balance"] <= 0 and is_issued and not (not before and note["closed"])
    if note["paid"] and not before.get("paid"):
        note["closed"] = True
    if before.get("paid") and not note["paid"] and not note["voided"]:
        note["closed"] = False
    if note["voided"]:
        note["balance"] = _NOTHING
    note["status"] = next((status for status in ("voided", "draft", "paid", "closed") if note[status]), "open")  # 6.1


CREDIT_NOTE_AMOUNTS = ("amount_applied_to_invoice", "amount_credited", "amount_refunded")
"""What of a credit note has been used, and how."""


def _estimate(account: Account, estimate: Record, before: Record) -> None:
    needs_deposit = exact(estimate["deposit"] or 0) > 0 and not estimate["deposit_paid"]
    is_new = any(estimate[name] and not before.get(name) for name in ("approved", "deposit_paid"))
    is_done = estimate["invoice"] is not None or (estimate["approved"] and is_new)
    if is_done and not needs_deposit:  # 7.2
        estimate["closed"] = True
    expires = estimate["expiration_date"]
    statuses = (  # 7.1
        ("voided", estimate["voided"]),
        ("draft", estimate["draft"]),
        ("invoiced", estimate["invoice"] is not None),
        ("approved", bool(estimate["approved"])),
        ("declined", estimate["closed"]),
        ("expired", expires is not None and expires < account.now),
        ("viewed", estimate["viewed"]),
        ("sent", estimate["sent"]),
    )
    estimate["status"] = next((status for status, fits in statuses if fits), "not_sent")


_FOLLOWING: Mapping[str, Callable[[Account, Record, Record], None]] = {
    "invoice": _invoice,
    "credit_note": _credit_note,
    "estimate": _estimate,
}
