"""Customer params."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .._compat import Required
from ..options import ListParams, Options, WriteOptions, WriteParams
from ..values import Amount, Timestamp
from .emails import EmailRecipient
from .line_items import DiscountInput, TaxInput
from .shipping import ShippingDetail
from .text_messages import TextMessageRecipient


class StatementEmail(WriteOptions, total=False):
    """Parameters of send_statement(), all optional."""

    to: Sequence[EmailRecipient]
    """Recipients, at most five; by default, the primary contacts and the customer."""
    bcc: str
    """Comma-separated e-mail addresses for blind copies, at most five."""
    template: str
    """ID of the e-mail template, in place of the default template."""
    subject: str
    """Subject line, in place of the template's."""
    message: str
    """Message text, in place of the template's."""
    type: Literal["balance_forward", "open_item"]
    """Statement type: `balance_forward`, which is the default, or `open_item`."""
    start: Timestamp
    """Start of the period of a balance-forward statement; by default, the first of the month."""
    end: Timestamp
    """End of the period of a balance-forward statement, or date of an open-item statement."""
    items: str
    """Items to show on an open-item statement: `past_due` for past-due items only."""
    currency: str
    """ISO 4217 code of the currency of the statement."""


class StatementTextMessage(WriteOptions, total=False):
    """Options of a statement by text message; unknown names are ignored."""

    message: Required[str]
    """Text; `{{company_name}}`, `{{customer_name}}`, `{{customer_number}}`, `{{contact_name}}`, `{{balance}}` and
    `{{url}}` are variables."""
    to: Required[Sequence[TextMessageRecipient]]
    """Recipients; there is no default, an empty list is rejected with 400."""
    type: Literal["balance_forward", "open_item"]
    """Kind of statement; an unknown one is rejected with 500."""
    start: Timestamp
    """Start of the period; read for balance forward statements only."""
    end: Timestamp
    """End of the period, or date of an open item statement."""
    items: str
    """`past_due` limits an open item statement to what is past due; anything else means everything open."""
    currency: str
    """ISO 4217 code of the currency of the statement."""


class StatementLetter(WriteOptions, total=False):
    """Options of a statement by mail; unknown names are ignored."""

    type: Literal["balance_forward", "open_item"]
    """Kind of statement; an unknown one is rejected with 500."""
    start: Timestamp
    """Start of the period; read for balance forward statements only."""
    end: Timestamp
    """End of the period, or date of an open item statement."""
    items: str
    """`past_due` limits an open item statement to what is past due; anything else means everything open."""
    currency: str
    """ISO 4217 code of the currency of the statement."""
    name: str
    """Name of the addressee; read only with `address1`."""
    address1: str
    """First line of another address; with it, `state`, `postal_code` and `country` are needed."""
    address2: str
    """Second line of another address."""
    city: str
    """City of another address."""
    state: str
    """State of another address."""
    postal_code: str
    """Postal code of another address."""
    country: str
    """ISO 3166-1 alpha-2 code of the country of another address."""


class PendingInvoiceCreate(WriteParams, total=False):
    """Attributes of the invoice that bills pending line items; all optional."""

    name: str | None
    """Internal name."""
    number: str
    """Reference number of the invoice, unique per account among invoices; the next of the sequence (`INV-` and five
    digits at first) when left out."""
    currency: str
    """Three-letter ISO 4217 currency code in any case; the one of the customer, else of the account, when left out."""
    date: Timestamp
    """Date in Unix seconds."""
    purchase_order: str | None
    """Purchase order number of the customer."""
    notes: str | None
    """Notes printed on the document."""
    draft: bool
    """True keeps it a draft."""
    closed: bool
    """Whether to close it."""
    sent: bool
    """Marks it as sent without sending it."""
    discounts: Sequence[str | DiscountInput]
    """Discounts on the document as a whole."""
    taxes: Sequence[str | TaxInput]
    """Taxes on the document as a whole."""
    discount: Amount
    """Short form: one plain discount amount in currency units in place of `discounts`."""
    tax: Amount
    """Short form: one plain tax amount in currency units in place of `taxes`."""
    calculate_taxes: bool
    """Whether customer taxes and tax rules are added to the given taxes."""
    send: bool
    """True e-mails the document to the default contacts after creation."""
    attachments: Sequence[int]
    """IDs of files to attach."""
    pdf_attachment: int
    """ID of the attached file to show in place of the generated PDF."""
    payment_terms: str | None
    """Payment terms, such as `NET 30` or `2% 10 NET 30`; taken from the customer, then the account, when neither they
    nor a due date are given."""
    due_date: Timestamp | None
    """Due date in Unix seconds; worked out from the terms when left out."""
    autopay: bool
    """Whether to charge the invoice automatically; needs AutoPay on the account."""
    next_payment_attempt: Timestamp | None
    """When to charge an AutoPay invoice next, in Unix seconds."""
    late_fees: bool
    """Whether late fees may be added."""
    chase: bool
    """Whether the older chasing feature sends reminders."""
    needs_attention: bool
    """Flags the invoice for attention."""
    ship_to: ShippingDetail | None
    """Shipping address; null removes it."""
    disabled_payment_methods: Sequence[str]
    """Payment methods to switch off; replaces the earlier list."""
    expected_payment_date: Mapping[str, Any]
    """Promise to pay."""
    tags: Sequence[str]
    """Labels of letters, digits, `_` and `-`; others are dropped, and labels over 50 characters are cut."""
    delivery: Mapping[str, Any]
    """Reminder set-up of the invoice; other keys are refused."""
    accounting_id: str
    """ID of the object in the accounting system; used together with `accounting_system`."""
    accounting_system: str
    """Name of the accounting system; an unknown one is refused."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class InvoiceConsolidation(WriteParams, total=False):
    """Options of a consolidation."""

    cutoff_date: Timestamp
    """Only invoices and credit notes dated at or before this time, in Unix seconds."""


class _CustomerFields(WriteParams, total=False):
    """Fields of a customer accepted by create() and save()."""

    email: str | None
    """E-mail address: a single one, kept in lower case."""
    autopay: bool
    """Whether invoices are charged automatically."""
    autopay_delay_days: int
    """Days to wait before AutoPay charges an invoice."""
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
    """Credit limit, in units of the currency; None means no limit. It has the same types as the amounts of
    `Balance`."""
    owner: int | None
    """ID of the user responsible for the customer."""
    taxable: bool
    """Whether the customer is charged tax."""
    taxes: Sequence[str | int]
    """Tax rates: IDs in a request, the tax rates themselves in the response."""
    tax_id: str | None
    """Tax ID shown on documents."""
    avalara_entity_use_code: str | None
    """Entity use code for Avalara."""
    avalara_exemption_number: str | None
    """Tax exemption number for Avalara."""
    parent_customer: int | None
    """ID of the parent customer. If expanded, the parent customer itself."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """ID of the sign-up page."""
    disabled_payment_methods: Sequence[str]
    """Payment methods the customer may not use, such as `["credit_card"]`."""
    ach_gateway: int | None
    """ID of the gateway for ACH payments."""
    cc_gateway: int | None
    """ID of the gateway for card payments."""
    bill_to_parent: bool
    """Whether invoices are billed to the parent customer."""
    payment_source: Mapping[str, Any]
    """Default card or bank account, if any."""
    active: bool
    """Whether the customer is in use; a customer with an active subscription cannot be made inactive."""
    consolidated: bool
    """Whether invoices are consolidated."""
    convenience_fee: bool
    """Whether convenience fees are charged for card payments."""
    surcharging: bool
    """Whether card surcharges are passed on to the customer."""
    late_fee_schedule: int | None
    """ID of the late fee schedule."""
    network_connection: int | None
    """ID of the network connection to the customer's own account."""
    accounting_system: str
    """Accounting system that the customer comes from; only with `accounting_id`."""
    accounting_id: str
    """ID of the customer in that accounting system; only with `accounting_system`."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class CustomerCreate(_CustomerFields, total=False):
    """Fields of a customer accepted by create()."""

    name: Required[str]
    """Customer name."""
    number: str | None
    """Account number, unique among customers in any case; without one, the next is taken, such as `CUST-00001`."""
    type: str | None
    """Customer type: `company`, `person`, `government` or `non_profit`."""


class CustomerUpdate(_CustomerFields, total=False):
    """Fields of a customer accepted by save()."""

    name: str
    """Customer name."""
    number: str
    """Account number, unique among customers in any case; without one, the next is taken, such as `CUST-00001`."""
    type: str
    """Customer type: `company`, `person`, `government` or `non_profit`."""


class CustomerList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Exact matches by metadata key, such as `{"account_rep": "Jan"}`."""
    payment_source: bool
    """Only customers with, or without, a payment source."""
    balance: bool
    """Only customers with, or without, a credit balance. Newer versions of the reference omit it."""
    open_balance: bool
    """Only customers with, or without, an open balance."""
    owner: int
    """ID of the user responsible for the customer."""
    updated_after: Timestamp
    """Only customers changed after this time."""
    updated_before: Timestamp
    """Only objects changed before this time; those of the same second are left out."""


class CustomerFilter(Options, total=False):
    """Fields of a customer that find() can match."""

    active: bool
    """Whether the customer is in use; a customer with an active subscription cannot be made inactive."""
    address1: str
    """First line of the street address."""
    address2: str
    """Second line of the street address."""
    attention_to: str
    """Name on the ATTN line of a company's address."""
    autopay: bool
    """Whether invoices are charged automatically."""
    autopay_delay_days: int
    """Days to wait before AutoPay charges an invoice."""
    avalara_entity_use_code: str
    """Entity use code for Avalara."""
    avalara_exemption_number: str
    """Tax exemption number for Avalara."""
    bill_to_parent: bool
    """Whether invoices are billed to the parent customer."""
    chase: bool
    """Whether payment reminders are sent."""
    chasing_cadence: int
    """ID of the chasing cadence (schedule of payment reminders)."""
    city: str
    """City or town."""
    consolidated: bool
    """Whether invoices are consolidated."""
    convenience_fee: bool
    """Whether convenience fees are charged for card payments."""
    country: str
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    credit_balance: Amount
    """Credit balance in units of the account's currency; only with `include=credit_balance`."""
    credit_hold: bool
    """Whether the customer is on credit hold."""
    credit_limit: Amount
    """Credit limit, in units of the currency; None means no limit. It has the same types as the amounts of
    `Balance`."""
    currency: str
    """ISO 4217 currency code in lower case, such as `usd`."""
    default_source_type: str | int
    """Filter by `default_source_type`."""
    email: str
    """E-mail address: a single one, kept in lower case."""
    id: int
    """Customer ID."""
    language: str
    """ISO 639-1 language code, such as `en`."""
    late_fee_schedule: int
    """ID of the late fee schedule."""
    name: str
    """Customer name."""
    network_connection: int
    """ID of the network connection to the customer's own account."""
    next_chase_step: int
    """ID of the next step of the chasing cadence."""
    number: str
    """Account number, unique among customers in any case; without one, the next is taken, such as `CUST-00001`."""
    owner: int
    """ID of the user responsible for the customer."""
    parent_customer: int
    """ID of the parent customer. If expanded, the parent customer itself."""
    payment_terms: str
    """Payment terms used when AutoPay is off, such as `NET 30`."""
    phone: str
    """Phone number."""
    postal_code: str
    """ZIP or postal code."""
    state: str
    """State, province or region."""
    surcharging: bool
    """Whether card surcharges are passed on to the customer."""
    tax_id: str
    """Tax ID shown on documents."""
    taxable: bool
    """Whether the customer is charged tax."""
    type: str
    """Customer type: `company`, `person`, `government` or `non_profit`."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
