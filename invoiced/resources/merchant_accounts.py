"""Merchant accounts."""

from collections.abc import Mapping
from typing import Any

from .._compat import Unpack
from ..options import Options, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class MerchantAccountUpdate(WriteParams, total=False):
    """Fields of a merchant account accepted by save()."""

    name: str | None
    """Name."""
    gateway: str
    """Payment gateway."""
    gateway_id: str
    """Identifier at the gateway."""
    settings: Mapping[str, Any]
    """Settings of the gateway."""
    credentials: Mapping[str, Any]
    """Access data of the gateway, never returned."""


class MerchantAccountFilter(Options, total=False):
    """Fields of a merchant account that find() can match."""

    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    deleted: str | int
    """Filter by `deleted`."""
    deleted_at: str | int
    """Filter by `deleted_at`."""
    gateway: str
    """Payment gateway."""
    gateway_id: str
    """Identifier at the gateway."""
    id: int
    """ID."""
    name: str
    """Name."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class MerchantAccount(Refreshable, Updatable, Deletable):
    """A merchant account at a gateway (not in the API reference)."""

    __slots__ = ()

    _path = "merchant_accounts"

    id: int
    """ID."""
    gateway: str
    """Payment gateway."""
    gateway_id: str
    """Identifier at the gateway."""
    name: str | None
    """Name."""
    settings: dict[str, Any]
    """Settings of the gateway."""
    top_up_threshold_num_of_days: int | str | None
    """Days the balance should cover, for gateways that hold one."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[MerchantAccountUpdate]) -> bool:
        """Update the merchant account: PATCH /merchant_accounts/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class MerchantAccounts(Retrievable[MerchantAccount], Listable[MerchantAccount]):
    """The merchant accounts of an account, as `client.MerchantAccount`."""

    _object = MerchantAccount
    _instead = {"create": "the dashboard"}

    def find(self, **filter: Unpack[MerchantAccountFilter]) -> MerchantAccount:
        """Find the one merchant account that matches these fields: GET /merchant_accounts."""
        return self._find(filter)
