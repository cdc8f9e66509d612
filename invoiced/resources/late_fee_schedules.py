"""Late fee schedules."""

from typing import Any

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Listable, Updatable


class _LateFeeScheduleFields(WriteParams, total=False):
    """Fields of a late fee schedule accepted by create() and save()."""

    enabled: bool
    """Whether the schedule is on."""
    is_percent: bool
    """Whether the amount is a percentage."""
    recurring_days: int
    """Days between further fees, 0 for a single fee."""
    default: bool
    """Whether new customers get it; at most one schedule can be the default."""


class LateFeeScheduleCreate(_LateFeeScheduleFields, total=False):
    """Fields of a late fee schedule accepted by create()."""

    name: Required[str]
    """Name."""
    start_date: Required[str]
    """Invoices dated before this day (YYYY-MM-DD) get no late fees."""
    amount: Required[Amount]
    """Fee: an amount in the invoice currency, or percent of the invoice balance."""
    grace_period: Required[int]
    """Days after the due date before the first fee."""


class LateFeeScheduleUpdate(_LateFeeScheduleFields, total=False):
    """Fields of a late fee schedule accepted by save()."""

    name: str
    """Name."""
    start_date: str
    """Invoices dated before this day (YYYY-MM-DD) get no late fees."""
    amount: Amount
    """Fee: an amount in the invoice currency, or percent of the invoice balance."""
    grace_period: int
    """Days after the due date before the first fee."""


class LateFeeScheduleFilter(Options, total=False):
    """Fields of a late fee schedule that find() can match."""

    amount: Amount
    """Fee: an amount in the invoice currency, or percent of the invoice balance."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    default: bool
    """Whether new customers get it; at most one schedule can be the default."""
    enabled: bool
    """Whether the schedule is on."""
    grace_period: int
    """Days after the due date before the first fee."""
    id: int
    """ID."""
    is_percent: bool
    """Whether the amount is a percentage."""
    last_run: str
    """When the schedule ran last, ISO 8601; null before the first run."""
    name: str
    """Name."""
    recurring_days: int
    """Days between further fees, 0 for a single fee."""
    start_date: str
    """Invoices dated before this day (YYYY-MM-DD) get no late fees."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class LateFeeSchedule(Updatable, Deletable):
    """A schedule of late fees (not in the API reference)."""

    __slots__ = ()

    _path = "late_fee_schedules"
    _instead = {"refresh": "client.LateFeeSchedule.find(id=...)"}

    id: int
    """ID."""
    name: str
    """Name."""
    enabled: bool
    """Whether the schedule is on."""
    start_date: str
    """Invoices dated before this day (YYYY-MM-DD) get no late fees."""
    amount: Any
    """Fee: an amount in the invoice currency, or percent of the invoice balance."""
    is_percent: bool
    """Whether the amount is a percentage."""
    grace_period: int
    """Days after the due date before the first fee."""
    recurring_days: int
    """Days between further fees, 0 for a single fee."""
    default: bool
    """Whether new customers get it; at most one schedule can be the default."""
    last_run: str | None
    """When the schedule ran last, ISO 8601; null before the first run."""
    num_customers: int
    """Customers on the schedule, only with `include=num_customers`."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[LateFeeScheduleUpdate]) -> bool:
        """Update the late fee schedule: PATCH /late_fee_schedules/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class LateFeeSchedules(Listable[LateFeeSchedule]):
    """The late fee schedules of an account, as `client.LateFeeSchedule`."""

    _object = LateFeeSchedule
    _instead = {"retrieve": "client.LateFeeSchedule.find(id=...)"}

    def create(self, **params: Unpack[LateFeeScheduleCreate]) -> LateFeeSchedule:
        """Create a late fee schedule: POST /late_fee_schedules."""
        return self._create(params)

    def find(self, **filter: Unpack[LateFeeScheduleFilter]) -> LateFeeSchedule:
        """Find the one late fee schedule that matches these fields: GET /late_fee_schedules."""
        return self._find(filter)
