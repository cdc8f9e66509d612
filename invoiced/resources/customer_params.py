"""What the calls of the chapter "Customers" take."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from ..later_typing import Required, TypedDict
from .emails import EmailRecipient
from .verbs import ListParams

Amount = Decimal | float
"""An amount of money in units of its currency: 12.5 is twelve and a half."""

Timestamp = int | date
"""A time: Unix seconds, an aware datetime, or a date, which stands for its midnight in UTC."""


class _CustomerParams(TypedDict, total=False):
    number: str
    email: str | None
    autopay: bool
    payment_terms: str | None
    stripe_token: str
    attention_to: str | None
    address1: str | None
    address2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    language: str | None
    currency: str | None
    chase: bool
    chasing_cadence: int | None
    next_chase_step: int | None
    phone: str | None
    credit_hold: bool
    credit_limit: Amount | None
    owner: int | None
    taxable: bool
    taxes: Sequence[str | int]
    tax_id: str | None
    avalara_entity_use_code: str | None
    avalara_exemption_number: str | None
    type: Literal["company", "person"]
    parent_customer: int | None
    notes: str | None
    sign_up_page: int | None
    metadata: Mapping[str, Any]
    disabled_payment_methods: Sequence[str]
    ach_gateway: int | None
    cc_gateway: int | None
    bill_to_parent: bool


class CustomerCreate(_CustomerParams, total=False):
    """The fields that create() takes; `Customer` tells their meaning. Without a number, the API makes one."""

    name: Required[str]
    autopay_delay_days: int | None


class CustomerUpdate(_CustomerParams, total=False):
    """The fields that save() takes; `Customer` tells their meaning."""

    name: str


class CustomerFilter(TypedDict, total=False):
    """The fields by which find() looks for a customer."""

    id: int
    name: str
    number: str
    email: str
    autopay: bool
    payment_terms: str
    attention_to: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    country: str
    language: str
    currency: str
    chase: bool
    chasing_cadence: int
    phone: str
    credit_hold: bool
    owner: int
    taxable: bool
    tax_id: str
    type: Literal["company", "person"]
    parent_customer: int
    sign_up_page: int


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
    """What send_statement() takes (section "Send a statement"). All of it may be left out."""

    to: Sequence[EmailRecipient]
    """Recipients; without it, the API writes to the customer and to its primary contacts."""
    bcc: str
    """Addresses that get a blind copy, joined by commas."""
    template: str
    """Id of an e-mail template, in place of the standard one."""
    subject: str
    """In place of the template's."""
    message: str
    """In place of the template's."""
    type: Literal["balance_forward", "open_item"]
    """Kind of statement."""
    start: Timestamp
    """Start of the period of a balance forward statement."""
    end: Timestamp
    """End of the period of a balance forward statement."""
    items: str
    """Which items an open item statement shows: `past_due`."""
