"""Credit balance adjustments."""

from typing import TYPE_CHECKING, Any

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .customers import Customer


class _CreditBalanceAdjustmentFields(WriteParams, total=False):
    """Fields of a credit balance adjustment accepted by create() and save()."""

    notes: str | None
    """Notes, or null."""


class CreditBalanceAdjustmentCreate(_CreditBalanceAdjustmentFields, total=False):
    """Fields of a credit balance adjustment accepted by create()."""

    customer: Required[int]
    """Customer whose credit balance changes."""
    currency: str | None
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Required[Amount]
    """Amount added to the credit balance in currency units, negative to take credit away."""
    date: Timestamp | None
    """When the balance changes, in Unix seconds."""


class CreditBalanceAdjustmentUpdate(_CreditBalanceAdjustmentFields, total=False):
    """Fields of a credit balance adjustment accepted by save()."""

    amount: Amount
    """Amount added to the credit balance in currency units, negative to take credit away."""
    date: Timestamp
    """When the balance changes, in Unix seconds."""


class CreditBalanceAdjustmentFilter(Options, total=False):
    """Fields of a credit balance adjustment that find() can match."""

    id: int
    """ID."""
    customer: int
    """Customer whose credit balance changes."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Amount
    """Amount added to the credit balance in currency units, negative to take credit away."""
    date: Timestamp
    """When the balance changes, in Unix seconds."""
    notes: str
    """Notes, or null."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""


class CreditBalanceAdjustment(Refreshable, Updatable, Deletable):
    """Credit granted or taken without a payment (chapter "Credit balance adjustments")."""

    __slots__ = ()

    _path = "credit_balance_adjustments"
    _type = "credit_balance_adjustment"

    id: int
    """ID."""
    customer: "int | Customer"
    """Customer whose credit balance changes."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Any
    """Amount added to the credit balance in currency units, negative to take credit away."""
    date: int
    """When the balance changes, in Unix seconds."""
    notes: str | None
    """Notes, or null."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[CreditBalanceAdjustmentUpdate]) -> bool:
        """Update the credit balance adjustment: PATCH /credit_balance_adjustments/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class CreditBalanceAdjustments(Retrievable[CreditBalanceAdjustment], Listable[CreditBalanceAdjustment]):
    """The credit balance adjustments of an account, as `client.CreditBalanceAdjustment`."""

    _object = CreditBalanceAdjustment

    def create(self, **params: Unpack[CreditBalanceAdjustmentCreate]) -> CreditBalanceAdjustment:
        """Create a credit balance adjustment: POST /credit_balance_adjustments."""
        return self._create(params)

    def find(self, **filter: Unpack[CreditBalanceAdjustmentFilter]) -> CreditBalanceAdjustment:
        """Find the one credit balance adjustment that matches these fields: GET /credit_balance_adjustments."""
        return self._find(filter)
