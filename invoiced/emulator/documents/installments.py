"""The installments of payment plans, which payments and credit notes fill from the earliest (billing.md 4.4)."""

from __future__ import annotations

from decimal import Decimal

from invoiced.emulator.documents.states import payment_plan_of
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact

PLAN = "payment_plan"
ACTIVE, FINISHED, CANCELED, WAITING = "active", "finished", "canceled", "pending_signup"


def first_unpaid(plan: Record) -> Record | None:
    """Return the earliest installment that is not paid."""
    return next((each for each in plan["installments"] if exact(each["balance"]) > 0), None)


def fill(account: Account, invoice: Record, change: Decimal) -> None:
    """Fill the installments of an invoice from the earliest, or empty them from the latest if negative (4.4)."""
    plan = payment_plan_of(account, invoice)
    if plan is None or not change:
        return
    installments = plan["installments"]
    if change > sum(exact(each["balance"]) for each in installments):
        return  # A payment larger than the open installments leaves them unchanged.
    rest = abs(change)
    for each in installments if change > 0 else reversed(installments):
        open_part, whole = exact(each["balance"]), exact(each["amount"])
        moved = min(rest, open_part if change > 0 else whole - open_part)
        each["balance"] = open_part - moved if change > 0 else open_part + moved
        rest -= moved
    is_done = first_unpaid(plan) is None
    if plan["status"] in (ACTIVE, FINISHED):
        plan["status"] = FINISHED if is_done else ACTIVE
    account.write(PLAN, plan["id"], {**plan, "updated_at": account.now})
