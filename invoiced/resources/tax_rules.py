"""Tax rules."""

from collections.abc import Generator

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _TaxRuleFields(WriteParams, total=False):
    """Fields of a tax rule accepted by create() and save()."""

    state: str | None
    """State or province code the address must have; null matches all."""
    country: str | None
    """ISO 3166-1 alpha-2 country code the address must have; null matches all."""


class TaxRuleCreate(_TaxRuleFields, total=False):
    """Fields of a tax rule accepted by create()."""

    tax_rate: Required[str]
    """ID of the tax rate to apply; not checked when saved, a missing rate has no effect."""


class TaxRuleUpdate(_TaxRuleFields, total=False):
    """Fields of a tax rule accepted by save()."""

    tax_rate: str
    """ID of the tax rate to apply; not checked when saved, a missing rate has no effect."""


class TaxRule(Refreshable, Updatable, Deletable):
    """A rule that adds a tax rate to customers by their address (not in the API reference)."""

    __slots__ = ()

    _path = "tax_rules"

    id: int
    """ID."""
    tax_rate: str
    """ID of the tax rate to apply; not checked when saved, a missing rate has no effect."""
    state: str | None
    """State or province code the address must have; null matches all."""
    country: str | None
    """ISO 3166-1 alpha-2 country code the address must have; null matches all."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[TaxRuleUpdate]) -> bool:
        """Update the tax rule: PATCH /tax_rules/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class TaxRules(Retrievable[TaxRule]):
    """The tax rules of an account, as `client.TaxRule`."""

    _object = TaxRule

    def create(self, **params: Unpack[TaxRuleCreate]) -> TaxRule:
        """Create a tax rule: POST /tax_rules."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[TaxRule, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[TaxRule], List]:
        """Fetch one page: GET /tax_rules. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
