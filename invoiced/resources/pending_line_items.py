"""Pending line items."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Unpack
from ..encoding import Path
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .line_items import DiscountInput, TaxInput
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from ..client import Client
    from .line_items import Discount, Tax


class _PendingLineItemFields(WriteParams, total=False):
    """Fields of a pending line item accepted by create() and save()."""

    type: str | None
    """Line type, for grouping in reports."""
    name: str | None
    """Title."""
    description: str | None
    """Longer text."""
    quantity: Amount
    """Quantity, negative for a credit."""
    unit_cost: Amount
    """Price per unit, negative for a credit."""
    discountable: bool
    """Whether document discounts apply."""
    discounts: Sequence[str | DiscountInput]
    """Discounts of the line."""
    taxable: bool
    """Whether document taxes apply."""
    taxes: Sequence[str | TaxInput]
    """Taxes of the line, as rate IDs or objects."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class PendingLineItemCreate(_PendingLineItemFields, total=False):
    """Fields of a pending line item accepted by create()."""

    catalog_item: str | None
    """Item that filled in the line; fixed at creation."""
    plan: str | None
    """Plan ID; present only on lines made from a plan."""
    subscription: int | None
    """Subscription the line belongs to; present only on subscription lines and lines with a period."""
    period_start: Timestamp | None
    """Start of the period the line covers; present as `subscription` is."""
    period_end: Timestamp | None
    """End of the period the line covers; present as `subscription` is."""
    prorated: bool
    """Whether the line is part of a period; present as `subscription` is."""


class PendingLineItemUpdate(_PendingLineItemFields, total=False):
    """Fields of a pending line item accepted by save()."""


class PendingLineItemList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class PendingLineItemFilter(Options, total=False):
    """Fields of a pending line item that find() can match."""

    amount: Amount
    """Quantity times unit cost, not rounded; less the tax when the price includes it."""
    catalog_item: str
    """Item that filled in the line; fixed at creation."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    customer_id: str | int
    """Filter by `customer_id`."""
    description: str
    """Longer text."""
    discountable: bool
    """Whether document discounts apply."""
    id: int
    """ID."""
    name: str
    """Title."""
    period_end: Timestamp
    """End of the period the line covers; present as `subscription` is."""
    period_start: Timestamp
    """Start of the period the line covers; present as `subscription` is."""
    plan: str
    """Plan ID; present only on lines made from a plan."""
    prorated: bool
    """Whether the line is part of a period; present as `subscription` is."""
    quantity: Amount
    """Quantity, negative for a credit."""
    taxable: bool
    """Whether document taxes apply."""
    type: str
    """Line type, for grouping in reports."""
    unit_cost: Amount
    """Price per unit, negative for a credit."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class PendingLineItem(Refreshable, Updatable, Deletable):
    """A line waiting for the next invoice of its customer (chapter "Line items")."""

    __slots__ = ()

    _path = "line_items"
    _fetched_with = "customer.line_items().retrieve(id)"

    id: int
    """ID."""
    name: str | None
    """Title."""
    customer: int
    """Customer who will be billed."""
    catalog_item: str | None
    """Item that filled in the line; fixed at creation."""
    plan: str
    """Plan ID; present only on lines made from a plan."""
    type: str | None
    """Line type, for grouping in reports."""
    description: str | None
    """Longer text."""
    quantity: Any
    """Quantity, negative for a credit."""
    unit_cost: Any
    """Price per unit, negative for a credit."""
    amount: Any
    """Quantity times unit cost, not rounded; less the tax when the price includes it."""
    discountable: bool
    """Whether document discounts apply."""
    discounts: "list[Discount]"
    """Discounts of the line."""
    taxable: bool
    """Whether document taxes apply."""
    taxes: "list[Tax]"
    """Taxes of the line."""
    subscription: int | None
    """Subscription the line belongs to; present only on subscription lines and lines with a period."""
    period_start: int | None
    """Start of the period the line covers; present as `subscription` is."""
    period_end: int | None
    """End of the period the line covers; present as `subscription` is."""
    prorated: bool
    """Whether the line is part of a period; present as `subscription` is."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)

    def save(self, **fields: Unpack[PendingLineItemUpdate]) -> bool:
        """Update the pending line item: PATCH /customers/:customer_id/line_items/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class PendingLineItems(Retrievable[PendingLineItem]):
    """The pending line items of a customer, as `customer.line_items()`."""

    _object = PendingLineItem

    def create(self, **params: Unpack[PendingLineItemCreate]) -> PendingLineItem:
        """Create a pending line item: POST /customers/:customer_id/line_items."""
        return self._create(params)

    def find(self, **filter: Unpack[PendingLineItemFilter]) -> PendingLineItem:
        """Find the one pending line item that matches these fields: GET /customers/:customer_id/line_items."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[PendingLineItemList]
    ) -> Generator[PendingLineItem, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[PendingLineItemList]) -> tuple[list[PendingLineItem], List]:
        """Fetch one page: GET /customers/:customer_id/line_items.

        Return its records, and a `List` with its links and the total count.
        """
        return self._list(params)
