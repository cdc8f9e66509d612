"""Subscription previews."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Required, TypedDict
from ..object import Object
from ..options import WriteOptions
from ..values import Amount
from .pending_line_items import PendingLineItemCreate
from .plans import PlanTier

if TYPE_CHECKING:
    from .line_items import Discount, LineItem, Tax
    from .payment_plans import PaymentPlan
    from .payment_sources import BankAccount, Card
    from .shipping import ShippingDetail
    from .subscriptions import Subscription


class SubscriptionPreviewAddon(TypedDict, total=False):
    """An addon to try out."""

    plan: Required[str]
    """Plan ID."""
    quantity: Amount
    """Units per period."""
    amount: Amount | None
    """Price per unit; stands in for the price of the plan."""
    tiers: Sequence[PlanTier] | None
    """Tiers that stand in for those of the plan."""
    description: str | None
    """Text appended to the descriptions of the generated lines."""


class SubscriptionPreviewParams(WriteOptions, total=False):
    """A subscription to preview without creating it."""

    plan: Required[str]
    """Plan ID."""
    customer: int | None
    """Customer whose taxes and payment terms apply; optional."""
    quantity: Amount
    """Units of the base plan; 0 or less counts as 1."""
    amount: Amount | None
    """Price per unit; stands in for the price of a plan of any pricing mode."""
    addons: Sequence[SubscriptionPreviewAddon]
    """Addons."""
    discounts: Sequence[str]
    """Coupon IDs; unknown ones are ignored."""
    taxes: Sequence[str]
    """Tax rate IDs; unknown ones are ignored."""
    pending_line_items: Sequence[PendingLineItemCreate]
    """Pending lines to add to the first invoice."""
    tiers: Sequence[PlanTier] | None
    """Tiers that stand in for those of the plan."""


class InvoicePreview(Object):
    """An invoice that does not exist yet, as a subscription preview shows it."""

    __slots__ = ()

    id: int | None
    """ID."""
    customer: int | None
    """Billed customer; -1 in the sample without a customer."""
    name: str | None
    """Internal name; documented default is "Invoice"."""
    number: str | None
    """Reference number."""
    autopay: bool | None
    """Whether the invoice is charged automatically."""
    currency: str | None
    """ISO 4217 currency code."""
    draft: bool | None
    """True while a draft, false once outstanding."""
    closed: bool | None
    """True when written off; takes no more payments."""
    paid: bool | None
    """Whether it is paid in full."""
    status: str | None
    """State of the invoice."""
    attempt_count: int | None
    """Number of payment attempts."""
    next_payment_attempt: int | None
    """Next planned charge."""
    subscription: "int | Subscription | None"
    """Subscription that made the invoice."""
    date: int | None
    """Invoice date."""
    due_date: int | None
    """Due date."""
    payment_terms: str | None
    """Payment terms, such as `NET 30` or `AutoPay`."""
    purchase_order: str | None
    """Purchase order number of the customer."""
    items: "list[LineItem] | None"
    """Lines."""
    notes: str | None
    """Notes printed on the document."""
    subtotal: Any
    """Sum before discounts and taxes."""
    discounts: "list[Discount] | None"
    """Discounts on the document."""
    taxes: "list[Tax] | None"
    """Taxes on the document."""
    total: Any
    """Total."""
    balance: Any
    """Amount still owed."""
    ship_to: "ShippingDetail | None"
    """Shipping details."""
    payment_plan: "int | PaymentPlan | None"
    """Payment plan."""
    url: str | None
    """Page in the billing portal."""
    payment_url: str | None
    """Payment page."""
    pdf_url: str | None
    """Download address of the PDF."""
    csv_url: str | None
    """Download address of a CSV."""
    payment_source: "Card | BankAccount | None"
    """Source used for the invoice."""
    shipping: list[Any] | None
    """Shipping lines; shape not published."""
    attachments: list[int] | None
    """IDs of attached files."""
    disabled_payment_methods: list[str] | None
    """Payment methods switched off for the invoice."""
    needs_attention: bool | None
    """Seen in samples only."""
    created_at: int | None
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int | None
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any] | None
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class SubscriptionPreview(Object):
    """Preview of the amounts that a subscription would bill."""

    __slots__ = ()

    _classes = {"first_invoice": InvoicePreview}

    first_invoice: InvoicePreview
    """The first invoice: a draft that is not stored, dated now, with a balance of 0."""
    recurring_total: Any
    """Amount that one full period bills, with the given taxes and, if a customer is given, the customer's taxes."""
    mrr: Any
    """Monthly recurring revenue; unlike that of a stored subscription it counts the taxes named in the request."""
