"""Coupons."""

from collections.abc import Generator, Mapping
from typing import Any

from .._compat import Required, Unpack
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _CouponFields(WriteParams, total=False):
    """Fields of a coupon accepted by create() and save()."""

    exclusive: bool
    """Whether it should be the only coupon; stored but not enforced by the API."""
    expiration_date: Timestamp | None
    """When the coupon expires, Unix seconds; stored but not enforced by the API."""
    max_redemptions: int
    """How often it may be used, 0 for no limit; stored but not enforced by the API."""
    duration: int
    """Billing periods of a subscription it applies to, 0 for all."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class CouponCreate(_CouponFields, total=False):
    """Fields of a coupon accepted by create()."""

    id: str
    """ID."""
    name: Required[str]
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""
    currency: str | None
    """ISO 4217 code in lower case; always null for a percentage."""
    value: Required[Amount]
    """Percent, or amount in the currency."""
    is_percent: bool
    """Whether the value is a percentage."""


class CouponUpdate(_CouponFields, total=False):
    """Fields of a coupon accepted by save()."""

    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""


class CouponList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    archived: bool
    """1 lists only deleted (archived) objects; left out or 0 lists only the others. Any other text counts as 1."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""


class CouponFilter(Options, total=False):
    """Fields of a coupon that find() can match."""

    archived: str | int
    """Filter by `archived`."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    currency: str
    """ISO 4217 code in lower case; always null for a percentage."""
    duration: int
    """Billing periods of a subscription it applies to, 0 for all."""
    exclusive: bool
    """Whether it should be the only coupon; stored but not enforced by the API."""
    expiration_date: Timestamp
    """When the coupon expires, Unix seconds; stored but not enforced by the API."""
    id: str
    """ID."""
    is_percent: bool
    """Whether the value is a percentage."""
    max_redemptions: int
    """How often it may be used, 0 for no limit; stored but not enforced by the API."""
    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
    value: Amount
    """Percent, or amount in the currency."""


class Coupon(Refreshable, Updatable, Deletable):
    """A price reduction for documents, lines and subscriptions (chapter "Coupons")."""

    __slots__ = ()

    _path = "coupons"
    _type = "coupon"

    id: str
    """ID."""
    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""
    currency: str | None
    """ISO 4217 code in lower case; always null for a percentage."""
    value: Any
    """Percent, or amount in the currency."""
    is_percent: bool
    """Whether the value is a percentage."""
    exclusive: bool
    """Whether it should be the only coupon; stored but not enforced by the API."""
    expiration_date: int | None
    """When the coupon expires, Unix seconds; stored but not enforced by the API."""
    max_redemptions: int
    """How often it may be used, 0 for no limit; stored but not enforced by the API."""
    duration: int
    """Billing periods of a subscription it applies to, 0 for all."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[CouponUpdate]) -> bool:
        """Update the coupon: PATCH /coupons/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Coupons(Retrievable[Coupon]):
    """The coupons of an account, as `client.Coupon`."""

    _object = Coupon

    def create(self, **params: Unpack[CouponCreate]) -> Coupon:
        """Create a coupon: POST /coupons."""
        return self._create(params)

    def find(self, **filter: Unpack[CouponFilter]) -> Coupon:
        """Find the one coupon that matches these fields: GET /coupons."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[CouponList]
    ) -> Generator[Coupon, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[CouponList]) -> tuple[list[Coupon], List]:
        """Fetch one page: GET /coupons. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
