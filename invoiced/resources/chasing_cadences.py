"""Chasing cadences."""

from collections.abc import Sequence
from typing import Any, Literal

from .._compat import Required, TypedDict, Unpack
from ..options import Options, WriteParams
from ..values import Amount, Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class ChasingStep(TypedDict, total=False):
    """A step of a chasing schedule."""

    name: str
    """Name."""
    action: str
    """Action of the step."""
    schedule: str
    """Time of the step: `age:N` days after the oldest open invoice or `past_due_age:N` days past due."""
    assigned_user_id: int | None
    """User in charge, a member of the account."""
    email_template_id: str | None
    """E-mail template of type `chasing`; required with the action `email`."""
    sms_template_id: int | None
    """Text message template; required with the action `sms`."""
    role_id: int | None
    """Contact role to write to."""


class ChasingStepInput(TypedDict, total=False):
    """A step to put on a chasing schedule."""

    id: int
    """ID."""
    name: Required[str]
    """Name."""
    action: Required[Literal["email", "sms", "phone", "mail", "escalate"]]
    """Action of the step."""
    schedule: Required[str]
    """Time of the step: `age:N` days after the oldest open invoice or `past_due_age:N` days past due."""
    assigned_user_id: int | None
    """User in charge, a member of the account."""
    email_template_id: str | None
    """E-mail template of type `chasing`; required with the action `email`."""
    sms_template_id: int | None
    """Text message template; required with the action `sms`."""
    role_id: int | None
    """Contact role to write to."""


class _CustomerChasingCadenceFields(WriteParams, total=False):
    """Fields of a customer chasing cadence accepted by create() and save()."""

    frequency: str
    """How often it runs."""
    run_date: int | None
    """Day of the run: 1-31 of the month, or 1-7 of the week from Monday when `run_days` is empty."""
    paused: bool
    """Whether it is paused."""
    min_balance: Amount | None
    """Smallest open balance to chase, null for none."""
    assignment_mode: str
    """How new customers are assigned; saving a second `default` changes the first to `none`."""
    assignment_conditions: str | None
    """Formula over `customer`, used with the mode `conditions`."""
    run_days: str | None
    """Days of the week, 1-7 from Monday, joined by commas."""


class CustomerChasingCadenceCreate(_CustomerChasingCadenceFields, total=False):
    """Fields of a customer chasing cadence accepted by create()."""

    name: Required[str]
    """Name."""
    time_of_day: Required[int]
    """Hour of the run, in the time zone of the account."""
    steps: Required[Sequence[ChasingStepInput]]
    """Steps in order, at least one."""


class CustomerChasingCadenceUpdate(_CustomerChasingCadenceFields, total=False):
    """Fields of a customer chasing cadence accepted by save()."""

    name: str
    """Name."""
    time_of_day: int
    """Hour of the run, in the time zone of the account."""
    steps: Sequence[ChasingStepInput]
    """Steps in order; replaces the list. While customers are on the cadence neither the number of steps nor their
    schedules can change."""


class CustomerChasingCadenceFilter(Options, total=False):
    """Fields of a customer chasing cadence that find() can match."""

    assignment_conditions: str
    """Formula over `customer`, used with the mode `conditions`."""
    assignment_mode: str
    """How new customers are assigned; saving a second `default` changes the first to `none`."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    frequency: str
    """How often it runs."""
    id: int
    """ID."""
    last_run: Timestamp
    """Last run, 0 before the first."""
    min_balance: Amount
    """Smallest open balance to chase, null for none."""
    name: str
    """Name."""
    next_run: Timestamp
    """Next run, null when paused."""
    paused: bool
    """Whether it is paused."""
    run_date: int
    """Day of the run: 1-31 of the month, or 1-7 of the week from Monday when `run_days` is empty."""
    time_of_day: int
    """Hour of the run, in the time zone of the account."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class CustomerChasingCadence(Refreshable, Updatable, Deletable):
    """A chasing schedule for customers (not in the API reference)."""

    __slots__ = ()

    _path = "chasing_cadences"
    _type = "chasing_cadence"

    id: int
    """ID."""
    name: str
    """Name."""
    frequency: str
    """How often it runs."""
    time_of_day: int
    """Hour of the run, in the time zone of the account."""
    run_date: int | None
    """Day of the run: 1-31 of the month, or 1-7 of the week from Monday when `run_days` is empty."""
    paused: bool
    """Whether it is paused."""
    min_balance: Any
    """Smallest open balance to chase, null for none."""
    assignment_mode: str
    """How new customers are assigned; saving a second `default` changes the first to `none`."""
    assignment_conditions: str | None
    """Formula over `customer`, used with the mode `conditions`."""
    num_customers: int
    """Customers on the cadence, only with `include=num_customers`."""
    last_run: int
    """Last run, 0 before the first."""
    steps: list[ChasingStep]
    """Steps in order, at least one."""
    run_days: str | None
    """Days of the week, 1-7 from Monday, joined by commas."""
    next_run: int | None
    """Next run, null when paused."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[CustomerChasingCadenceUpdate]) -> bool:
        """Update the customer chasing cadence: PATCH /chasing_cadences/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class CustomerChasingCadences(Retrievable[CustomerChasingCadence], Listable[CustomerChasingCadence]):
    """The customer chasing cadences of an account, as `client.CustomerChasingCadence`."""

    _object = CustomerChasingCadence

    def create(self, **params: Unpack[CustomerChasingCadenceCreate]) -> CustomerChasingCadence:
        """Create a customer chasing cadence: POST /chasing_cadences."""
        return self._create(params)

    def find(self, **filter: Unpack[CustomerChasingCadenceFilter]) -> CustomerChasingCadence:
        """Find the one customer chasing cadence that matches these fields: GET /chasing_cadences."""
        return self._find(filter)
