"""Subscriptions."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._compat import Required, Self, TypedDict, Unpack
from ..list import List
from ..object import Object
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .shipping import ShippingDetail
from .subscription_previews import SubscriptionPreviewParams
from .verbs import Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .coupons import Coupon
    from .customers import Customer
    from .items import Item
    from .payment_sources import BankAccount, Card
    from .plans import Plan
    from .subscription_previews import SubscriptionPreview
    from .tax_rates import TaxRate


class SubscriptionAddonInput(TypedDict, total=False):
    """An addon to put on a subscription; in an update, addons that are not named are removed."""

    id: int
    """ID."""
    plan: str
    """Plan ID; must have the interval and interval count of the base plan, cannot be changed on an existing addon."""
    quantity: Amount
    """Units per period."""
    amount: Amount | None
    """Price per unit of 0 or more; required with a plan of `custom` pricing, refused with any other."""
    description: str | None
    """Text appended to the descriptions of the generated lines."""
    catalog_item: str | None
    """Item ID instead of a plan (old style)."""


class SubscriptionApproval(TypedDict, total=False):
    """Consent of a customer to a subscription."""

    id: int
    """ID."""
    timestamp: int
    """When the customer consented, Unix seconds."""
    ip: str
    """IP address the customer used."""
    user_agent: str
    """Browser identification the customer sent."""


class SubscriptionCancellation(Options, total=False):
    """Optional body of a cancellation; any other parameter is refused with 400 and param `request`."""

    canceled_reason: str | None
    """Reason to keep with the subscription."""


class SubscriptionAddon(Object):
    """An extra line of a subscription."""

    __slots__ = ()

    _type = "subscription_addon"
    _accepted = SubscriptionAddonInput.__annotations__

    id: int
    """ID."""
    amount: Any
    """Price per unit, only with a plan of `custom` pricing; otherwise null."""
    plan: "str | Plan | None"
    """Plan ID; expanded with `expand=addons.plan`."""
    catalog_item: "str | Item | None"
    """Item ID of an old-style addon; expanded with `expand=addons.catalog_item`."""
    quantity: Any
    """Units per period."""
    description: str | None
    """Text appended to the descriptions of the generated lines."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class _SubscriptionFields(WriteParams, total=False):
    """Fields of a subscription accepted by create() and save()."""

    quantity: Amount
    """Units of the base plan, greater than 0."""
    amount: Amount | None
    """Price per unit in the plan currency, only with a plan of `custom` pricing; otherwise null."""
    addons: Sequence[SubscriptionAddonInput]
    """Addons, at most 100; an update replaces the whole list."""
    discounts: Sequence[str]
    """Coupon IDs; replaces the present set, a coupon that stays keeps its use count, an unknown ID is refused with
    400."""
    taxes: Sequence[str]
    """Tax rate IDs; replaces the present list, unknown or archived IDs are kept but have no effect."""
    start_date: Timestamp
    """Start of the subscription, Unix seconds; the first second of today when left out at creation."""
    paused: bool
    """Whether billing is stopped for now."""
    contract_renewal_cycles: int | None
    """Length in billing periods of the next contract term; null repeats `cycles`."""
    contract_renewal_mode: Literal["none", "renew_once", "manual", "auto"]
    """Action at the end of the contract term."""
    ship_to: ShippingDetail | None
    """Shipping details copied onto every invoice."""
    cancel_at_period_end: bool
    """Whether the subscription is canceled instead of billed next (with a contract: when its term is over)."""
    bill_in: Literal["advance", "arrears"]
    """Whether a period is billed at its start or at its end."""
    bill_in_advance_days: int
    """Days before the start of a period at which its invoice is issued; only with `advance`."""
    cycles: int | None
    """Length of the contract term in billing periods; null runs until canceled."""
    snap_to_nth_day: int | None
    """Day on which periods start (calendar billing): 1-7 from Monday for weeks, 1-31 for months, 1-365 for years; null
    bills on the anniversary."""
    description: str | None
    """Text appended on a new line to the description of the base plan lines."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class SubscriptionCreate(_SubscriptionFields, total=False):
    """Fields of a subscription accepted by create()."""

    customer: Required[int]
    """Subscribed customer; fixed at creation."""
    plan: Required[str]
    """ID of the base plan, pinned to the plan version current when it was set."""
    prorate: bool
    """Whether a shortened first period of calendar billing is charged in part; false charges it in full."""


class SubscriptionUpdate(_SubscriptionFields, total=False):
    """Fields of a subscription accepted by save()."""

    plan: str
    """ID of the base plan, pinned to the plan version current when it was set."""
    prorate: bool
    """Whether this change is prorated."""
    proration_date: Timestamp
    """Time the proration is counted from, Unix seconds; now when left out."""
    period_end: Timestamp
    """Last second of the current billing period, null once canceled or finished; can be moved by an update."""
    canceled_reason: str | None
    """Reason of the cancellation; the API writes `nonpayment` when it cancels by itself."""


class SubscriptionList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    canceled: bool
    """1 lists canceled subscriptions only; left out or 0 leaves them out."""
    finished: bool
    """1 lists finished subscriptions only; left out or 0 leaves them out."""
    all: bool
    """1 lists subscriptions in every state and ignores `canceled` and `finished`."""
    plan: str
    """Only subscriptions with this plan ID as base plan or addon."""
    contract: bool
    """1 lists subscriptions with a contract, 0 those without."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""
    updated_before: Timestamp
    """Only objects changed before this time; those of the same second are left out."""


class SubscriptionFilter(Options, total=False):
    """Fields of a subscription that find() can match."""

    bill_in: str
    """Whether a period is billed at its start or at its end."""
    bill_in_advance_days: int
    """Days before the start of a period at which its invoice is issued; only with `advance`."""
    cancel_at_period_end: bool
    """Whether the subscription is canceled instead of billed next (with a contract: when its term is over)."""
    canceled: str | int
    """Filter by `canceled`."""
    canceled_at: Timestamp
    """When the cancellation was requested or took effect, otherwise null."""
    canceled_reason: str
    """Reason of the cancellation; the API writes `nonpayment` when it cancels by itself."""
    contract_period_end: Timestamp
    """Last second of the contract term, null without a contract."""
    contract_period_start: Timestamp
    """First second of the contract term, null without a contract."""
    contract_renewal_cycles: int
    """Length in billing periods of the next contract term; null repeats `cycles`."""
    contract_renewal_mode: str
    """Action at the end of the contract term."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    customer: int
    """Subscribed customer; fixed at creation."""
    cycles: int
    """Length of the contract term in billing periods; null runs until canceled."""
    finished: str | int
    """Filter by `finished`."""
    id: int
    """ID."""
    mrr: Amount
    """Monthly recurring revenue: one full period after discounts without taxes, scaled to a month."""
    paused: bool
    """Whether billing is stopped for now."""
    pending_renewal: str | int
    """Filter by `pending_renewal`."""
    period_end: Timestamp
    """Last second of the current billing period, null once canceled or finished; can be moved by an update."""
    period_start: Timestamp
    """First second of the current billing period, null once canceled or finished."""
    quantity: Amount
    """Units of the base plan, greater than 0."""
    recurring_total: Amount
    """Amount that one full period bills after discounts and with taxes, in the plan currency."""
    renewed_last: Timestamp
    """Date of the latest invoice of the subscription, null before the first."""
    renews_next: Timestamp
    """When the next invoice is due to be issued, null when nothing is left to bill."""
    snap_to_nth_day: int
    """Day on which periods start (calendar billing): 1-7 from Monday for weeks, 1-31 for months, 1-365 for years; null
    bills on the anniversary."""
    start_date: Timestamp
    """Start of the subscription, Unix seconds; the first second of today when left out at creation."""
    status: str
    """State determined by the API."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Subscription(Refreshable, Updatable):
    """A plan billed to a customer again and again (chapter "Subscriptions")."""

    __slots__ = ()

    _path = "subscriptions"
    _type = "subscription"

    id: int
    """ID."""
    customer: "int | Customer"
    """Subscribed customer; fixed at creation."""
    amount: Any
    """Price per unit in the plan currency, only with a plan of `custom` pricing; otherwise null."""
    plan: "str | Plan"
    """ID of the base plan, pinned to the plan version current when it was set."""
    start_date: int
    """Start of the subscription, Unix seconds; the first second of today when left out at creation."""
    bill_in: str
    """Whether a period is billed at its start or at its end."""
    bill_in_advance_days: int
    """Days before the start of a period at which its invoice is issued; only with `advance`."""
    quantity: Any
    """Units of the base plan, greater than 0."""
    addons: list[SubscriptionAddon]
    """Addons, at most 100, oldest first."""
    discounts: "list[Coupon]"
    """Coupons still in force (at most 5 shown), as full coupon objects."""
    cycles: int | None
    """Length of the contract term in billing periods; null runs until canceled."""
    snap_to_nth_day: int | None
    """Day on which periods start (calendar billing): 1-7 from Monday for weeks, 1-31 for months, 1-365 for years; null
    bills on the anniversary."""
    period_start: int | None
    """First second of the current billing period, null once canceled or finished."""
    period_end: int | None
    """Last second of the current billing period, null once canceled or finished; can be moved by an update."""
    cancel_at_period_end: bool
    """Whether the subscription is canceled instead of billed next (with a contract: when its term is over)."""
    canceled_at: int | None
    """When the cancellation was requested or took effect, otherwise null."""
    status: str
    """State determined by the API."""
    paused: bool
    """Whether billing is stopped for now."""
    contract_period_start: int | None
    """First second of the contract term, null without a contract."""
    contract_period_end: int | None
    """Last second of the contract term, null without a contract."""
    contract_renewal_cycles: int | None
    """Length in billing periods of the next contract term; null repeats `cycles`."""
    contract_renewal_mode: str
    """Action at the end of the contract term."""
    taxes: "list[TaxRate]"
    """Tax rates of the subscription, as full objects of those that still exist."""
    ship_to: "ShippingDetail | None"
    """Shipping details copied onto every invoice."""
    recurring_total: Any
    """Amount that one full period bills after discounts and with taxes, in the plan currency."""
    mrr: Any
    """Monthly recurring revenue: one full period after discounts without taxes, scaled to a month."""
    renews_next: int | None
    """When the next invoice is due to be issued, null when nothing is left to bill."""
    url: str
    """Page of the subscription in the billing portal."""
    description: str | None
    """Text appended on a new line to the description of the base plan lines."""
    renewed_last: int | None
    """Date of the latest invoice of the subscription, null before the first."""
    canceled_reason: str | None
    """Reason of the cancellation; the API writes `nonpayment` when it cancels by itself."""
    approval: SubscriptionApproval | None
    """Consent recorded when the customer signed up online."""
    payment_source: "Card | BankAccount | None"
    """Card or bank account charged instead of the default of the customer."""
    customerName: str
    """Name of the customer, only with `include=customerName`."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[SubscriptionUpdate]) -> bool:
        """Update the subscription: PATCH /subscriptions/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def cancel(self, **params: Unpack[SubscriptionCancellation]) -> Self:
        """Cancel a subscription: DELETE /subscriptions/:id. Return it with its new fields."""
        return self._change("DELETE", (), params)

    def delete(self, **params: Unpack[SubscriptionCancellation]) -> Self:
        """Do the same as cancel(), under the name of invoiced 3.0.0: DELETE /subscriptions/:id."""
        return self.cancel(**params)


class Subscriptions(Retrievable[Subscription]):
    """The subscriptions of an account, as `client.Subscription`."""

    _object = Subscription

    def create(self, **params: Unpack[SubscriptionCreate]) -> Subscription:
        """Create a subscription: POST /subscriptions."""
        return self._create(params)

    def find(self, **filter: Unpack[SubscriptionFilter]) -> Subscription:
        """Find the one subscription that matches these fields: GET /subscriptions."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SubscriptionList]
    ) -> Generator[Subscription, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SubscriptionList]) -> tuple[list[Subscription], List]:
        """Fetch one page: GET /subscriptions. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

    def preview(self, **params: Unpack[SubscriptionPreviewParams]) -> "SubscriptionPreview":
        """Preview a subscription: POST /subscriptions/preview."""
        from .subscription_previews import SubscriptionPreview

        return self._create_other(SubscriptionPreview, params, path=(*self._path, "preview"))
