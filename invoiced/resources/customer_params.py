"""Parameters of the calls in the chapter "Customers"."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from .._compat import Required, TypedDict
from .emails import EmailRecipient
from .verbs import ListParams

Amount = Decimal | float
"""An amount of money in units of its currency: 12.5 USD is twelve dollars and fifty cents."""

Timestamp = int | date
"""A time: a Unix timestamp in seconds, an aware datetime, or a date, which means midnight UTC."""


class _CustomerParams(TypedDict, total=False):
    """Fields of a customer accepted by both create() and save()."""

    number: str
    """Account number, unique among customers; links the customer to other systems."""
    email: str | None
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged automatically."""
    payment_terms: str | None
    """Payment terms used when AutoPay is off, such as `NET 30`."""
    stripe_token: str
    """Stripe card token that becomes the payment source. Newer versions of the reference omit it."""
    attention_to: str | None
    """Name on the ATTN line of a company's address."""
    address1: str | None
    """First line of the street address."""
    address2: str | None
    """Second line of the street address."""
    city: str | None
    """City or town."""
    state: str | None
    """State, province or region."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    language: str | None
    """ISO 639-1 language code, such as `en`."""
    currency: str | None
    """ISO 4217 currency code in lower case, such as `usd`."""
    chase: bool
    """Whether payment reminders are sent."""
    chasing_cadence: int | None
    """ID of the chasing cadence (schedule of payment reminders)."""
    next_chase_step: int | None
    """ID of the next step of the chasing cadence."""
    phone: str | None
    """Phone number."""
    credit_hold: bool
    """Whether the customer is on credit hold."""
    credit_limit: Amount | None
    """Credit limit, in units of the currency; None means no limit."""
    owner: int | None
    """ID of the user responsible for the customer."""
    taxable: bool
    """Whether the customer is charged tax."""
    taxes: Sequence[str | int]
    """Tax rate IDs."""
    tax_id: str | None
    """Tax ID shown on documents."""
    avalara_entity_use_code: str | None
    """Entity use code for Avalara."""
    avalara_exemption_number: str | None
    """Tax exemption number for Avalara."""
    type: Literal["company", "person"]
    """Customer type: `company` or `person`."""
    parent_customer: int | None
    """ID of the parent customer."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """ID of the sign-up page."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 characters, values of up to 255."""
    disabled_payment_methods: Sequence[str]
    """Payment methods the customer may not use, such as `["credit_card"]`."""
    ach_gateway: int | None
    """ID of the gateway for ACH payments."""
    cc_gateway: int | None
    """ID of the gateway for card payments."""
    bill_to_parent: bool
    """Whether invoices are billed to the parent customer."""


class CustomerCreate(_CustomerParams, total=False):
    """Fields of a customer accepted by create()."""

    name: Required[str]
    """Customer name."""
    autopay_delay_days: int | None
    """Days to wait before AutoPay charges an invoice."""


class CustomerUpdate(_CustomerParams, total=False):
    """Fields of a customer accepted by save()."""

    name: str
    """Customer name."""


class CustomerFilter(TypedDict, total=False):
    """Fields of a customer that find() can match."""

    id: int
    """Customer ID."""
    name: str
    """Customer name."""
    number: str
    """Account number, unique among customers; links the customer to other systems."""
    email: str
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged automatically."""
    payment_terms: str
    """Payment terms used when AutoPay is off, such as `NET 30`."""
    attention_to: str
    """Name on the ATTN line of a company's address."""
    address1: str
    """First line of the street address."""
    address2: str
    """Second line of the street address."""
    city: str
    """City or town."""
    state: str
    """State, province or region."""
    postal_code: str
    """ZIP or postal code."""
    country: str
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    language: str
    """ISO 639-1 language code, such as `en`."""
    currency: str
    """ISO 4217 currency code in lower case, such as `usd`."""
    chase: bool
    """Whether payment reminders are sent."""
    chasing_cadence: int
    """ID of the chasing cadence (schedule of payment reminders)."""
    phone: str
    """Phone number."""
    credit_hold: bool
    """Whether the customer is on credit hold."""
    owner: int
    """ID of the user responsible for the customer."""
    taxable: bool
    """Whether the customer is charged tax."""
    tax_id: str
    """Tax ID shown on documents."""
    type: Literal["company", "person"]
    """Customer type: `company` or `person`."""
    parent_customer: int
    """ID of the parent customer."""
    sign_up_page: int
    """ID of the sign-up page."""


class CustomerList(ListParams, total=False):
    """Parameters of list() and all() (section "List all customers")."""

    metadata: Mapping[str, object]
    """Exact matches by metadata key, such as `{"account_rep": "Jan"}`."""
    payment_source: bool
    """Only customers with, or without, a payment source."""
    balance: bool
    """Only customers with, or without, a credit balance. Newer versions of the reference omit it."""
    open_balance: bool
    """Only customers with, or without, an open balance."""
    updated_after: Timestamp
    """Only customers changed after this time."""
    expand: str
    """Comma-separated fields to return as objects instead of IDs, such as `parent_customer`."""


class StatementEmail(TypedDict, total=False):
    """Parameters of send_statement(), all optional (section "Send a statement")."""

    to: Sequence[EmailRecipient]
    """Recipients; by default, the customer and its primary contacts."""
    bcc: str
    """Comma-separated e-mail addresses for blind copies."""
    template: str
    """ID of the e-mail template, in place of the default template."""
    subject: str
    """Subject line, in place of the template's."""
    message: str
    """Message text, in place of the template's."""
    type: Literal["balance_forward", "open_item"]
    """Statement type: `balance_forward` or `open_item`."""
    start: Timestamp
    """Start of the period of a balance-forward statement."""
    end: Timestamp
    """End of the period of a balance-forward statement, or date of an open-item statement."""
    items: str
    """Items to show on an open-item statement: `past_due` for past-due items only."""
