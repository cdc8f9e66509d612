"""Transactions that threads share, because the flush to disk at the end of each takes longer than all else."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock

Write = Callable[[sqlite3.Connection], bool]
"""Writes something, and returns whether it did."""


class SharedTransactions:
    """Executes what threads write at the same time in one transaction: either all of it is on disk, or nothing.

    Args:
        begin: begins a transaction.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._begin, self._turn = begin, Lock()
        self._waiting = deque[_Task]()

    def execute(self, write: Write) -> bool:
        """Return what a function returns that writes in a transaction, once that has ended.

        Raises:
            InterruptedError: it is unknown whether it was written, because the thread that wrote it was interrupted.
        """
        task = _Task(write)
        self._waiting.append(task)
        with self._turn:
            if task.outcome is None:  # otherwise, the thread that had the turn before has executed it
                self._execute_waiting()
        if task.outcome is None:  # that thread was interrupted
            raise InterruptedError("the program was interrupted while it wrote to the ledger")
        if isinstance(task.outcome, BaseException):
            raise task.outcome
        return task.outcome

    def _execute_waiting(self) -> None:
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            with self._begin() as connection:
                results = [task.write(connection) for task in taken]
        except BaseException as error:
            for task in taken:
                task.outcome = error
        else:
            for task, result in zip(taken, results, strict=True):
                task.outcome = result


class _Task:
    """What a thread writes. It is not a Future, whose locks take a tenth of the time of a change."""

    outcome: bool | BaseException | None = None

    def __init__(self, write: Write) -> None:
        self.write = write
