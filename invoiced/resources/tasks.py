"""Tasks."""

from typing import TYPE_CHECKING, Any

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .customers import Customer


class _TaskFields(WriteParams, total=False):
    """Fields of a task accepted by create() and save()."""

    customer_id: int | None
    """Customer."""
    user_id: int | None
    """User it is assigned to, a member of the account."""
    complete: bool
    """Whether it is done."""
    completed_by_user_id: int | None
    """User who completed it, as given by the caller."""
    bill_id: int | None
    """Payable bill it is about."""
    vendor_credit_id: int | None
    """Vendor credit it is about."""


class TaskCreate(_TaskFields, total=False):
    """Fields of a task accepted by create()."""

    name: Required[str]
    """Name."""
    action: Required[str]
    """Kind of task; any text is accepted."""
    due_date: Required[Timestamp]
    """When it is due, Unix seconds."""


class TaskUpdate(_TaskFields, total=False):
    """Fields of a task accepted by save()."""

    name: str
    """Name."""
    action: str
    """Kind of task; any text is accepted."""
    due_date: Timestamp
    """When it is due, Unix seconds."""


class TaskFilter(Options, total=False):
    """Fields of a task that find() can match."""

    action: str
    """Kind of task; any text is accepted."""
    complete: bool
    """Whether it is done."""
    completed_date: Timestamp
    """When it was first marked done, null before."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    customer: int
    """Same as `customer_id`, can be expanded."""
    customer_id: int
    """Customer."""
    due_date: Timestamp
    """When it is due, Unix seconds."""
    id: int
    """ID."""
    name: str
    """Name."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
    user_id: int
    """User it is assigned to, a member of the account."""


class Task(Refreshable, Updatable, Deletable):
    """A to-do for collections (beta) (chapter "Tasks")."""

    __slots__ = ()

    _path = "tasks"

    id: int
    """ID."""
    name: str
    """Name."""
    action: str
    """Kind of task; any text is accepted."""
    customer_id: int | None
    """Customer."""
    user_id: int | None
    """User it is assigned to, a member of the account."""
    due_date: int
    """When it is due, Unix seconds."""
    complete: bool
    """Whether it is done."""
    completed_date: int | None
    """When it was first marked done, null before."""
    completed_by_user_id: int | None
    """User who completed it, as given by the caller."""
    chase_step_id: int | None
    """Chasing step that made it."""
    customer: "int | Customer | None"
    """Same as `customer_id`, can be expanded."""
    bill_id: int | None
    """Payable bill it is about."""
    bill: int | None
    """Same as `bill_id`."""
    vendor_credit_id: int | None
    """Vendor credit it is about."""
    vendor_credit: int | None
    """Same as `vendor_credit_id`."""
    aging: list[dict[str, Any]]
    """Aging of the customer, only in lists with `include=aging`."""
    most_recent_note: str | None
    """Latest note on the customer, only in lists with `include=most_recent_note` or `aging`."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[TaskUpdate]) -> bool:
        """Update the task: PATCH /tasks/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Tasks(Retrievable[Task], Listable[Task]):
    """The tasks of an account, as `client.Task`."""

    _object = Task

    def create(self, **params: Unpack[TaskCreate]) -> Task:
        """Create a task: POST /tasks."""
        return self._create(params)

    def find(self, **filter: Unpack[TaskFilter]) -> Task:
        """Find the one task that matches these fields: GET /tasks."""
        return self._find(filter)
