"""Tasks of the members (catalog.md, 11)."""

from __future__ import annotations

from collections.abc import Callable

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.users import find_user
from invoiced.emulator.storage.store import Condition, Record, column

_TWICE = ("customer", "bill", "vendor_credit")
"""Properties that responses have with and without `_id` (11.3)."""


def _complete(call: Call, task: Record) -> None:
    """Check the customer and the user of a task (11.1), and set when it was completed (11.2)."""
    customer, user = call.body.get("customer_id"), call.body.get("user_id")
    if customer is not None and call.store.find("customer", customer) is None:
        raise ApiError(400, f"No such customer: {customer}. Create it first.", "customer_id")
    if user is not None and find_user(call, user) is None:
        raise ApiError(400, f"No member of the account is the user {user}.", "user_id")
    if task["complete"] and not _was_complete(call):
        task["completed_date"] = call.now
    task |= {name: task[f"{name}_id"] for name in _TWICE}


def _was_complete(call: Call) -> bool:
    return call.operation.action == "update" and bool(call.record()["complete"])


def _with_event(write: Callable[[Call, Behaviour], Result]) -> Callable[[Call], Result]:
    """Return a call that also records when a task is completed (11.2)."""

    def call_with_event(call: Call) -> Result:
        was_complete = _was_complete(call)
        result = write(call, TASK)
        if call.body.get("complete") and not was_complete:
            task_id = call.ids["id"] if "id" in call.ids else result.body["id"]
            task = call.find("task", task_id)
            assert task is not None
            call.record_event("task.completed", "task", task)
        return result

    return call_with_event


def _render(account: Account, task: Record) -> Record:
    """Return a task with what `include` can add: the age of the debt, and the latest note."""
    return {**task, "aging": [], "most_recent_note": _latest_note(account, task["customer_id"])}


def _latest_note(account: Account, customer_id: int | None) -> str | None:
    conditions = [Condition(f"{column('customer')} = ?", [customer_id])]
    notes = account.store.page("note", conditions=conditions, order=["records.id DESC"], limit=1)
    return notes[0]["notes"] if notes else None


# 11.3
_NAME_OF_CUSTOMER = f"""(
    SELECT json_extract(customer.body, '$.name') FROM records AS customer
    WHERE customer.type = 'customer' AND customer.id = {column("customer")}
)"""

TASK = Behaviour(
    complete=_complete,
    render=_render,
    on_request=frozenset(("aging", "most_recent_note")),
    sort_columns={"Customers.name": _NAME_OF_CUSTOMER},
    operations={"Task.create": _with_event(records.create), "Task.save": _with_event(records.update)},
)
