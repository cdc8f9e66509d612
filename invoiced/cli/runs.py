"""Shared parts of the commands that execute runs: options, confirmation, progress, summary and exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from invoiced import InvoicedError
from invoiced.cli.confirmation import yes_option
from invoiced.cli.errors import FAILED, NOT_STARTED, NotStartedError
from invoiced.cli.progress import with_progress
from invoiced.cli.signals import Stopped, StopSignals
from invoiced.cli.streams import first_line, print_line
from invoiced.ledger import LedgerError
from invoiced.runs import MAX_CONCURRENCY, Plan, Run, RunError, Status
from invoiced.runs.reports import problem_of_report
from invoiced.runs.rows import PROBLEMS


@dataclass(frozen=True)
class RunOptions:
    """The options of a command that executes a run."""

    rate: float
    concurrency: int
    stop_after_errors: int | None
    strict: bool
    dry_run: bool
    result: str | None
    yes: bool

    def check(self) -> None:
        """Check that the result file can be written.

        Raises:
            NotStartedError: it cannot.
        """
        if self.result and (problem := problem_of_report(Path(self.result))):
            raise NotStartedError(problem)

    def show(self, plan: Plan, rows: Iterable[str], lines: Iterable[str]) -> None:
        """Print a plan on stderr. In a dry run, its rows come first, on stdout.

        Raises:
            NotStartedError: it cannot be executed.
        """
        with exit_before_start():
            for row in rows if self.dry_run else ():
                print_line(row)
            for line in lines:
                print_line(line, err=True)
            plan.check(strict=self.strict)

    def execute(self, run: Run, plan: Plan, signals: StopSignals, *, look: str = "") -> None:
        """Send what is planned, show the progress and the summary, and write the result file.

        Args:
            run: the run.
            plan: its plan.
            signals: the signals that stop it.
            look: command that shows what is left of the run. Without one, the rows of the plan are summarized.

        Raises:
            NotStartedError: nothing was sent.
            SystemExit: something is left, or the run was stopped.
        """
        total = plan.result_count
        with exit_before_start():
            results = run.send(plan, strict=self.strict)
        status, error, processed = 0, "", 0
        try:
            with closing(results):
                for result in with_progress(signals.results(results), total):
                    processed += result.outcome not in PROBLEMS
        except Stopped as stopped:
            status = stopped.status
        except (RunError, InvoicedError, LedgerError) as raised:
            status = FAILED if processed or isinstance(raised, LedgerError) else NOT_STARTED
            error = _print_error(raised)
        try:
            rows = None if look else plan
            summary = run.status(rows)
            _show_summary(summary, look)
            status = status or (0 if summary.complete else FAILED)
            if self.result and status != NOT_STARTED:
                run.report(self.result, rows)
        except (RunError, InvoicedError, LedgerError) as raised:
            status = status or FAILED
            _print_error(raised, said=error)
        if signals.is_impatient:
            _leave(status)
        if status:
            raise SystemExit(status)


def with_rate_limit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--rate` and `--concurrency` to a command; its function gets `rate` and `concurrency`."""
    rate = click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        default=5.0,
        show_default=True,
        help="Maximum requests per second.",
    )
    concurrency = click.option(
        "--concurrency",
        type=click.IntRange(min=1, max=MAX_CONCURRENCY),
        metavar="N",
        default=4,
        show_default=True,
        help="Maximum requests in flight.",
    )
    return rate(concurrency(function))


def with_run(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a run to a command; its function gets `options`."""

    @with_rate_limit
    @click.option("--stop-after-errors", type=click.IntRange(min=1), metavar="N", help="Stop after N errors.")
    @click.option("--strict", is_flag=True, help="Send nothing if any row cannot be sent.")
    @click.option("--dry-run", is_flag=True, help="Show what would be sent, without sending it.")
    @click.option(
        "--result", metavar="FILE", help="Write the outcome of every row to a .xlsx or .csv file, at the end."
    )
    @yes_option
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        own = {field.name: options.pop(field.name) for field in fields(RunOptions)}
        return function(*arguments, options=RunOptions(**own), **options)

    return run


@contextmanager
def exit_before_start() -> Iterator[None]:
    """Convert errors that occur before a run starts to NotStartedError."""
    try:
        yield
    except (RunError, InvoicedError, LedgerError) as error:
        raise NotStartedError(first_line(error)) from error


def _show_summary(status: Status, look: str) -> None:
    print_line(str(status))
    if status.left and look:
        done = ("is", "It is") if status.left == 1 else ("are", "They are")
        print_line(f"{status.left} {done[0]} left. {done[1]} named, with the reason, by: {look}")


def _print_error(error: Exception, said: str = "") -> str:
    """Print an error, unless that was said before, and return its text."""
    if str(error) != said:
        print_line(f"Error: {error}", err=True)
    return str(error)


def _leave(status: int) -> None:
    """End the program at once. Python itself would wait for the requests in flight."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
