"""The resources of the API, one module for each chapter. They are imported when they are first used."""

import importlib
from typing import TYPE_CHECKING, Any

from ..object import MODULE_BY_TYPE

if TYPE_CHECKING:
    from .accounting import AccountingSyncStatus
    from .attachments import Attachment
    from .balances import Balance, BalanceHistoryEntry
    from .charges import Charge, ChargeCreate, Charges
    from .chasing_cadences import (
        ChasingStep,
        ChasingStepInput,
        CustomerChasingCadence,
        CustomerChasingCadenceCreate,
        CustomerChasingCadenceFilter,
        CustomerChasingCadences,
        CustomerChasingCadenceUpdate,
    )
    from .contacts import Contact, ContactCreate, ContactFilter, Contacts, ContactUpdate
    from .coupons import Coupon, CouponCreate, CouponFilter, CouponList, Coupons, CouponUpdate
    from .credit_balance_adjustments import (
        CreditBalanceAdjustment,
        CreditBalanceAdjustmentCreate,
        CreditBalanceAdjustmentFilter,
        CreditBalanceAdjustments,
        CreditBalanceAdjustmentUpdate,
    )
    from .credit_notes import (
        CreditNote,
        CreditNoteCreate,
        CreditNoteFilter,
        CreditNoteList,
        CreditNotes,
        CreditNoteUpdate,
    )
    from .custom_fields import CustomField, CustomFieldCreate, CustomFields, CustomFieldUpdate
    from .customer_params import (
        CustomerCreate,
        CustomerFilter,
        CustomerList,
        CustomerUpdate,
        InvoiceConsolidation,
        PendingInvoiceCreate,
        StatementEmail,
        StatementLetter,
        StatementTextMessage,
    )
    from .customers import BalanceParams, Customer, Customers
    from .email_templates import (
        EmailTemplate,
        EmailTemplateCreate,
        EmailTemplateFilter,
        EmailTemplates,
        EmailTemplateUpdate,
    )
    from .emails import DocumentEmail, Email, EmailRecipient
    from .estimates import (
        Estimate,
        EstimateApproval,
        EstimateCreate,
        EstimateFilter,
        EstimateList,
        Estimates,
        EstimateUpdate,
    )
    from .event_data import EventData
    from .events import Event, EventFilter, EventList, Events
    from .files import File, FileCreate, Files
    from .gl_accounts import GlAccount, GlAccountCreate, GlAccounts, GlAccountUpdate
    from .inboxes import Inbox, Inboxes
    from .invoice_chasing_cadences import (
        InvoiceChasingCadence,
        InvoiceChasingCadenceCreate,
        InvoiceChasingCadenceFilter,
        InvoiceChasingCadences,
        InvoiceChasingCadenceUpdate,
        InvoiceChasingStep,
    )
    from .invoice_params import InvoiceCreate, InvoiceFilter, InvoiceList, InvoiceUpdate
    from .invoices import Invoice, Invoices
    from .items import Item, ItemCreate, ItemFilter, ItemList, Items, ItemUpdate
    from .late_fee_schedules import (
        LateFeeSchedule,
        LateFeeScheduleCreate,
        LateFeeScheduleFilter,
        LateFeeSchedules,
        LateFeeScheduleUpdate,
    )
    from .letters import DocumentLetter, Letter
    from .line_items import Discount, DiscountInput, LineItem, LineItemInput, Tax, TaxInput
    from .members import (
        Member,
        MemberCreate,
        MemberEmailFrequency,
        MemberFilter,
        MemberInvite,
        Members,
        MemberUpdate,
        User,
    )
    from .merchant_accounts import MerchantAccount, MerchantAccountFilter, MerchantAccounts, MerchantAccountUpdate
    from .notes import NestedNotes, Note, NoteCreate, NoteFilter, NoteList, Notes, NoteUpdate
    from .notifications import Notification, NotificationCreate, NotificationFilter, Notifications, NotificationUpdate
    from .payment_methods import PaymentMethod, PaymentMethods, PaymentMethodUpdate
    from .payment_plans import (
        PaymentPlan,
        PaymentPlanApproval,
        PaymentPlanCreate,
        PaymentPlanInstallment,
        PaymentPlanInstallmentInput,
        PaymentPlans,
    )
    from .payment_sources import BankAccount, Card, PaymentSourceCreate, PaymentSourceList, PaymentSources
    from .payments import (
        Payment,
        PaymentApplication,
        PaymentApplicationInput,
        PaymentCreate,
        PaymentFilter,
        PaymentList,
        Payments,
        PaymentUpdate,
    )
    from .pdf_templates import PdfTemplate, PdfTemplateCreate, PdfTemplates, PdfTemplateUpdate
    from .pending_line_items import (
        PendingLineItem,
        PendingLineItemCreate,
        PendingLineItemFilter,
        PendingLineItemList,
        PendingLineItems,
        PendingLineItemUpdate,
    )
    from .plans import Plan, PlanCreate, PlanFilter, PlanList, Plans, PlanTier, PlanUpdate
    from .refunds import Refund, RefundCreate, Refunds
    from .reports import Report, ReportCreate, Reports
    from .roles import Role, RoleCreate, RoleFilter, Roles, RoleUpdate
    from .shipping import ShippingDetail
    from .sign_up_page_addons import (
        SignUpPageAddon,
        SignUpPageAddonCreate,
        SignUpPageAddonFilter,
        SignUpPageAddons,
        SignUpPageAddonUpdate,
    )
    from .sign_up_pages import SignUpPage, SignUpPageCreate, SignUpPages, SignUpPageUpdate
    from .sms_templates import SmsTemplate, SmsTemplateCreate, SmsTemplates, SmsTemplateUpdate
    from .subscription_previews import (
        InvoicePreview,
        SubscriptionPreview,
        SubscriptionPreviewAddon,
        SubscriptionPreviewParams,
    )
    from .subscriptions import (
        Subscription,
        SubscriptionAddon,
        SubscriptionAddonInput,
        SubscriptionApproval,
        SubscriptionCancellation,
        SubscriptionCreate,
        SubscriptionFilter,
        SubscriptionList,
        Subscriptions,
        SubscriptionUpdate,
    )
    from .tasks import Task, TaskCreate, TaskFilter, Tasks, TaskUpdate
    from .tax_rates import TaxRate, TaxRateCreate, TaxRateFilter, TaxRateList, TaxRates, TaxRateUpdate
    from .tax_rules import TaxRule, TaxRuleCreate, TaxRules, TaxRuleUpdate
    from .text_messages import DocumentTextMessage, TextMessage, TextMessageRecipient
    from .themes import Theme, ThemeCreate, Themes, ThemeUpdate
    from .webhook_attempts import WebhookAttempt, WebhookAttemptFilter, WebhookAttempts, WebhookAttemptStatus
    from .webhooks import Webhook, WebhookList, WebhookParams, Webhooks

_MODULES = {
    "customer_params": (
        "StatementEmail StatementTextMessage StatementLetter PendingInvoiceCreate InvoiceConsolidation "
        "CustomerCreate CustomerUpdate CustomerList CustomerFilter "
    ),
    "customers": ("BalanceParams Customer Customers "),
    "balances": ("BalanceHistoryEntry Balance "),
    "contacts": ("ContactCreate ContactUpdate ContactFilter Contact Contacts "),
    "payment_sources": ("Card BankAccount PaymentSourceCreate PaymentSourceList PaymentSources "),
    "line_items": ("DiscountInput TaxInput LineItemInput Discount Tax LineItem "),
    "pending_line_items": (
        "PendingLineItemCreate PendingLineItemUpdate PendingLineItemList PendingLineItemFilter "
        "PendingLineItem PendingLineItems "
    ),
    "shipping": ("ShippingDetail "),
    "emails": ("EmailRecipient DocumentEmail Email "),
    "text_messages": ("TextMessageRecipient DocumentTextMessage TextMessage "),
    "letters": ("DocumentLetter Letter "),
    "attachments": ("Attachment "),
    "accounting": ("AccountingSyncStatus "),
    "invoice_params": ("InvoiceCreate InvoiceUpdate InvoiceList InvoiceFilter "),
    "invoices": ("Invoice Invoices "),
    "payment_plans": (
        "PaymentPlanApproval PaymentPlanInstallment PaymentPlanInstallmentInput PaymentPlanCreate PaymentPlan "
        "PaymentPlans "
    ),
    "credit_notes": ("CreditNoteCreate CreditNoteUpdate CreditNoteList CreditNoteFilter CreditNote CreditNotes "),
    "estimates": ("EstimateApproval EstimateCreate EstimateUpdate EstimateList EstimateFilter Estimate Estimates "),
    "payments": (
        "PaymentApplication PaymentApplicationInput PaymentCreate PaymentUpdate PaymentList PaymentFilter "
        "Payment Payments "
    ),
    "charges": ("ChargeCreate Charge Charges "),
    "refunds": ("RefundCreate Refund Refunds "),
    "subscriptions": (
        "SubscriptionAddonInput SubscriptionApproval SubscriptionCancellation SubscriptionAddon "
        "SubscriptionCreate SubscriptionUpdate SubscriptionList SubscriptionFilter Subscription Subscriptions "
    ),
    "subscription_previews": ("SubscriptionPreviewAddon SubscriptionPreviewParams InvoicePreview SubscriptionPreview "),
    "credit_balance_adjustments": (
        "CreditBalanceAdjustmentCreate CreditBalanceAdjustmentUpdate CreditBalanceAdjustmentFilter "
        "CreditBalanceAdjustment CreditBalanceAdjustments "
    ),
    "items": ("ItemCreate ItemUpdate ItemList ItemFilter Item Items "),
    "plans": ("PlanTier PlanCreate PlanUpdate PlanList PlanFilter Plan Plans "),
    "tax_rates": ("TaxRateCreate TaxRateUpdate TaxRateList TaxRateFilter TaxRate TaxRates "),
    "coupons": ("CouponCreate CouponUpdate CouponList CouponFilter Coupon Coupons "),
    "events": ("EventList EventFilter Event Events "),
    "files": ("FileCreate File Files "),
    "notes": ("NoteCreate NoteUpdate NoteList NoteFilter Note Notes NestedNotes "),
    "tasks": ("TaskCreate TaskUpdate TaskFilter Task Tasks "),
    "custom_fields": ("CustomFieldCreate CustomFieldUpdate CustomField CustomFields "),
    "chasing_cadences": (
        "ChasingStep ChasingStepInput CustomerChasingCadenceCreate CustomerChasingCadenceUpdate "
        "CustomerChasingCadenceFilter CustomerChasingCadence CustomerChasingCadences "
    ),
    "invoice_chasing_cadences": (
        "InvoiceChasingStep InvoiceChasingCadenceCreate InvoiceChasingCadenceUpdate "
        "InvoiceChasingCadenceFilter InvoiceChasingCadence InvoiceChasingCadences "
    ),
    "email_templates": ("EmailTemplateCreate EmailTemplateUpdate EmailTemplateFilter EmailTemplate EmailTemplates "),
    "gl_accounts": ("GlAccountCreate GlAccountUpdate GlAccount GlAccounts "),
    "inboxes": ("Inbox Inboxes "),
    "late_fee_schedules": (
        "LateFeeScheduleCreate LateFeeScheduleUpdate LateFeeScheduleFilter LateFeeSchedule LateFeeSchedules "
    ),
    "members": ("User MemberEmailFrequency MemberInvite MemberCreate MemberUpdate MemberFilter Member Members "),
    "merchant_accounts": ("MerchantAccountUpdate MerchantAccountFilter MerchantAccount MerchantAccounts "),
    "payment_methods": ("PaymentMethodUpdate PaymentMethod PaymentMethods "),
    "pdf_templates": ("PdfTemplateCreate PdfTemplateUpdate PdfTemplate PdfTemplates "),
    "reports": ("ReportCreate Report Reports "),
    "roles": ("RoleCreate RoleUpdate RoleFilter Role Roles "),
    "sign_up_pages": ("SignUpPageCreate SignUpPageUpdate SignUpPage SignUpPages "),
    "sign_up_page_addons": (
        "SignUpPageAddonCreate SignUpPageAddonUpdate SignUpPageAddonFilter SignUpPageAddon SignUpPageAddons "
    ),
    "sms_templates": ("SmsTemplateCreate SmsTemplateUpdate SmsTemplate SmsTemplates "),
    "tax_rules": ("TaxRuleCreate TaxRuleUpdate TaxRule TaxRules "),
    "themes": ("ThemeCreate ThemeUpdate Theme Themes "),
    "notifications": ("NotificationCreate NotificationUpdate NotificationFilter Notification Notifications "),
    "webhooks": ("WebhookParams WebhookList Webhook Webhooks "),
    "webhook_attempts": ("WebhookAttemptStatus WebhookAttemptFilter WebhookAttempt WebhookAttempts "),
    "event_data": ("EventData "),
}
_MODULE_BY_NAME = {name: module for module, names in _MODULES.items() for name in names.split()}

MODULE_BY_TYPE.update(
    {
        "customer": f"{__name__}.customers",
        "contact": f"{__name__}.contacts",
        "card": f"{__name__}.payment_sources",
        "bank_account": f"{__name__}.payment_sources",
        "discount": f"{__name__}.line_items",
        "tax": f"{__name__}.line_items",
        "line_item": f"{__name__}.line_items",
        "email": f"{__name__}.emails",
        "text_message": f"{__name__}.text_messages",
        "letter": f"{__name__}.letters",
        "attachment": f"{__name__}.attachments",
        "invoice": f"{__name__}.invoices",
        "payment_plan": f"{__name__}.payment_plans",
        "credit_note": f"{__name__}.credit_notes",
        "estimate": f"{__name__}.estimates",
        "payment": f"{__name__}.payments",
        "charge": f"{__name__}.charges",
        "refund": f"{__name__}.refunds",
        "subscription_addon": f"{__name__}.subscriptions",
        "subscription": f"{__name__}.subscriptions",
        "credit_balance_adjustment": f"{__name__}.credit_balance_adjustments",
        "item": f"{__name__}.items",
        "plan": f"{__name__}.plans",
        "tax_rate": f"{__name__}.tax_rates",
        "coupon": f"{__name__}.coupons",
        "event": f"{__name__}.events",
        "file": f"{__name__}.files",
        "note": f"{__name__}.notes",
        "chasing_cadence": f"{__name__}.chasing_cadences",
    }
)


def load(name: str) -> Any:
    """Return a class. Its module is imported when the class is first used."""
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULE_BY_NAME[name]}")
    return globals().setdefault(name, getattr(module, name))


if not TYPE_CHECKING:  # otherwise type checkers would accept any name
    __getattr__ = load

    def __dir__() -> list[str]:
        """Return the names of all classes."""
        return sorted({*globals(), *__all__})


__all__ = [
    "AccountingSyncStatus", "Attachment", "Balance", "BalanceHistoryEntry", "BalanceParams", "BankAccount", "Card",
    "Charge", "ChargeCreate", "Charges", "ChasingStep", "ChasingStepInput", "Contact", "ContactCreate", "ContactFilter",
    "ContactUpdate", "Contacts", "Coupon", "CouponCreate", "CouponFilter", "CouponList", "CouponUpdate", "Coupons",
    "CreditBalanceAdjustment", "CreditBalanceAdjustmentCreate", "CreditBalanceAdjustmentFilter",
    "CreditBalanceAdjustmentUpdate", "CreditBalanceAdjustments", "CreditNote", "CreditNoteCreate", "CreditNoteFilter",
    "CreditNoteList", "CreditNoteUpdate", "CreditNotes", "CustomField", "CustomFieldCreate", "CustomFieldUpdate",
    "CustomFields", "Customer", "CustomerChasingCadence", "CustomerChasingCadenceCreate",
    "CustomerChasingCadenceFilter", "CustomerChasingCadenceUpdate", "CustomerChasingCadences", "CustomerCreate",
    "CustomerFilter", "CustomerList", "CustomerUpdate", "Customers", "Discount", "DiscountInput", "DocumentEmail",
    "DocumentLetter", "DocumentTextMessage", "Email", "EmailRecipient", "EmailTemplate", "EmailTemplateCreate",
    "EmailTemplateFilter", "EmailTemplateUpdate", "EmailTemplates", "Estimate", "EstimateApproval", "EstimateCreate",
    "EstimateFilter", "EstimateList", "EstimateUpdate", "Estimates", "Event", "EventData", "EventFilter", "EventList",
    "Events", "File", "FileCreate", "Files", "GlAccount", "GlAccountCreate", "GlAccountUpdate", "GlAccounts", "Inbox",
    "Inboxes", "Invoice", "InvoiceChasingCadence", "InvoiceChasingCadenceCreate", "InvoiceChasingCadenceFilter",
    "InvoiceChasingCadenceUpdate", "InvoiceChasingCadences", "InvoiceChasingStep", "InvoiceConsolidation",
    "InvoiceCreate", "InvoiceFilter", "InvoiceList", "InvoicePreview", "InvoiceUpdate", "Invoices", "Item",
    "ItemCreate", "ItemFilter", "ItemList", "ItemUpdate", "Items", "LateFeeSchedule", "LateFeeScheduleCreate",
    "LateFeeScheduleFilter", "LateFeeScheduleUpdate", "LateFeeSchedules", "Letter", "LineItem", "LineItemInput",
    "Member", "MemberCreate", "MemberEmailFrequency", "MemberFilter", "MemberInvite", "MemberUpdate", "Members",
    "MerchantAccount", "MerchantAccountFilter", "MerchantAccountUpdate", "MerchantAccounts", "NestedNotes", "Note",
    "NoteCreate", "NoteFilter", "NoteList", "NoteUpdate", "Notes", "Notification", "NotificationCreate",
    "NotificationFilter", "NotificationUpdate", "Notifications", "Payment", "PaymentApplication",
    "PaymentApplicationInput", "PaymentCreate", "PaymentFilter", "PaymentList", "PaymentMethod", "PaymentMethodUpdate",
    "PaymentMethods", "PaymentPlan", "PaymentPlanApproval", "PaymentPlanCreate", "PaymentPlanInstallment",
    "PaymentPlanInstallmentInput", "PaymentPlans", "PaymentSourceCreate", "PaymentSourceList", "PaymentSources",
    "PaymentUpdate", "Payments", "PdfTemplate", "PdfTemplateCreate", "PdfTemplateUpdate", "PdfTemplates",
    "PendingInvoiceCreate", "PendingLineItem", "PendingLineItemCreate", "PendingLineItemFilter", "PendingLineItemList",
    "PendingLineItemUpdate", "PendingLineItems", "Plan", "PlanCreate", "PlanFilter", "PlanList", "PlanTier",
    "PlanUpdate", "Plans", "Refund", "RefundCreate", "Refunds", "Report", "ReportCreate", "Reports", "Role",
    "RoleCreate", "RoleFilter", "RoleUpdate", "Roles", "ShippingDetail", "SignUpPage", "SignUpPageAddon",
    "SignUpPageAddonCreate", "SignUpPageAddonFilter", "SignUpPageAddonUpdate", "SignUpPageAddons", "SignUpPageCreate",
    "SignUpPageUpdate", "SignUpPages", "SmsTemplate", "SmsTemplateCreate", "SmsTemplateUpdate", "SmsTemplates",
    "StatementEmail", "StatementLetter", "StatementTextMessage", "Subscription", "SubscriptionAddon",
    "SubscriptionAddonInput", "SubscriptionApproval", "SubscriptionCancellation", "SubscriptionCreate",
    "SubscriptionFilter", "SubscriptionList", "SubscriptionPreview", "SubscriptionPreviewAddon",
    "SubscriptionPreviewParams", "SubscriptionUpdate", "Subscriptions", "Task", "TaskCreate", "TaskFilter",
    "TaskUpdate", "Tasks", "Tax", "TaxInput", "TaxRate", "TaxRateCreate", "TaxRateFilter", "TaxRateList",
    "TaxRateUpdate", "TaxRates", "TaxRule", "TaxRuleCreate", "TaxRuleUpdate", "TaxRules", "TextMessage",
    "TextMessageRecipient", "Theme", "ThemeCreate", "ThemeUpdate", "Themes", "User", "Webhook", "WebhookAttempt",
    "WebhookAttemptFilter", "WebhookAttemptStatus", "WebhookAttempts", "WebhookList", "WebhookParams", "Webhooks",
]  # fmt: skip
