"""Shared parts of the commands that execute runs: options, plan, confirmation, progress and summary."""

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
from invoiced.cli.cells import csv_cell
from invoiced.cli.confirmation import confirm, host_of, yes_option
from invoiced.cli.errors import FAILED, INTERRUPTED, NOT_STARTED, NotStartedError
from invoiced.cli.progress import with_progress
from invoiced.cli.streams import one_line, pluralize
from invoiced.runs import MAX_CONCURRENCY, Results, Run, RunError, RunPlan, RunStopped

AnyRun = TypeVar("AnyRun", bound=Run)
T = TypeVar("T")

_MAX_PROBLEMS = 20
_RESULT_COLUMNS = ("row", "customer_id", "number", "name", "email", "outcome", "reason", "details", "idempotency_key")


@dataclass(frozen=True)
class RunOptions:
    """The options of a command that executes a run."""

    journal: str | None
    rate: float
    concurrency: int
    stop_after_errors: int | None
    retry_unknown: bool
    strict: bool
    dry_run: bool
    result: str | None
    yes: bool

    def create_run(self, kind: type[AnyRun], client: Client, name: str) -> AnyRun:
        """Create the run. The default journal is named after the current month: `statements-2026-11.journal`."""
        journal = self.journal or self._default_journal(kind, client, name)
        return kind(
            client,
            journal,
            rate=self.rate,
            concurrency=self.concurrency,
            stop_after_errors=self.stop_after_errors,
            retry_unknown=self.retry_unknown,
        )

    def execute(
        self,
        client: Client,
        run: Run,
        action: str,
        noun: str,
        *,
        plan: Callable[[], RunPlan],
        begin: Callable[[RunPlan], Results],
        describe: Callable[[Any], str],
    ) -> None:
        """Plan the run, show the plan, ask for confirmation, and execute it.

        Args:
            client: client of the account.
            run: the run.
            action: verb for the question, such as "Send".
            noun: noun for the question, such as "statement".
            plan: plans the run.
            begin: starts the run.
            describe: describes the request of a row.

        Raises:
            NotStartedError: the run did not start; nothing was sent.
            SystemExit: not every row succeeded.
        """
        self._check_result_file()
        planned = _exit_on_error(plan)
        action = f"{action} {pluralize(planned.to_do, noun)} at {self._account(client, planned)}"
        self._show(planned, action)
        if self.dry_run:
            for row in planned.left():
                click.echo(one_line(f"row {row.number}, {row.customer}: {row.problem or describe(row)}"))
            if planned.skipped and not planned.to_do and not planned.resumes:
                raise SystemExit(NOT_STARTED)
            return
        _exit_on_error(lambda: planned.check(strict=self.strict))
        if planned.to_do:
            confirm(f"{action}?", yes=self.yes)
        total = planned.result_count
        status = self._process(run, _exit_on_error(lambda: begin(planned)), total)
        report = run.report()
        click.echo(report)
        if self.result and report.counts:
            _write_results(run, Path(self.result))
        if status or not report.complete:
            raise SystemExit(status or FAILED)

    def _account(self, client: Client, plan: RunPlan) -> str:
        """Return the API's host, with the account's host if the user has to confirm or check the plan."""
        host = host_of(client)
        if self.yes or not plan.to_do:
            return host
        account = _exit_on_error(lambda: _account_host(client, plan))
        return f"{host} ({account})" if account and account != host else host

    def _check_result_file(self) -> None:
        """Check that the result file is new or was written by an earlier run."""
        if not self.result:
            return
        path = Path(self.result)
        try:
            with path.open("a+", encoding="utf-8-sig") as file:
                file.seek(0)
                head = file.readline().strip()
        except (OSError, UnicodeError):
            raise NotStartedError(f"Cannot write {self.result}.") from None
        if head not in ("", ",".join(_RESULT_COLUMNS)):
            raise NotStartedError(f"{self.result} already exists and is not a result file. Choose another name.")

    def _default_journal(self, kind: type[Run], client: Client, name: str) -> str:
        first = date.today().replace(day=1)
        journal, previous = (f"{name}-{month:%Y-%m}.journal" for month in (first, first - timedelta(days=1)))
        if not Path(journal).exists() and Path(previous).exists():
            left = _exit_on_error(lambda: kind(client, previous).report()).counts.get("not tried")
            if left:
                raise NotStartedError(
                    f"{previous} has {pluralize(left, 'row')} not tried yet. To continue that run: "
                    f"--journal {previous}. To start a new run: --journal {journal}."
                )
        return journal

    def _show(self, plan: RunPlan, action: str) -> None:
        """Print the plan on stderr."""
        lines = [f"{action}."]
        if plan.resumes:
            lines.append(f"Resuming the run: {str(plan.report()).splitlines()[0]}.")
        elif plan.skipped:
            shown = None if self.dry_run or self.strict else _MAX_PROBLEMS
            lines += [f"{plan.skipped} of {pluralize(len(plan), 'row')} skipped:", *islice(plan.problems, shown)]
            if shown and plan.skipped > shown:
                lines.append(f"... and {plan.skipped - shown} more (--dry-run shows all).")
        for line in lines:
            click.echo(one_line(line), err=True)

    def _process(self, run: Run, results: Results, total: int) -> int:
        """Process all rows. Return the exit status if the run ended early, otherwise 0."""
        try:
            with closing(results):
                for _ in with_progress(results, total):
                    pass
        except KeyboardInterrupt:
            click.echo("Interrupted. Requests in flight were completed.", err=True)
            return INTERRUPTED
        except (RunStopped, RunError, InvoicedError) as error:
            click.echo(f"Error: {one_line(str(error))}", err=True)
            wrong_key = isinstance(error, AuthenticationError) and set(run.report().counts) <= {"not tried", "skipped"}
            return NOT_STARTED if wrong_key else FAILED
        return 0


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

    @click.option("--journal", metavar="PATH", help="File that records the progress. Default: one file per month.")
    @with_rate_limit
    @click.option("--stop-after-errors", type=click.IntRange(min=1), metavar="N", help="Stop after N errors.")
    @click.option("--retry-unknown", is_flag=True, help="Retry rows whose outcome is unknown. Check the account first.")
    @click.option("--strict", is_flag=True, help="Send nothing if any row would be skipped.")
    @click.option("--dry-run", is_flag=True, help="Show what would be sent, without sending it.")
    @click.option("--result", metavar="FILE", help="Write the outcome of every row to a CSV file.")
    @yes_option
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        own = {field.name: options.pop(field.name) for field in fields(RunOptions)}
        return function(*arguments, options=RunOptions(**own), **options)

    return run


def _exit_on_error(function: Callable[[], T]) -> T:
    """Call the function, and convert errors that occur before a run starts to NotStartedError."""
    try:
        return function()
    except (RunError, InvoicedError) as error:
        raise NotStartedError(str(error).splitlines()[0]) from error


def _account_host(client: Client, plan: RunPlan) -> str | None:
    """Return the host of the account's own pages, from the statement URL of one of its customers."""
    id = next((row.customer.id for row in plan if row.customer.id is not None), None)
    if id is None:
        return None
    link = None
    with suppress(NotFoundError):  # the customer may have been deleted
        link = client.Customer.retrieve(id).get("statement_pdf_url")
    with suppress(ValueError):  # not a URL
        return urlsplit(link).hostname if isinstance(link, str) else None
    return None


def _write_results(run: Run, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file, closing(run.results()) as results:
            writer = csv.writer(file)
            writer.writerow(_RESULT_COLUMNS)
            for result in results:
                customer = result.customer
                who = [customer.id, customer.number, customer.name, customer.email]
                outcome = [result.outcome, result.reason, dict(result.details) or None, result.idempotency_key]
                writer.writerow(map(csv_cell, [result.row, *who, *outcome]))
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error
