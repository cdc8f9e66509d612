"""Errors that prevent or stop a run.

::

    RunError
    ├── PlanError      rows that cannot be processed
    └── RunStopped     the run stopped early; it can be run again
"""

from __future__ import annotations

from collections.abc import Sequence

from invoiced.display.escaping import one_line


class RunError(Exception):
    """A run that cannot start or continue. The ledger records which rows were processed."""

    def __str__(self) -> str:
        return one_line(super().__str__())


class PlanError(RunError):
    """Rows that cannot be processed. Nothing was sent."""

    problems: Sequence[str]
    """Problems, one line per row."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message, problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(one_line, [self.args[0], *self.problems]))


class RunStopped(RunError):
    """The run stopped early. Requests in flight were completed; run again to continue."""
