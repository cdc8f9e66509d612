"""Forks of a process: no connection to a ledger is used by two processes.

SQLite can damage a database whose connection is carried into a forked process, and a server would mix the requests of
two processes.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """What has connections."""

    def before_fork(self, after: ExitStack) -> None:
        """Give up what a forked process must not copy. `after` is closed in both processes after the fork."""

    def after_fork_in_child(self) -> None:
        """Forget connections that belong to the parent process."""


_known = WeakSet[Forkable]()
_after = ExitStack()


def watch(database: Forkable) -> None:
    """Call the methods of a database when this process forks."""
    _known.add(database)


def _before() -> None:
    for database in [*_known]:
        database.before_fork(_after)


def _in_child() -> None:
    _after.close()
    for database in [*_known]:
        database.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after.close, after_in_child=_in_child)
