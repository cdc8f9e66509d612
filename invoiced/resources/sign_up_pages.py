"""Sign-up pages."""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Literal

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .custom_fields import CustomField
    from .items import Item
    from .plans import Plan
    from .tax_rates import TaxRate


class _SignUpPageFields(WriteParams, total=False):
    """Fields of a sign-up page accepted by create() and save()."""

    has_quantity: bool
    """Whether the customer chooses the quantity."""
    trial_period_days: int
    """Days before the subscription starts."""
    snap_to_nth_day: int | None
    """Day for calendar billing, null for none."""
    has_coupon_code: bool
    """Whether a coupon code can be entered."""
    header_text: str | None
    """Text at the top of the page."""
    billing_address: bool
    """Whether a billing address is asked for."""
    shipping_address: bool
    """Whether a shipping address is asked for."""
    tos_url: str | None
    """Address of the terms of service."""
    thanks_url: str | None
    """Address shown after signing up."""
    allow_multiple_subscriptions: bool
    """Whether a customer can sign up again."""
    type: Literal["recurring", "autopay"]
    """Whether the page sells a subscription or collects payment details for AutoPay."""
    plans: Sequence[str]
    """Plan IDs; plans of `custom` pricing are refused with param `plans`."""
    taxes: Sequence[str]
    """Tax rate IDs."""
    custom_fields: Sequence[str]
    """Custom field IDs."""
    setup_fee: str | None
    """Item charged once, as a full object while it exists."""


class SignUpPageCreate(_SignUpPageFields, total=False):
    """Fields of a sign-up page accepted by create()."""

    name: Required[str]
    """Name."""


class SignUpPageUpdate(_SignUpPageFields, total=False):
    """Fields of a sign-up page accepted by save()."""

    name: str
    """Name."""


class SignUpPage(Refreshable, Updatable, Deletable):
    """A sign-up page (not in the API reference)."""

    __slots__ = ()

    _path = "sign_up_pages"

    id: int
    """ID."""
    name: str
    """Name."""
    type: str
    """Whether the page sells a subscription or collects payment details for AutoPay."""
    plans: "list[Plan]"
    """Plans on offer, as full objects of those that still exist."""
    setup_fee: "str | Item | None"
    """Item charged once, as a full object while it exists."""
    taxes: "list[TaxRate]"
    """Tax rates, as full objects."""
    has_quantity: bool
    """Whether the customer chooses the quantity."""
    trial_period_days: int
    """Days before the subscription starts."""
    snap_to_nth_day: int | None
    """Day for calendar billing, null for none."""
    has_coupon_code: bool
    """Whether a coupon code can be entered."""
    header_text: str | None
    """Text at the top of the page."""
    billing_address: bool
    """Whether a billing address is asked for."""
    shipping_address: bool
    """Whether a shipping address is asked for."""
    custom_fields: "list[CustomField]"
    """Custom fields asked for, as full objects: those of subscriptions, or of customers for `autopay`."""
    tos_url: str | None
    """Address of the terms of service."""
    thanks_url: str | None
    """Address shown after signing up."""
    allow_multiple_subscriptions: bool
    """Whether a customer can sign up again."""
    url: str
    """Address of the page."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[SignUpPageUpdate]) -> bool:
        """Update the sign-up page: PATCH /sign_up_pages/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class SignUpPages(Retrievable[SignUpPage]):
    """The sign-up pages of an account, as `client.SignUpPage`."""

    _object = SignUpPage

    def create(self, **params: Unpack[SignUpPageCreate]) -> SignUpPage:
        """Create a sign-up page: POST /sign_up_pages."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[SignUpPage, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[SignUpPage], List]:
        """Fetch one page: GET /sign_up_pages. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
