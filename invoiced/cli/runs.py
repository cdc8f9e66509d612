"""What the commands that carry out runs have in common: their options, plan, question, progress and summary."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from invoiced import AuthenticationError, Client, InvoicedError, NotFoundError
from invoiced.cli.confirmation import ask, host_of
from invoiced.cli.failures import FAILED, INTERRUPTED, NOTHING_DONE, NothingDone
from invoiced.cli.output import cell
from invoiced.cli.progress import with_progress
from invoiced.cli.streams import counted, one_line
from invoiced.runs import Results, Run, RunError, RunPlan, RunStopped

AnyRun = TypeVar("AnyRun", bound=Run)
Answer = TypeVar("Answer")

_PROBLEMS_SHOWN = 20
_RESULT = ("row", "customer_id", "number", "name", "email", "outcome", "reason", "details", "idempotency_key")


@dataclass(frozen=True)
class RunOptions:
    """The options of a command that carries out a run, and what it does with them."""

    journal: str | None
    rate: float
    concurrency: int
    stop_after_errors: int | None
    retry_unknown: bool
    strict: bool
    dry_run: bool
    result: str | None
    yes: bool

    def run(self, kind: type[AnyRun], client: Client, name: str) -> AnyRun:
        """The run. Without a journal it has that of the month, `name-2026-11.journal`."""
        journal = self.journal or self._journal_of_the_month(kind, client, name)
        return kind(
            client,
            journal,
            rate=self.rate,
            concurrency=self.concurrency,
            stop_after_errors=self.stop_after_errors,
            retry_unknown=self.retry_unknown,
        )

    def carry_out(
        self,
        client: Client,
        run: Run,
        action: str,
        noun: str,
        *,
        plan: Callable[[], RunPlan],
        begin: Callable[[RunPlan], Results],
        request: Callable[[Any], str],
    ) -> None:
        """Plans the run, shows the plan, asks, and does it. Ends the program with 1 unless every row was done.

        `action` and `noun` are like "Send" and "statement", `request` tells what is sent for a task.
        """
        self._check_result()
        planned = _exit_on_error(plan)
        action = f"{action} {counted(planned.to_do, noun)} at {_exit_on_error(lambda: _account(client, planned))}"
        self._show(planned, action)
        if self.dry_run:
            for task in planned.left():
                click.echo(one_line(f"row {task.row}, {task.customer}: {task.problem or request(task)}"))
            return
        _exit_on_error(lambda: planned.check(strict=self.strict))
        if planned.to_do:
            ask(f"{action}?", yes=self.yes)
        total = planned.to_do + planned.interrupted + (0 if planned.resumes else planned.skipped)
        status = self._loop(run, _exit_on_error(lambda: begin(planned)), total)
        report = run.report()
        click.echo(report)
        if self.result and report.counts:
            _write_results(run, Path(self.result))
        if status or not report.complete:
            raise SystemExit(status or FAILED)

    def _check_result(self) -> None:
        """The outcome of every row goes to a new file, or to one that a run has written before."""
        if not self.result:
            return
        path = Path(self.result)
        try:
            with path.open("a+", encoding="utf-8") as file:
                file.seek(0)
                head = file.readline().strip()
        except (OSError, UnicodeError):
            raise NothingDone(f"{self.result} cannot be written.") from None
        if head not in ("", ",".join(_RESULT)):
            raise NothingDone(f"{self.result} is there already, and no result of a run. Take another name.")

    def _journal_of_the_month(self, kind: type[Run], client: Client, name: str) -> str:
        first = date.today().replace(day=1)
        journal, before = (f"{name}-{month:%Y-%m}.journal" for month in (first, first - timedelta(days=1)))
        if not Path(journal).exists() and Path(before).exists():
            left = _exit_on_error(lambda: kind(client, before).report()).counts.get("not tried")
            if left:
                raise NothingDone(
                    f"{before} has {left} rows that were not tried yet. Go on with it: --journal {before}. "
                    f"Or begin a new run: --journal {journal}."
                )
        return journal

    def _show(self, plan: RunPlan, action: str) -> None:
        """The plan, on stderr."""
        lines = [f"{action}."]
        if plan.resumes:
            lines.append(f"The run has begun before: {str(plan.report()).splitlines()[0]}.")
        elif plan.skipped:
            shown = None if self.dry_run or self.strict else _PROBLEMS_SHOWN
            lines += [f"{counted(plan.skipped, 'row')} of {len(plan)} skipped:", *islice(plan.problems, shown)]
            if shown and plan.skipped > shown:
                lines.append(f"... and {plan.skipped - shown} more; --dry-run shows them all.")
        for line in lines:
            click.echo(one_line(line), err=True)

    def _loop(self, run: Run, results: Results, total: int) -> int:
        """Lets the run go its way. Answers the exit status of one that ended early, else 0."""
        try:
            with closing(results):
                for _ in with_progress(results, total):
                    pass
        except KeyboardInterrupt:
            click.echo("Interrupted. What was under way has been finished.", err=True)
            return INTERRUPTED
        except (RunStopped, RunError, InvoicedError) as error:
            click.echo(f"Error: {one_line(str(error))}", err=True)
            wrong_key = isinstance(error, AuthenticationError) and set(run.report().counts) <= {"not tried", "skipped"}
            return NOTHING_DONE if wrong_key else FAILED
        return 0


def with_pace(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options that say how fast it may be, and its function `rate` and `concurrency`."""
    a_rate, a_number = click.FloatRange(min=0, min_open=True), click.IntRange(min=1)
    rate = click.option(
        "--rate", type=a_rate, metavar="N", default=5.0, show_default=True, help="Requests per second, at most."
    )
    concurrency = click.option(
        "--concurrency", type=a_number, metavar="N", default=4, show_default=True, help=f"{what} at the same time."
    )
    return lambda function: rate(concurrency(function))


def with_run(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run, and its function `options`."""

    @click.option("--journal", metavar="PATH", help="File that remembers what was done. Default: one per month.")
    @with_pace("Requests")
    @click.option("--stop-after-errors", type=click.IntRange(min=1), metavar="N", help="Stop after so many errors.")
    @click.option(
        "--retry-unknown",
        is_flag=True,
        help="Repeat what may have been done, though nobody knows. Look into the account first.",
    )
    @click.option("--strict", is_flag=True, help="Do nothing at all if a row would be skipped.")
    @click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
    @click.option("--result", metavar="FILE", help="Write the outcome of every row to a CSV file.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        own = {field.name: options.pop(field.name) for field in fields(RunOptions)}
        return function(*arguments, options=RunOptions(**own), **options)

    return run


def _exit_on_error(function: Callable[[], Answer]) -> Answer:
    """What the function answers. What keeps a run from beginning ends the program: nothing was done."""
    try:
        return function()
    except (RunError, InvoicedError) as error:
        raise NothingDone(str(error).splitlines()[0]) from error


def _account(client: Client, plan: RunPlan) -> str:
    """The host of the API, and that of the account's own pages, which tells whose it is."""
    some = next((task.customer.id for task in plan if task.customer.id is not None), None)
    page = None
    if some is not None:
        with suppress(NotFoundError):  # it may have been deleted
            page = urlsplit(client.Customer.retrieve(some).get("statement_pdf_url") or "").hostname
    return f"{host_of(client)} ({page})" if page and page != host_of(client) else host_of(client)


def _write_results(run: Run, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file, closing(run.results()) as results:
            writer = csv.writer(file)
            writer.writerow(_RESULT)
            for one in results:
                customer = [one.customer.id, one.customer.number, one.customer.name, one.customer.email]
                came_of_it = [one.outcome, one.reason, dict(one.details) or None, one.idempotency_key]
                writer.writerow(map(cell, [one.row, *customer, *came_of_it]))
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
