"""The calls of this chapter that belong to payments, charges, refunds and invoices."""

from __future__ import annotations

from dataclasses import replace

from invoiced.emulator.documents.operations import ESTIMATE, INVOICE
from invoiced.emulator.payments.automatic_credits import when_issued
from invoiced.emulator.payments.charges import create_charge, create_refund
from invoiced.emulator.payments.collecting import pay
from invoiced.emulator.payments.payments import OPERATIONS, RENDERED
from invoiced.emulator.payments.recording import CHARGE as CHARGE_ID
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import shown
from invoiced.emulator.storage.store import column


def _pay(call: Call) -> Result:
    """Respond with an invoice that was charged (3.25)."""
    return Result(shown(call, INVOICE, pay(call, call.record())))


PAYMENT = replace(
    RENDERED,
    columns={"charge": column(CHARGE_ID)},  # 13.3
    filters={"automation": "NULL"},  # The emulator has no automations, in which a payment could be.
    operations={**OPERATIONS, "Charge.create": create_charge},
)
_ISSUING = {name: when_issued(INVOICE.operations[name]) for name in ("Invoice.create", "Invoice.save")}
PAID_INVOICE = INVOICE.with_operations({**_ISSUING, "Invoice.pay": _pay})
INVOICED_ESTIMATE = ESTIMATE.with_operations({"Estimate.invoice": when_issued(ESTIMATE.operations["Estimate.invoice"])})
CHARGE = Behaviour()
REFUND = Behaviour(operations={"Refund.create": create_refund})
