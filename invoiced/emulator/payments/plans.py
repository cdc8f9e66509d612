"""Payment plans (billing.md 4)."""

from __future__ import annotations

from decimal import Decimal

from invoiced.emulator.documents.installments import ACTIVE, CANCELED, FINISHED, PLAN, WAITING
from invoiced.emulator.documents.states import payment_plan_of, store_document
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.payments.collecting import next_collection
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import DAY

_MAX_INSTALLMENTS = 100
_TERMS = "Payment Plan"


def _put(call: Call) -> Result:
    """Respond with the plan that pays an invoice from now on."""
    invoice = _invoice(call)
    for name in ("closed", "voided"):  # 4.2
        if invoice[name]:
            raise ApiError(400, f"The invoice is {name}.", name)
    autopay = call.body.get("autopay") is not False
    installments = sorted(_installments(call, invoice), key=lambda each: each["date"])
    waits = autopay and call.body.get("require_approval") is True
    former = payment_plan_of(call, invoice)
    if former is not None:
        call.write(PLAN, former["id"], {**former, "status": CANCELED, "updated_at": call.now})
    plan = new_record(call, "PaymentPlan", {"status": WAITING if waits else ACTIVE, "installments": installments})
    call.add(PLAN, plan["id"], plan)
    invoice |= {"payment_plan": plan["id"], "autopay": autopay, "payment_terms": _TERMS, "attempt_count": 0}  # 4.3
    invoice["due_date"] = installments[-1]["date"] + DAY
    invoice["next_payment_attempt"] = next_collection(call, plan) if autopay else None
    store_document(call, "invoice", invoice)
    return Result(plan)


def _get(call: Call) -> Result:
    return Result(_plan(call, _invoice(call)))


def _cancel(call: Call) -> Result:
    """Cancel the plan of an invoice, which then has neither terms nor a due date (4.5)."""
    invoice = _invoice(call)
    plan = _plan(call, invoice)
    if plan["status"] == FINISHED:
        raise ApiError(500, "The payment plan is finished.")
    call.write(PLAN, plan["id"], {**plan, "status": CANCELED, "updated_at": call.now})
    none = dict.fromkeys(("payment_plan", "payment_terms", "due_date", "next_payment_attempt"))
    store_document(call, "invoice", {**invoice, **none, "autopay": False})
    return Result()


def _invoice(call: Call) -> Record:
    invoice = call.find("invoice", call.ids["invoice_id"])
    if invoice is None:
        raise not_found("invoice", call.ids["invoice_id"])
    return invoice


def _plan(call: Call, invoice: Record) -> Record:
    plan = payment_plan_of(call, invoice)
    if plan is None:
        raise ApiError(400, "This invoice has no payment plan.")
    return plan


def _installments(call: Call, invoice: Record) -> list[Record]:
    """Return the installments that are sent. `ApiError` if they cannot pay the invoice (4.2)."""
    sent = call.body.get("installments") or []
    if not 1 <= len(sent) <= _MAX_INSTALLMENTS:
        raise ApiError(400, f"A payment plan has 1 to {_MAX_INSTALLMENTS} installments.")
    installments = []
    for each in sent:
        amount = rounded(exact(each["amount"]), invoice["currency"])
        if amount <= 0:
            raise ApiError(400, "The amount of an installment must be above 0.")
        balance = amount if each.get("balance") is None else rounded(exact(each["balance"]), invoice["currency"])
        assigned = {"id": call.store.next("id"), "updated_at": call.now}
        installments.append({**assigned, "date": each["date"], "amount": amount, "balance": balance})
    total = sum((each["balance"] for each in installments), Decimal(0))
    if not invoice["balance"] or total != exact(invoice["balance"]):
        message = (
            f"The balances of the installments are {total} together, and that of the invoice {invoice['balance']}."
        )
        raise ApiError(400, message)
    if any(discount["expires"] for discount in invoice["discounts"]):
        raise ApiError(400, "An invoice with a discount that expires cannot have a payment plan.")
    return installments


PAYMENT_PLAN = Behaviour(
    operations={
        "Invoice.payment_plan.create": _put,
        "Invoice.payment_plan.retrieve": _get,
        "Invoice.payment_plan.cancel": _cancel,
    }
)
