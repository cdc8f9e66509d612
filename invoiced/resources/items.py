"""Items."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Required, Unpack
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .tax_rates import TaxRate


class _ItemFields(WriteParams, total=False):
    """Fields of an item accepted by create() and save()."""

    description: str | None
    """Description put on the lines."""
    type: str | None
    """Line type, for grouping in reports."""
    avalara_tax_code: str | None
    """Tax code for Avalara."""
    avalara_location_code: str | None
    """Location code for Avalara."""
    gl_account: str | None
    """General ledger account code."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class ItemCreate(_ItemFields, total=False):
    """Fields of an item accepted by create()."""

    id: str
    """ID."""
    name: Required[str]
    """Name, also the name of the lines."""
    currency: str | None
    """ISO 4217 code in lower case; the currency of the account when a price is given without one, else null."""
    unit_cost: Amount
    """Price per unit."""
    taxable: bool
    """Whether document taxes apply."""
    taxes: Sequence[str]
    """Tax rate IDs."""
    discountable: bool
    """Whether document discounts apply."""


class ItemUpdate(_ItemFields, total=False):
    """Fields of an item accepted by save()."""

    name: str
    """Name, also the name of the lines."""


class ItemList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    archived: bool
    """1 lists only deleted (archived) objects; left out or 0 lists only the others. Any other text counts as 1."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""


class ItemFilter(Options, total=False):
    """Fields of an item that find() can match."""

    archived: str | int
    """Filter by `archived`."""
    avalara_location_code: str
    """Location code for Avalara."""
    avalara_tax_code: str
    """Tax code for Avalara."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    currency: str
    """ISO 4217 code in lower case; the currency of the account when a price is given without one, else null."""
    description: str
    """Description put on the lines."""
    discountable: bool
    """Whether document discounts apply."""
    gl_account: str
    """General ledger account code."""
    id: str
    """ID."""
    name: str
    """Name, also the name of the lines."""
    taxable: bool
    """Whether document taxes apply."""
    type: str
    """Line type, for grouping in reports."""
    unit_cost: Amount
    """Price per unit."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Item(Refreshable, Updatable, Deletable):
    """A product or service for sale (chapter "Items")."""

    __slots__ = ()

    _path = "items"
    _type = "item"

    id: str
    """ID."""
    name: str
    """Name, also the name of the lines."""
    currency: str | None
    """ISO 4217 code in lower case; the currency of the account when a price is given without one, else null."""
    unit_cost: Any
    """Price per unit."""
    description: str | None
    """Description put on the lines."""
    type: str | None
    """Line type, for grouping in reports."""
    taxable: bool
    """Whether document taxes apply."""
    taxes: "list[TaxRate]"
    """Tax rates, as full objects of those that still exist."""
    avalara_tax_code: str | None
    """Tax code for Avalara."""
    avalara_location_code: str | None
    """Location code for Avalara."""
    gl_account: str | None
    """General ledger account code."""
    discountable: bool
    """Whether document discounts apply."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[ItemUpdate]) -> bool:
        """Update the item: PATCH /items/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Items(Retrievable[Item]):
    """The items of an account, as `client.Item`."""

    _object = Item

    def create(self, **params: Unpack[ItemCreate]) -> Item:
        """Create an item: POST /items."""
        return self._create(params)

    def find(self, **filter: Unpack[ItemFilter]) -> Item:
        """Find the one item that matches these fields: GET /items."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[ItemList]
    ) -> Generator[Item, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[ItemList]) -> tuple[list[Item], List]:
        """Fetch one page: GET /items. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
