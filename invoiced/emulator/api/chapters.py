"""The chapters of the API: which rules apply to which kinds of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from invoiced.emulator.catalog.items import ITEM
from invoiced.emulator.catalog.plans import PLAN
from invoiced.emulator.catalog.rates import COUPON, TAX_RATE
from invoiced.emulator.catalog.tax_rules import TAX_RULE
from invoiced.emulator.customers.contacts import CONTACT
from invoiced.emulator.customers.customers import CUSTOMER
from invoiced.emulator.customers.notes import NOTE, TASK
from invoiced.emulator.documents.late_fees import LATE_FEE_SCHEDULE, RUN, charge_late_fees
from invoiced.emulator.documents.operations import CREDIT_NOTE, ESTIMATE
from invoiced.emulator.documents.pending_lines import PENDING_LINE
from invoiced.emulator.documents.states import refresh_credit_note, refresh_estimate, refresh_invoice
from invoiced.emulator.payments import charging, collecting
from invoiced.emulator.payments.adjustments import CREDIT_BALANCE_ADJUSTMENT
from invoiced.emulator.payments.operations import CHARGE, PAID_INVOICE, PAYMENT, REFUND
from invoiced.emulator.payments.plans import PAYMENT_PLAN
from invoiced.emulator.payments.sources import PAYMENT_SOURCE
from invoiced.emulator.records import lists, records
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.schedule.tasks import Task
from invoiced.emulator.settings.members import MEMBER
from invoiced.emulator.settings.settings import CUSTOM_FIELD, REPORT, THEME, WEBHOOK
from invoiced.emulator.subscriptions import states as subscription_states
from invoiced.emulator.subscriptions.billing import bill_when_due
from invoiced.emulator.subscriptions.subscriptions import PREVIEW, SUBSCRIPTION

BEHAVIOURS: Mapping[str, Behaviour] = {
    "customer": CUSTOMER,
    "contact": CONTACT,
    "invoice": PAID_INVOICE,
    "credit_note": CREDIT_NOTE,
    "estimate": ESTIMATE,
    "payment": PAYMENT,
    "payment_plan": PAYMENT_PLAN,
    "charge": CHARGE,
    "refund": REFUND,
    "payment_source": PAYMENT_SOURCE,
    "subscription": SUBSCRIPTION,
    "subscription_preview": PREVIEW,
    "note": NOTE,
    "member": MEMBER,
    "pending_line_item": PENDING_LINE,
    "credit_balance_adjustment": CREDIT_BALANCE_ADJUSTMENT,
    "custom_field": CUSTOM_FIELD,
    "event": Behaviour(direction="DESC"),
    "coupon": COUPON,
    "item": ITEM,
    "late_fee_schedule": LATE_FEE_SCHEDULE,
    "plan": PLAN,
    "tax_rate": TAX_RATE,
    "tax_rule": TAX_RULE,
    "report": REPORT,
    "task": TASK,
    "theme": THEME,
    "webhook": WEBHOOK,
    "webhook_attempt": Behaviour(direction="DESC"),
}
"""Behavior by record type. The other resources do exactly what their description says."""

RENDERERS = {record_type: behaviour.render for record_type, behaviour in BEHAVIOURS.items()}

TASKS: Mapping[str, Task] = {
    "invoice changes": refresh_invoice,
    "credit_note changes": refresh_credit_note,
    "estimate changes": refresh_estimate,
    charging.SETTLEMENT: charging.settle,
    collecting.ATTEMPT: collecting.attempt,
    RUN: charge_late_fees,
    subscription_states.BILL: bill_when_due,
    subscription_states.START: subscription_states.start,
    subscription_states.RENEWAL: subscription_states.refresh,
    subscription_states.INVOICES: subscription_states.refresh,
}
"""What the service does by itself, by the name of the task."""

ACTIONS: Mapping[str, Callable[[Call, Behaviour], Result]] = {
    "create": records.create,
    "retrieve": records.retrieve,
    "update": records.update,
    "delete": records.delete,
    "list": lists.list_records,
}
