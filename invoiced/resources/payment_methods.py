"""Payment methods."""

from collections.abc import Generator

from .._compat import Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Refreshable, Retrievable, Updatable


class PaymentMethodUpdate(WriteParams, total=False):
    """Fields of a payment method accepted by save()."""

    name: str | None
    """Name shown instead of the standard one."""
    enabled: bool
    """Whether customers can use it."""
    order: int
    """Place among the methods, higher first; 0 keeps the standard order."""
    meta: str | None
    """Payment instructions, or the e-mail address of a PayPal account."""
    gateway: str | None
    """Payment gateway, null for a method without one."""
    merchant_account: int | None
    """Merchant account that takes the payments."""
    min: int | None
    """Smallest payment; 0 or more and less than `max`."""
    max: int | None
    """Largest payment, at most 1000000000."""
    convenience_fee: int
    """Fee for the customer in hundredths of a percent, 0 to 400 (4 %)."""
    country: str
    """ISO 3166-1 alpha-2 country; when given, only `meta` and `enabled` are stored, for that country."""


class PaymentMethod(Refreshable, Updatable):
    """A payment method that the account accepts (not in the API reference)."""

    __slots__ = ()

    _path = "payment_methods"

    id: str
    """ID."""
    name: str | None
    """Name shown instead of the standard one."""
    enabled: bool
    """Whether customers can use it."""
    order: int
    """Place among the methods, higher first; 0 keeps the standard order."""
    meta: str | None
    """Payment instructions, or the e-mail address of a PayPal account."""
    gateway: str | None
    """Payment gateway, null for a method without one."""
    merchant_account: int | None
    """Merchant account that takes the payments."""
    min: int | None
    """Smallest payment; 0 or more and less than `max`."""
    max: int | None
    """Largest payment, at most 1000000000."""
    convenience_fee: int
    """Fee for the customer in hundredths of a percent, 0 to 400 (4 %)."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[PaymentMethodUpdate]) -> bool:
        """Update the payment method: PATCH /payment_methods/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class PaymentMethods(Retrievable[PaymentMethod]):
    """The payment methods of an account, as `client.PaymentMethod`."""

    _object = PaymentMethod

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[PaymentMethod, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[PaymentMethod], List]:
        """Fetch one page: GET /payment_methods. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
