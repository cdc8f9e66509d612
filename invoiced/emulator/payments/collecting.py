"""AutoPay: what the service collects by itself, and on demand (billing.md 3.8, 3.9, 3.25)."""

from __future__ import annotations

from invoiced.emulator.documents.installments import ACTIVE, first_unpaid
from invoiced.emulator.documents.states import payment_plan_of, store_document
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.charging import Terms, charge
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import exact
from invoiced.emulator.values.times import DAY, HOUR

ATTEMPT = "payment attempt"
"""Name of the task that collects an invoice."""

NONPAYMENT = "subscription nonpayment"
"""Name of the task that cancels a subscription because AutoPay gave up an invoice of it (catalog.md 1.18)."""

_STEPS = (3, 5, 7)
"""Days from a failed attempt to the next one (3.9)."""


def pay(account: Account, invoice: Record) -> Record:
    """Charge an invoice now, and return it as it is then. `ApiError` 400 if that is not possible (3.25)."""
    _check(account, invoice)
    customer = account.find("customer", invoice["customer"]) or {}
    source = invoice["payment_source"] or customer["payment_source"]
    is_due = (invoice["next_payment_attempt"] or account.now + 1) <= account.now
    if source is None:
        _count_failure(account, invoice)
        raise ApiError(400, "There is no payment source to charge. Store one first.", keeps_changes=True)
    if source["object"] == "bank_account" and not source["verified"]:
        raise ApiError(400, "The bank account has not been verified.")
    applied = [{"type": "invoice", "invoice": invoice["id"], "amount": _amount(account, invoice)}]
    try:
        charge(account, customer, applied, source=source, terms=Terms(origin="autopay"))
    except ApiError as error:
        if is_due and error.keeps_changes:
            _count_failure(account, invoice)
        raise
    return _count_success(account, invoice["id"])


def attempt(account: Account, invoice_id: RecordId) -> None:
    """Try to collect an invoice at its `next_payment_attempt`, unless AutoPay has nothing to do for it any more."""
    invoice = account.find("invoice", invoice_id)
    if invoice is None or invoice["next_payment_attempt"] is None:
        return
    if invoice["next_payment_attempt"] > account.now:
        account.store.schedule(ATTEMPT, invoice_id, invoice["next_payment_attempt"])
        return
    try:
        _check(account, invoice)
    except ApiError:
        store_document(account, "invoice", {**invoice, "next_payment_attempt": None})
        return
    try:
        pay(account, invoice)
    except ApiError as error:
        if not error.keeps_changes:  # Otherwise `pay` has counted it.
            _count_failure(account, invoice)


def next_collection(account: Account, plan: Record) -> int | None:
    """Return when the next installment of a plan is collected."""
    due = first_unpaid(plan) if plan["status"] == ACTIVE else None
    return max(due["date"], account.now + HOUR) if due else None


def _check(account: Account, invoice: Record) -> None:
    plan = payment_plan_of(account, invoice)
    refusals = (
        (not invoice["autopay"], "AutoPay is off for this invoice."),
        (invoice["closed"] and not invoice["paid"], "The invoice is closed."),
        (invoice["voided"], "The invoice is voided."),
        (invoice["paid"], "The invoice is paid."),
        (invoice["draft"], "The invoice is a draft. Issue it first."),
        (plan is not None and plan["status"] != ACTIVE, "The payment plan of the invoice is not active."),
    )
    for is_refused, message in refusals:
        if is_refused:
            raise ApiError(400, message)


def _amount(account: Account, invoice: Record) -> object:
    """Return what is collected: the balance, or that of the first installment that is not paid."""
    plan = payment_plan_of(account, invoice)
    due = first_unpaid(plan) if plan else None
    return exact((due or invoice)["balance"])


def _count_failure(account: Account, invoice: Record) -> None:
    """Count a failed attempt, and plan the next one (3.9)."""
    invoice = account.find("invoice", invoice["id"]) or invoice
    planned, count = invoice["next_payment_attempt"] or account.now, invoice["attempt_count"] + 1
    coming = max(account.now + DAY, planned + _STEPS[count - 1] * DAY) if count <= len(_STEPS) else None
    store_document(account, "invoice", {**invoice, "attempt_count": count, "next_payment_attempt": coming})
    if coming is None and invoice["subscription"] is not None and account.settings.after_subscription_nonpayment:
        account.store.schedule(NONPAYMENT, invoice["subscription"], account.now)


def _count_success(account: Account, invoice_id: RecordId) -> Record:
    invoice = account.find("invoice", invoice_id)
    assert invoice is not None
    plan = payment_plan_of(account, invoice)
    invoice["attempt_count"] += 1
    invoice["next_payment_attempt"] = next_collection(account, plan) if plan else None
    store_document(account, "invoice", invoice)
    return account.find("invoice", invoice_id) or invoice
