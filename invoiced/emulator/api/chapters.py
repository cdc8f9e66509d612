"""The chapters of the API: which rules apply to which kinds of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from invoiced.emulator.catalog.items import ITEM
from invoiced.emulator.catalog.plans import PLAN
from invoiced.emulator.catalog.rates import COUPON, TAX_RATE
from invoiced.emulator.catalog.tax_rules import TAX_RULE
from invoiced.emulator.customers.contacts import CONTACT
from invoiced.emulator.customers.customers import CUSTOMER
from invoiced.emulator.customers.new_customers import with_new_customers
from invoiced.emulator.customers.notes import NOTE
from invoiced.emulator.customers.tasks import TASK
from invoiced.emulator.documents.late_fees import LATE_FEE_SCHEDULE, RUN, charge_late_fees
from invoiced.emulator.documents.pending_lines import PENDING_LINE
from invoiced.emulator.documents.states import refresh_document
from invoiced.emulator.events import webhooks
from invoiced.emulator.events.events import EVENT
from invoiced.emulator.files.attachments import with_attachments
from invoiced.emulator.files.files import FILE
from invoiced.emulator.files.uploads import with_content
from invoiced.emulator.payments import charging, collecting
from invoiced.emulator.payments.adjustments import CREDIT_BALANCE_ADJUSTMENT
from invoiced.emulator.payments.operations import CHARGE, PAYMENT, REFUND
from invoiced.emulator.payments.plans import PAYMENT_PLAN
from invoiced.emulator.payments.sources import PAYMENT_SOURCE
from invoiced.emulator.records import lists, records
from invoiced.emulator.records.account import Listener
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.schedule.tasks import Task
from invoiced.emulator.sending.documents import CREDIT_NOTE, ESTIMATE, INVOICE, with_receipts
from invoiced.emulator.settings.accounting import with_accounting
from invoiced.emulator.settings.chasing_cadences import CHASING_CADENCE
from invoiced.emulator.settings.gl_accounts import GL_ACCOUNT
from invoiced.emulator.settings.invoice_chasing_cadences import INVOICE_CHASING_CADENCE
from invoiced.emulator.settings.members import MEMBER
from invoiced.emulator.settings.payment_settings import MERCHANT_ACCOUNT, PAYMENT_METHOD
from invoiced.emulator.settings.reports import BUILD, REPORT, build_report
from invoiced.emulator.settings.settings import CUSTOM_FIELD, THEME
from invoiced.emulator.settings.sign_up_pages import SIGN_UP_PAGE, SIGN_UP_PAGE_ADDON
from invoiced.emulator.settings.templates import EMAIL_TEMPLATE
from invoiced.emulator.subscriptions import states as subscription_states
from invoiced.emulator.subscriptions.billing import bill_when_due
from invoiced.emulator.subscriptions.subscriptions import PREVIEW, SUBSCRIPTION

BEHAVIOURS: Mapping[str, Behaviour] = {
    "customer": with_accounting(CUSTOMER, "Customer"),
    "contact": CONTACT,
    "payment_plan": PAYMENT_PLAN,
    "charge": CHARGE,
    "refund": REFUND,
    "invoice": with_new_customers(with_accounting(with_attachments(INVOICE, "Invoice"), "Invoice"), "Invoice"),
    "credit_note": with_new_customers(with_attachments(CREDIT_NOTE, "CreditNote"), "CreditNote"),
    "estimate": with_new_customers(with_attachments(ESTIMATE, "Estimate"), "Estimate"),
    "payment": with_receipts(PAYMENT),
    "payment_source": PAYMENT_SOURCE,
    "subscription": SUBSCRIPTION,
    "subscription_preview": PREVIEW,
    "note": NOTE,
    "member": MEMBER,
    "pending_line_item": PENDING_LINE,
    "credit_balance_adjustment": CREDIT_BALANCE_ADJUSTMENT,
    "custom_field": CUSTOM_FIELD,
    "coupon": COUPON,
    "item": ITEM,
    "late_fee_schedule": LATE_FEE_SCHEDULE,
    "event": EVENT,
    "chasing_cadence": CHASING_CADENCE,
    "invoice_chasing_cadence": INVOICE_CHASING_CADENCE,
    "email_template": EMAIL_TEMPLATE,
    "gl_account": GL_ACCOUNT,
    "merchant_account": MERCHANT_ACCOUNT,
    "payment_method": PAYMENT_METHOD,
    "sign_up_page": SIGN_UP_PAGE,
    "sign_up_page_addon": SIGN_UP_PAGE_ADDON,
    "file": FILE,
    "plan": PLAN,
    "tax_rate": TAX_RATE,
    "tax_rule": TAX_RULE,
    "report": REPORT,
    "task": TASK,
    "theme": THEME,
    "webhook": webhooks.WEBHOOK,
    "webhook_attempt": webhooks.WEBHOOK_ATTEMPT,
}
"""Behavior by record type. The other resources do exactly what their description says."""

RENDERERS = {record_type: behaviour.render for record_type, behaviour in BEHAVIOURS.items()}

PREPARATIONS: Mapping[str, Callable[[Call], Call]] = {"File.create": with_content}
"""By operation, what is done before its transaction, because it takes time."""

LISTENERS: Sequence[Listener] = (webhooks.post_event,)
"""What is done with each new event."""

TASKS: Mapping[str, Task] = {
    **{
        f"{record_type} changes": partial(refresh_document, record_type=record_type)
        for record_type in ("invoice", "credit_note", "estimate")
    },
    charging.SETTLEMENT: charging.settle,
    collecting.ATTEMPT: collecting.attempt,
    collecting.NONPAYMENT: subscription_states.cancel_unpaid,
    RUN: charge_late_fees,
    subscription_states.BILL: bill_when_due,
    subscription_states.START: subscription_states.start,
    subscription_states.RENEWAL: subscription_states.refresh,
    subscription_states.INVOICES: subscription_states.refresh,
    webhooks.RETRY: webhooks.retry,
    BUILD: build_report,
}
"""What the service does by itself, by the name of the task."""

ACTIONS: Mapping[str, Callable[[Call, Behaviour], Result]] = {
    "create": records.create,
    "retrieve": records.retrieve,
    "update": records.update,
    "delete": records.delete,
    "list": lists.list_records,
}
