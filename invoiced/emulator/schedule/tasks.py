"""What the service does by itself when it is due, such as the renewal of a subscription, in the order of time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import RecordId, Store

_LOGGER = logging.getLogger("invoiced.emulator")

Task = Callable[[Account, RecordId], None]
"""What is done for a record. It runs in a transaction, at the time for which it was planned, and may plan another."""


def run_due_tasks(
    store: Store,
    account_at: Callable[[int], Account],
    tasks: Mapping[str, Task],
    now: int,
    after_each: Callable[[], object] = lambda: None,
) -> None:
    """Run all tasks that are due, each in a transaction of its own, and call `after_each` in between.

    A task that the rules of the API refuse changes nothing, and is logged.
    """
    while True:
        try:
            with store.transaction():
                due = store.next_task(now)
                if due is None:
                    return
                store.schedule(due.task, due.record_id, None)
                tasks[due.task](account_at(due.at), due.record_id)
        except ApiError as error:
            assert due is not None
            _LOGGER.warning("The task %s of %s was not done: %s", due.task, due.record_id, error.message)
            with store.transaction():
                store.schedule(due.task, due.record_id, None)
        after_each()
