"""Tax rates."""

from collections.abc import Generator, Mapping
from typing import Any

from .._compat import Required, Unpack
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _TaxRateFields(WriteParams, total=False):
    """Fields of a tax rate accepted by create() and save()."""

    inclusive: bool
    """Whether prices already include the tax."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class TaxRateCreate(_TaxRateFields, total=False):
    """Fields of a tax rate accepted by create()."""

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


class TaxRateUpdate(_TaxRateFields, total=False):
    """Fields of a tax rate accepted by save()."""

    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""


class TaxRateList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    archived: bool
    """1 lists only deleted (archived) objects; left out or 0 lists only the others. Any other text counts as 1."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""


class TaxRateFilter(Options, total=False):
    """Fields of a tax rate that find() can match."""

    archived: str | int
    """Filter by `archived`."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    currency: str
    """ISO 4217 code in lower case; always null for a percentage."""
    id: str
    """ID."""
    inclusive: bool
    """Whether prices already include the tax."""
    is_percent: bool
    """Whether the value is a percentage."""
    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
    value: Amount
    """Percent, or amount in the currency."""


class TaxRate(Refreshable, Updatable, Deletable):
    """A tax that customers are charged (chapter "Tax rates")."""

    __slots__ = ()

    _path = "tax_rates"
    _type = "tax_rate"

    id: str
    """ID."""
    name: str
    """Name made of letters, digits, spaces and the signs `_`, `-` and `%`."""
    currency: str | None
    """ISO 4217 code in lower case; always null for a percentage."""
    value: Any
    """Percent, or amount in the currency."""
    inclusive: bool
    """Whether prices already include the tax."""
    is_percent: bool
    """Whether the value is a percentage."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[TaxRateUpdate]) -> bool:
        """Update the tax rate: PATCH /tax_rates/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class TaxRates(Retrievable[TaxRate]):
    """The tax rates of an account, as `client.TaxRate`."""

    _object = TaxRate

    def create(self, **params: Unpack[TaxRateCreate]) -> TaxRate:
        """Create a tax rate: POST /tax_rates."""
        return self._create(params)

    def find(self, **filter: Unpack[TaxRateFilter]) -> TaxRate:
        """Find the one tax rate that matches these fields: GET /tax_rates."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[TaxRateList]
    ) -> Generator[TaxRate, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[TaxRateList]) -> tuple[list[TaxRate], List]:
        """Fetch one page: GET /tax_rates. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
