"""What the service does by itself when it is due, such as the renewal of a subscription, in the order of time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import RecordId, ScheduledTask, Store
from invoiced.emulator.values.times import DAY

_LOGGER = logging.getLogger("invoiced.emulator")

Task = Callable[[Account, RecordId], None]
"""What is done for a record. It runs in a transaction, at the time for which it was planned, and may plan another."""


def run_due_tasks(
    store: Store,
    account_at: Callable[[int], Account],
    tasks: Mapping[str, Task],
    now: int,
    before_each: Callable[[int], object],
    after_each: Callable[[], object],
) -> None:
    """Run all tasks that are due, each in a transaction of its own.

    `before_each` is called with the time of each, and `after_each` once its changes are there.

    A task that fails, for example because the rules of the API refuse it, changes nothing, is logged, and is tried
    again a day later: it must not keep others from being done.
    """
    while (due := _next_task(store, now)) is not None:
        before_each(due.at)
        try:
            with store.transaction():
                store.schedule(due.task, due.record_id, None)
                tasks[due.task](account_at(due.at), due.record_id)
        except Exception as error:
            is_refused = isinstance(error, ApiError)
            _LOGGER.warning(
                "The task %s of %s was not done: %s", due.task, due.record_id, error, exc_info=not is_refused
            )
            with store.transaction():
                store.schedule(due.task, due.record_id, due.at + DAY)
        after_each()


def _next_task(store: Store, now: int) -> ScheduledTask | None:
    with store.transaction(writes=False):
        return store.next_task(now)
