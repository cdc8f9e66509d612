"""Plans."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Literal

from .._compat import Required, TypedDict, Unpack
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class PlanTier(TypedDict, total=False):
    """One price tier; no other property is allowed."""

    min_qty: int
    """Lowest quantity of the tier; 0 when left out, otherwise one more than the `max_qty` of the tier before."""
    max_qty: int
    """Highest quantity of the tier; left out on the last tier only."""
    unit_cost: Required[Amount]
    """Price per unit in the plan currency."""


class _PlanFields(WriteParams, total=False):
    """Fields of a plan accepted by create() and save()."""

    catalog_item: str | None
    """Item ID the plan belongs to; the item lends its name and, when the plan has none, its description to the
    lines."""
    tiers: Sequence[PlanTier] | None
    """Price tiers of `volume` and `tiered` pricing."""
    description: str | None
    """Description put on the lines."""
    notes: str | None
    """Notes put on the invoices."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class PlanCreate(_PlanFields, total=False):
    """Fields of a plan accepted by create()."""

    id: str
    """ID."""
    name: Required[str]
    """Name, also the name of the invoices and lines it produces."""
    currency: str
    """ISO 4217 code in lower case; the currency of the account when left out."""
    amount: Amount | None
    """Price per unit of 0 or more; null with `custom` pricing, and not used by tiers although required."""
    pricing_mode: Literal["per_unit", "volume", "tiered", "custom"]
    """How the price is worked out."""
    quantity_type: str
    """Where the quantity comes from."""
    interval: Required[Literal["day", "week", "month", "year"]]
    """Unit of the billing interval."""
    interval_count: Required[int]
    """Units between two bills, 1 or more; required by the API."""


class PlanUpdate(_PlanFields, total=False):
    """Fields of a plan accepted by save()."""

    name: str
    """Name, also the name of the invoices and lines it produces."""
    pricing_mode: str
    """How the price is worked out."""


class PlanList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    archived: bool
    """1 lists only deleted (archived) objects; left out or 0 lists only the others. Any other text counts as 1."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""


class PlanFilter(Options, total=False):
    """Fields of a plan that find() can match."""

    amount: Amount
    """Price per unit of 0 or more; null with `custom` pricing, and not used by tiers although required."""
    archived: str | int
    """Filter by `archived`."""
    catalog_item: str
    """Item ID the plan belongs to; the item lends its name and, when the plan has none, its description to the
    lines."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    currency: str
    """ISO 4217 code in lower case; the currency of the account when left out."""
    description: str
    """Description put on the lines."""
    id: str
    """ID."""
    interval: str
    """Unit of the billing interval."""
    interval_count: int
    """Units between two bills, 1 or more; required by the API."""
    name: str
    """Name, also the name of the invoices and lines it produces."""
    pricing_mode: str
    """How the price is worked out."""
    quantity_type: str
    """Where the quantity comes from."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Plan(Refreshable, Updatable, Deletable):
    """A recurring price (chapter "Plans")."""

    __slots__ = ()

    _path = "plans"
    _type = "plan"

    id: str
    """ID."""
    catalog_item: str | None
    """Item ID the plan belongs to; the item lends its name and, when the plan has none, its description to the
    lines."""
    name: str
    """Name, also the name of the invoices and lines it produces."""
    currency: str
    """ISO 4217 code in lower case; the currency of the account when left out."""
    amount: Any
    """Price per unit of 0 or more; null with `custom` pricing, and not used by tiers although required."""
    pricing_mode: str
    """How the price is worked out."""
    quantity_type: str
    """Where the quantity comes from."""
    interval: str
    """Unit of the billing interval."""
    interval_count: int
    """Units between two bills, 1 or more; required by the API."""
    tiers: list[PlanTier] | None
    """Price tiers of `volume` and `tiered` pricing."""
    num_subscriptions: int
    """Subscriptions that use the plan as base or addon and are neither canceled nor finished; only with
    `include=num_subscriptions`."""
    description: str | None
    """Description put on the lines."""
    notes: str | None
    """Notes put on the invoices."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[PlanUpdate]) -> bool:
        """Update the plan: PATCH /plans/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Plans(Retrievable[Plan]):
    """The plans of an account, as `client.Plan`."""

    _object = Plan

    def create(self, **params: Unpack[PlanCreate]) -> Plan:
        """Create a plan: POST /plans."""
        return self._create(params)

    def find(self, **filter: Unpack[PlanFilter]) -> Plan:
        """Find the one plan that matches these fields: GET /plans."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[PlanList]
    ) -> Generator[Plan, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[PlanList]) -> tuple[list[Plan], List]:
        """Fetch one page: GET /plans. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
