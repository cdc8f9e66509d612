"""What keeps a run from beginning, or from going on.

::

    RunError
    ├── PlanError      rows that cannot be carried out
    ├── JournalError   a journal that cannot be used
    └── RunStopped     the run ended before its end; it can be resumed
"""

from __future__ import annotations

from collections.abc import Sequence


class RunError(Exception):
    """A run that cannot begin, or cannot go on. What was done is in its journal."""


class PlanError(RunError):
    """Rows that cannot be carried out. Nothing was sent."""

    problems: Sequence[str]
    """What is wrong, one line per row."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message, problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([self.args[0], *self.problems])


class JournalError(RunError):
    """A journal that cannot be used: damaged, in use by another process, or that of another run."""


class RunStopped(RunError):
    """The run ended before its end. What was under way was finished; run again with the same journal to go on."""
