"""What a run would do."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import PlanError
from .journal import TO_DO, Journal, Task


class Plan:
    """The rows of a run, checked: what would be sent to whom, and what cannot be. Nothing has been sent.

    Iterating answers the rows in order: each has its `row`, the `customer`, the `request` of its own, and the
    `problem` for which it would be skipped.
    """

    def __init__(self, journal: Journal, *, resumes: bool) -> None:
        self.journal = journal
        self.resumes = resumes
        """Whether the run has begun before: what it did is in its journal."""

    def __iter__(self) -> Iterator[Task]:
        return self.journal.tasks()

    def __len__(self) -> int:
        return sum(self.journal.counts().values())

    @property
    def skipped(self) -> int:
        """Number of rows that have a problem."""
        return self.journal.counts()["skipped"]

    @property
    def problems(self) -> Iterator[str]:
        """What is wrong, one line per row."""
        return (f"Row {task.row}, {task.customer}: {task.problem}." for task in self.journal.tasks("problem != ''"))

    def check(self, *, strict: bool) -> None:
        """Raises PlanError when a row has a problem and all must be right, or when none is."""
        if self.skipped and not self.resumes and (strict or not self.journal.counts()[TO_DO]):
            raise PlanError(f"{self.skipped} of {len(self)} rows cannot be sent; nothing was sent.", [*self.problems])
