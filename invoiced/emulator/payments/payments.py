"""The calls of payments (billing.md 8, 14)."""

from __future__ import annotations

from invoiced.emulator.payments.recording import CHARGE, PATH, change_payment, record_payment, void_payment
from invoiced.emulator.records import accounting
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.storage.store import Record


def payment_result(call: Call, payment: Record) -> Result:
    """Respond with a payment."""
    return Result(shown_as_sent(call, "Payment", RENDERED, payment))


def _create(call: Call) -> Result:
    fields = {name: value for name, value in call.body.items() if name != "applied_to"}
    return payment_result(call, record_payment(call, fields, call.body.get("applied_to") or ()))


def _save(call: Call) -> Result:
    return payment_result(call, change_payment(call, call.record(), call.body))


def _void(call: Call) -> Result:
    return payment_result(call, void_payment(call, call.record()))


def _render(account: Account, payment: Record) -> Record:
    """Return a payment with its charge and a link to its receipt (8.3)."""
    shown = {**payment}
    charge = account.find("charge", payment[CHARGE]) if payment.get(CHARGE) is not None else None
    if charge is not None:
        shown["charge"] = {name: value for name, value in charge.items() if name not in ("customer", "payment")}
    is_complete = payment["balance"] == 0 and payment["customer"] is not None and not payment["voided"]
    path = payment.get(PATH)
    shown["pdf_url"] = f"{account.origin}{path}/pdf" if path and is_complete else None
    return shown


RENDERED = Behaviour(render=_render)
"""How payments are shown, also by calls of others."""

OPERATIONS = {
    "Payment.create": _create,
    "Payment.save": _save,
    "Payment.delete": _void,
    "Payment.accounting_sync_status": accounting.sync_status,
}
