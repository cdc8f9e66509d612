"""Transactions that threads share, because the flush to disk at the end of each takes longer than all else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Lock

from sqlalchemy import Connection

Write = Callable[[Connection], bool]
"""Writes something, and returns whether it did."""


class SharedTransactions:
    """Executes what threads write at the same time in one transaction: either all of it is on disk, or nothing.

    Args:
        begin: begins a transaction.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._begin, self._turn = begin, Lock()
        self._waiting = deque[tuple[Write, Future[bool]]]()

    def execute(self, write: Write) -> bool:
        """Return what a function returns that writes in a transaction, once that has ended."""
        future = Future[bool]()
        self._waiting.append((write, future))
        with self._turn:
            if not future.done():  # otherwise, the thread that had the turn before has executed it
                self._execute_waiting()
        return future.result()

    def _execute_waiting(self) -> None:
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            with self._begin() as connection:
                results = [write(connection) for write, _ in taken]
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
        else:
            for (_, future), result in zip(taken, results, strict=True):
                future.set_result(result)
