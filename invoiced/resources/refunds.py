"""Refunds."""

from typing import Any

from .._compat import Required, Unpack
from ..options import WriteOptions
from ..values import Amount
from .verbs import Refreshable, Retrievable


class RefundCreate(WriteOptions, total=False):
    """Fields of a refund accepted by create()."""

    amount: Required[Amount]
    """Amount returned in currency units."""


class Refund(Refreshable):
    """Money returned for a charge (chapter "Refunds")."""

    __slots__ = ()

    _path = "refunds"
    _type = "refund"

    id: int
    """ID."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Any
    """Amount returned in currency units."""
    charge: int
    """Charge that was refunded; not on refunds nested in a charge."""
    charge_id: int
    """ID of the charge that was refunded."""
    gateway: str | None
    """Gateway used."""
    gateway_id: str | None
    """Transaction ID at the gateway."""
    status: str
    """State at the gateway."""
    failure_message: str | None
    """Why the refund failed, or null."""
    merchant_account_transaction_id: int | None
    """Ledger entry of the merchant account, or null."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Refunds(Retrievable[Refund]):
    """The refunds of an account, as `client.Refund`."""

    _object = Refund

    def create(self, charge_id: int | str, **params: Unpack[RefundCreate]) -> Refund:
        """Refund a charge: POST /charges/:charge_id/refunds."""
        return self._create(params, path=("charges", charge_id, "refunds"))
