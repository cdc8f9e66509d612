"""What a run would do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from .errors import JournalError, PlanError
from .journal import Journal
from .results import RunReport, report_of
from .rows import SKIPPED, STARTED, Row
from .staged_rows import StagedRows


class RunPlan:
    """The rows of a run, checked: what would be sent to whom, and what cannot be. Nothing has been sent.

    Iterating answers the rows in order: each has its `row`, the `customer`, the `request` of its own, and the
    `problem` for which it would be skipped.
    """

    def __init__(self, tasks: StagedRows | Journal, states: Collection[str]) -> None:
        self._tasks = tasks
        self._begun = False
        self._states = states

    @property
    def resumes(self) -> bool:
        """Whether the run has begun before: what it did is in its journal."""
        return isinstance(self._tasks, Journal)

    def __iter__(self) -> Iterator[Row]:
        return self._tasks.tasks()

    def __len__(self) -> int:
        return sum(self._tasks.counts().values())

    def left(self) -> Iterator[Row]:
        """Yield the rows that are going to be tried, and those that have a problem."""
        return (task for task in self if self._tasks.state(task.row) in (*self._states, SKIPPED))

    @property
    def to_do(self) -> int:
        """Number of rows that are going to be tried."""
        return sum(number for state, number in self._tasks.counts().items() if state in self._states)

    @property
    def interrupted(self) -> int:
        """Number of rows that were under way when the run ended: of what became of them nobody knows."""
        return 0 if STARTED in self._states else self._tasks.counts()[STARTED]

    @property
    def skipped(self) -> int:
        """Number of rows that have a problem."""
        return self._tasks.counts()[SKIPPED]

    @property
    def problems(self) -> Iterator[str]:
        """What is wrong, one line per row."""
        return (f"Row {task.row}, {task.customer}: {task.problem}." for task in self._tasks.tasks("problem != ''"))

    def report(self) -> RunReport:
        """Count how far the run has come until now."""
        return report_of("", self._tasks.counts())

    def check(self, *, strict: bool) -> None:
        """Refuse the plan when it cannot be carried out.

        Args:
            strict: whether all rows must be right, and not just one.

        Raises:
            PlanError: a row has a problem and all must be right, or none is.
            JournalError: the plan has been carried out: its journal is somebody else's.
        """
        if self._begun:
            raise JournalError("This plan has been carried out already. Make a new one to go on.")
        if self.skipped and not self.resumes and (strict or not self.to_do):
            raise PlanError(f"{self.skipped} of {len(self)} rows cannot be sent; nothing was sent.", [*self.problems])

    def journal(self, path: Path) -> Journal:
        """Hand out the journal of the run, once. It is made if the run has not begun.

        Args:
            path: where it is made.

        Raises:
            JournalError: it cannot be made.
        """
        journal = self._tasks if isinstance(self._tasks, Journal) else self._tasks.save(path)
        self._begun, self._tasks = True, StagedRows()  # whoever loops over the results owns the journal
        return journal
