"""The plan of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from .errors import JournalError, PlanError
from .journal import Journal
from .results import RunReport, report_of
from .rows import SKIPPED, STARTED, Row
from .staged_rows import StagedRows


class RunPlan:
    """The checked rows of a run: what would be sent to each customer, and which rows would be skipped.

    Nothing has been sent. Iterating yields the rows in order: each has its `number`, its `customer`, its own part of
    the `request`, and the `problem` for which it would be skipped.
    """

    def __init__(self, rows: StagedRows | Journal, states: Collection[str]) -> None:
        self._rows = rows
        self._used = False
        self._states = states
        self.result_count = self.to_do + self.interrupted + (0 if self.resumes else self.skipped)
        """Number of results that the run will yield, if it is not stopped: the total of a progress bar."""

    @property
    def resumes(self) -> bool:
        """Whether the run has been started before, and has a journal."""
        return isinstance(self._rows, Journal)

    def __iter__(self) -> Iterator[Row]:
        return self._rows.rows()

    def __len__(self) -> int:
        return sum(self._rows.counts().values())

    def __repr__(self) -> str:
        return f"<RunPlan: {self.to_do} to do, {self.skipped} skipped>"

    def left(self) -> Iterator[Row]:
        """Yield the rows that will be tried, and the rows with a problem."""
        return (row for row in self if self._rows.state(row.number) in (*self._states, SKIPPED))

    @property
    def to_do(self) -> int:
        """Number of rows that will be tried."""
        return sum(count for state, count in self._rows.counts().items() if state in self._states)

    @property
    def interrupted(self) -> int:
        """Number of rows that were in flight when the run ended, and whose outcome is unknown."""
        return 0 if STARTED in self._states else self._rows.counts()[STARTED]

    @property
    def skipped(self) -> int:
        """Number of rows with a problem."""
        return self._rows.counts()[SKIPPED]

    @property
    def problems(self) -> Iterator[str]:
        """Problems, one line per row."""
        return (f"Row {row.number}, {row.customer}: {row.problem}." for row in self._rows.rows("problem != ''"))

    def report(self) -> RunReport:
        """Return the progress of the run so far."""
        return report_of("", self._rows.counts())

    def check(self, *, strict: bool) -> None:
        """Check that the plan can be executed.

        Args:
            strict: whether the plan is refused if any row has a problem, and not only if all rows do.

        Raises:
            PlanError: all rows have problems, or `strict` is true and a row has a problem.
            JournalError: the plan was used before.
        """
        if self._used:
            raise JournalError("This plan was already used. Create a new plan to continue.")
        if self.skipped and not self.resumes and (strict or not self.to_do):
            raise PlanError(f"{self.skipped} of {len(self)} rows cannot be sent; nothing was sent.", [*self.problems])

    def journal(self, path: Path) -> Journal:
        """Return the journal of the run, and create it if the run is new. The plan cannot be used again.

        Args:
            path: path of a new journal.

        Raises:
            JournalError: the journal cannot be created.
        """
        journal = self._rows if isinstance(self._rows, Journal) else self._rows.save(path)
        self._used, self._rows = True, StagedRows()  # the iterator over the results now owns the journal
        return journal
