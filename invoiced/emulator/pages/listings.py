"""The lists of records that have pages: their columns, and by what they are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from invoiced.emulator.description import RECORD_TYPES, schema_of
from invoiced.emulator.pages.rendering import kind_of


class Listing(NamedTuple):
    """A list of the API, at the same path as in the API."""

    path: str
    resource: str
    """Name of the collection of a client, such as `CreditNote`."""
    columns: Sequence[str]
    """Properties, of which the first links to the page of the record."""
    searched: Sequence[str]
    """Properties in which a text can be searched."""
    include: str = ""
    """Properties that the page of a record shows, and that the API returns on request only."""
    order: str = "id DESC"
    """How the list is sorted unless somebody chooses another order."""

    @property
    def title(self) -> str:
        """Return the title of the page."""
        return self.path.replace("_", " ").capitalize()

    @property
    def record_type(self) -> str:
        """Return the type of the records, such as `credit_note`."""
        return RECORD_TYPES[self.resource]

    @property
    def expand(self) -> str:
        """Return the columns that are shown by the names of other records."""
        return ",".join({"customer", "plan"} & {*self.columns})

    def kind(self, name: str) -> str:
        """Return how values of a property are written."""
        return kind_of(schema_of(self.resource)["properties"].get(name, {}))

    def record_path(self, record_id: Any) -> str:
        """Return the path of a record in the API."""
        return f"/{self.path}/{quote(str(record_id), safe='')}"


_DOCUMENT = ("number", "customer", "date", "status", "total")

LISTINGS = {
    listing.path: listing
    for listing in (
        Listing(
            "customers", "Customer", ("number", "name", "email", "currency", "created_at"), ("name", "email", "number")
        ),
        Listing("invoices", "Invoice", (*_DOCUMENT, "balance", "due_date"), ("number", "purchase_order")),
        Listing("estimates", "Estimate", (*_DOCUMENT, "expiration_date"), ("number", "purchase_order")),
        Listing("credit_notes", "CreditNote", (*_DOCUMENT, "balance"), ("number", "purchase_order")),
        Listing(
            "payments",
            "Payment",
            ("id", "customer", "date", "method", "amount", "balance", "voided"),
            ("reference", "method"),
            include="applied_to",
        ),
        Listing(
            "subscriptions",
            "Subscription",
            ("id", "customer", "plan", "status", "recurring_total", "mrr", "period_end"),
            ("status",),
        ),
        Listing("items", "Item", ("id", "name", "unit_cost", "currency"), ("name", "id")),
        Listing("plans", "Plan", ("id", "name", "amount", "interval", "interval_count"), ("name", "id")),
    )
}

BY_TYPE = {listing.record_type: listing for listing in LISTINGS.values()}
