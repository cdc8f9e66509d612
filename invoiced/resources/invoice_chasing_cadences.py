"""Invoice chasing cadences."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._compat import Required, TypedDict, Unpack
from ..options import Options, WriteParams
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class InvoiceChasingStep(TypedDict, total=False):
    """A step of an invoice chasing schedule; no other property is allowed."""

    id: str | None
    """ID."""
    trigger: Required[int]
    """0 on issue, 1 before the due date, 2 after it, 3 repeating, 4 on a day, 5 after issue."""
    options: Required[Mapping[str, Any]]
    """When and how; at least one of `email`, `sms` and `letter` must be true."""


class _InvoiceChasingCadenceFields(WriteParams, total=False):
    """Fields of an invoice chasing cadence accepted by create() and save()."""

    default: bool
    """Whether invoices get it unless they name another; at most one can be the default."""
    chase_schedule: Sequence[InvoiceChasingStep]
    """Steps, at most 100 and no two alike."""


class InvoiceChasingCadenceCreate(_InvoiceChasingCadenceFields, total=False):
    """Fields of an invoice chasing cadence accepted by create()."""

    name: Required[str]
    """Name."""


class InvoiceChasingCadenceUpdate(_InvoiceChasingCadenceFields, total=False):
    """Fields of an invoice chasing cadence accepted by save()."""

    name: str
    """Name."""


class InvoiceChasingCadenceFilter(Options, total=False):
    """Fields of an invoice chasing cadence that find() can match."""

    default: bool
    """Whether invoices get it unless they name another; at most one can be the default."""
    id: int
    """ID."""
    name: str
    """Name."""


class InvoiceChasingCadence(Refreshable, Updatable, Deletable):
    """A chasing schedule for invoices (not in the API reference)."""

    __slots__ = ()

    _path = "invoice_chasing_cadences"

    id: int
    """ID."""
    name: str
    """Name."""
    default: bool
    """Whether invoices get it unless they name another; at most one can be the default."""
    chase_schedule: list[InvoiceChasingStep]
    """Steps, at most 100 and no two alike."""
    invoice_count: int
    """Invoices on the cadence, only with `include=invoice_count`."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[InvoiceChasingCadenceUpdate]) -> bool:
        """Update the invoice chasing cadence: PATCH /invoice_chasing_cadences/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class InvoiceChasingCadences(Retrievable[InvoiceChasingCadence], Listable[InvoiceChasingCadence]):
    """The invoice chasing cadences of an account, as `client.InvoiceChasingCadence`."""

    _object = InvoiceChasingCadence

    def create(self, **params: Unpack[InvoiceChasingCadenceCreate]) -> InvoiceChasingCadence:
        """Create an invoice chasing cadence: POST /invoice_chasing_cadences."""
        return self._create(params)

    def find(self, **filter: Unpack[InvoiceChasingCadenceFilter]) -> InvoiceChasingCadence:
        """Find the one invoice chasing cadence that matches these fields: GET /invoice_chasing_cadences."""
        return self._find(filter)
