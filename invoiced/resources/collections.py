"""The collections of a client, and those of records."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import (
        Charges,
        Coupons,
        CreditBalanceAdjustments,
        CreditNotes,
        CustomerChasingCadences,
        Customers,
        CustomFields,
        EmailTemplates,
        Estimates,
        Events,
        Files,
        GlAccounts,
        Inboxes,
        InvoiceChasingCadences,
        Invoices,
        Items,
        LateFeeSchedules,
        Members,
        MerchantAccounts,
        Notes,
        Notifications,
        PaymentMethods,
        Payments,
        PdfTemplates,
        Plans,
        Refunds,
        Reports,
        Roles,
        SignUpPageAddons,
        SignUpPages,
        SmsTemplates,
        Subscriptions,
        Tasks,
        TaxRates,
        TaxRules,
        Themes,
        WebhookAttempts,
        Webhooks,
    )

COLLECTIONS = {
    "Customer": "Customers",
    "Invoice": "Invoices",
    "CreditNote": "CreditNotes",
    "Estimate": "Estimates",
    "Payment": "Payments",
    "Charge": "Charges",
    "Refund": "Refunds",
    "Subscription": "Subscriptions",
    "CreditBalanceAdjustment": "CreditBalanceAdjustments",
    "Item": "Items",
    "Plan": "Plans",
    "TaxRate": "TaxRates",
    "Coupon": "Coupons",
    "Event": "Events",
    "File": "Files",
    "Note": "Notes",
    "Task": "Tasks",
    "CustomField": "CustomFields",
    "CustomerChasingCadence": "CustomerChasingCadences",
    "InvoiceChasingCadence": "InvoiceChasingCadences",
    "EmailTemplate": "EmailTemplates",
    "GlAccount": "GlAccounts",
    "Inbox": "Inboxes",
    "LateFeeSchedule": "LateFeeSchedules",
    "Member": "Members",
    "MerchantAccount": "MerchantAccounts",
    "PaymentMethod": "PaymentMethods",
    "PdfTemplate": "PdfTemplates",
    "Report": "Reports",
    "Role": "Roles",
    "SignUpPage": "SignUpPages",
    "SignUpPageAddon": "SignUpPageAddons",
    "SmsTemplate": "SmsTemplates",
    "TaxRule": "TaxRules",
    "Theme": "Themes",
    "Notification": "Notifications",
    "Webhook": "Webhooks",
    "WebhookAttempt": "WebhookAttempts",
}
"""Attribute of the client, and class of the collection."""

NESTED_COLLECTIONS = {
    "Customer.contacts": "Contacts",
    "Customer.line_items": "PendingLineItems",
    "Customer.list_notes": "NestedNotes",
    "Customer.payment_sources": "PaymentSources",
    "Invoice.list_notes": "NestedNotes",
    "Invoice.payment_plans": "PaymentPlans",
}
"""Class and method of a record, and class of the collection that the method returns."""


class Collections:
    """The collections of a client. Each is made when it is first used."""

    Customer: "Customers"
    """Customers: create, retrieve, list, all, find."""
    Invoice: "Invoices"
    """Invoices: create, retrieve, list, all, find."""
    CreditNote: "CreditNotes"
    """Credit notes: create, retrieve, list, all, find."""
    Estimate: "Estimates"
    """Estimates: create, retrieve, list, all, find."""
    Payment: "Payments"
    """Payments: create, retrieve, list, all, find."""
    Charge: "Charges"
    """Charges: create, retrieve."""
    Refund: "Refunds"
    """Refunds: create, retrieve."""
    Subscription: "Subscriptions"
    """Subscriptions: create, retrieve, list, all, find."""
    CreditBalanceAdjustment: "CreditBalanceAdjustments"
    """Credit balance adjustments: create, retrieve, list, all, find."""
    Item: "Items"
    """Items: create, retrieve, list, all, find."""
    Plan: "Plans"
    """Plans: create, retrieve, list, all, find."""
    TaxRate: "TaxRates"
    """Tax rates: create, retrieve, list, all, find."""
    Coupon: "Coupons"
    """Coupons: create, retrieve, list, all, find."""
    Event: "Events"
    """Events: retrieve, list, all, find."""
    File: "Files"
    """Files: create, retrieve."""
    Note: "Notes"
    """Notes: create, list, all, find."""
    Task: "Tasks"
    """Tasks: create, retrieve, list, all, find."""
    CustomField: "CustomFields"
    """Custom fields: create, retrieve, list, all."""
    CustomerChasingCadence: "CustomerChasingCadences"
    """Customer chasing cadences: create, retrieve, list, all, find."""
    InvoiceChasingCadence: "InvoiceChasingCadences"
    """Invoice chasing cadences: create, retrieve, list, all, find."""
    EmailTemplate: "EmailTemplates"
    """Email templates: create, retrieve, list, all, find."""
    GlAccount: "GlAccounts"
    """GL accounts: create, retrieve, list, all."""
    Inbox: "Inboxes"
    """Inboxes: retrieve, list, all."""
    LateFeeSchedule: "LateFeeSchedules"
    """Late fee schedules: create, list, all, find."""
    Member: "Members"
    """Members: create, retrieve, list, all, find."""
    MerchantAccount: "MerchantAccounts"
    """Merchant accounts: retrieve, list, all, find."""
    PaymentMethod: "PaymentMethods"
    """Payment methods: retrieve, list, all."""
    PdfTemplate: "PdfTemplates"
    """PDF templates: create, retrieve, list, all."""
    Report: "Reports"
    """Reports: create, retrieve."""
    Role: "Roles"
    """Roles: create, retrieve, list, all, find."""
    SignUpPage: "SignUpPages"
    """Sign-up pages: create, retrieve, list, all."""
    SignUpPageAddon: "SignUpPageAddons"
    """Sign-up page addons: create, retrieve, list, all, find."""
    SmsTemplate: "SmsTemplates"
    """SMS templates: create, retrieve, list, all."""
    TaxRule: "TaxRules"
    """Tax rules: create, retrieve, list, all."""
    Theme: "Themes"
    """Themes: create, retrieve, list, all."""
    Notification: "Notifications"
    """Notifications: create, retrieve, list, all, find."""
    Webhook: "Webhooks"
    """Webhooks: create, list, all."""
    WebhookAttempt: "WebhookAttempts"
    """Webhook attempts: list, all, find."""
