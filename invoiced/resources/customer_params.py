"""What the calls of the chapter "Customers" take."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from .._compat import Required, TypedDict
from .emails import EmailRecipient
from .verbs import ListParams

Amount = Decimal | float
"""An amount of money in units of its currency: 12.5 is twelve and a half."""

Timestamp = int | date
"""A time: Unix seconds, an aware datetime, or a date, which stands for its midnight in UTC."""


class _CustomerParams(TypedDict, total=False):
    """The fields of a customer that create() and save() both take."""

    number: str
    """Unique among the customers; ties them to other systems."""
    email: str | None
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged to the payment source."""
    payment_terms: str | None
    """Terms where AutoPay is off: `NET 30`."""
    stripe_token: str
    """Token of a card at Stripe, which becomes the payment source. Newer references leave it out."""
    attention_to: str | None
    """Person for the ATTN line of a company's address."""
    address1: str | None
    """Street address, first line."""
    address2: str | None
    """Street address, second line."""
    city: str | None
    """City or town."""
    state: str | None
    """State or province."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 code: `US`."""
    language: str | None
    """ISO 639-1 code: `en`."""
    currency: str | None
    """ISO 4217 code, in lower case: `usd`."""
    chase: bool
    """Whether reminders are sent."""
    chasing_cadence: int | None
    """Id of the schedule of reminders."""
    next_chase_step: int | None
    """Step of the schedule of reminders that comes next."""
    phone: str | None
    """Phone number."""
    credit_hold: bool
    """Whether no further credit is given."""
    credit_limit: Amount | None
    """The most that the customer may owe, in units of the currency; None without a limit."""
    owner: int | None
    """Id of the user who looks after the customer."""
    taxable: bool
    """Whether taxes are charged."""
    taxes: Sequence[str | int]
    """Ids of tax rates."""
    tax_id: str | None
    """Tax number that documents show."""
    avalara_entity_use_code: str | None
    """Code of the kind of buyer, for Avalara's taxes."""
    avalara_exemption_number: str | None
    """Number of the exemption from taxes, for Avalara."""
    type: Literal["company", "person"]
    """`company` or `person`."""
    parent_customer: int | None
    """Id of the parent customer."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """Id of the sign-up page."""
    metadata: Mapping[str, Any]
    """Data of your own: at most 10 keys of up to 40 characters, values of up to 255."""
    disabled_payment_methods: Sequence[str]
    """Payment methods that the customer may not use: `["credit_card"]`."""
    ach_gateway: int | None
    """Id of the gateway for ACH payments."""
    cc_gateway: int | None
    """Id of the gateway for card payments."""
    bill_to_parent: bool
    """Whether invoices go to the parent customer."""


class CustomerCreate(_CustomerParams, total=False):
    """The fields of a customer that create() takes."""

    name: Required[str]
    """Name of the customer."""
    autopay_delay_days: int | None
    """Days that AutoPay waits before it charges."""


class CustomerUpdate(_CustomerParams, total=False):
    """The fields of a customer that save() takes."""

    name: str
    """Name of the customer."""


class CustomerFilter(TypedDict, total=False):
    """The fields by which find() looks for a customer."""

    id: int
    """Id of the customer."""
    name: str
    """Name of the customer."""
    number: str
    """Unique among the customers; ties them to other systems."""
    email: str
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged to the payment source."""
    payment_terms: str
    """Terms where AutoPay is off: `NET 30`."""
    attention_to: str
    """Person for the ATTN line of a company's address."""
    address1: str
    """Street address, first line."""
    address2: str
    """Street address, second line."""
    city: str
    """City or town."""
    state: str
    """State or province."""
    postal_code: str
    """ZIP or postal code."""
    country: str
    """ISO 3166-1 alpha-2 code: `US`."""
    language: str
    """ISO 639-1 code: `en`."""
    currency: str
    """ISO 4217 code, in lower case: `usd`."""
    chase: bool
    """Whether reminders are sent."""
    chasing_cadence: int
    """Id of the schedule of reminders."""
    phone: str
    """Phone number."""
    credit_hold: bool
    """Whether no further credit is given."""
    owner: int
    """Id of the user who looks after the customer."""
    taxable: bool
    """Whether taxes are charged."""
    tax_id: str
    """Tax number that documents show."""
    type: Literal["company", "person"]
    """`company` or `person`."""
    parent_customer: int
    """Id of the parent customer."""
    sign_up_page: int
    """Id of the sign-up page."""


class CustomerList(ListParams, total=False):
    """What list() and all() take (section "List all customers")."""

    metadata: Mapping[str, object]
    """Exact matches by key of the metadata."""
    payment_source: bool
    """Only customers with a payment source, or only those without."""
    balance: bool
    """Only customers with a credit balance, or only those without. Newer references leave it out."""
    open_balance: bool
    """Only customers who owe something, or only those who do not."""
    updated_after: Timestamp
    """Only customers changed after this time."""
    expand: str
    """Fields to answer with the object in place of its id, joined by commas: `parent_customer`."""


class StatementEmail(TypedDict, total=False):
    """What send_statement() takes, none of which is required (section "Send a statement")."""

    to: Sequence[EmailRecipient]
    """Recipients; without it, the API writes to the customer and to its primary contacts."""
    bcc: str
    """Addresses that get a blind copy, joined by commas."""
    template: str
    """Id of an e-mail template, in place of the standard one."""
    subject: str
    """Subject line, in place of the template's."""
    message: str
    """Text of the e-mail, in place of the template's."""
    type: Literal["balance_forward", "open_item"]
    """Kind of statement: `balance_forward` or `open_item`."""
    start: Timestamp
    """Start of the period of a balance forward statement."""
    end: Timestamp
    """End of the period of a balance forward statement."""
    items: str
    """Which items an open item statement shows: `past_due`."""
