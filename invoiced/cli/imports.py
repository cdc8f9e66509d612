"""Shared parts of the commands that import rows of a file: options, plan, confirmation, progress and summary."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from invoiced import AuthenticationError, Client, InvoicedError
from invoiced.cli.cells import csv_cell
from invoiced.cli.confirmation import confirm, host_of, yes_option
from invoiced.cli.errors import FAILED, INTERRUPTED, NOT_STARTED, NotStartedError
from invoiced.cli.progress import with_progress
from invoiced.cli.streams import first_line, pluralize, print_line
from invoiced.files import write_atomically
from invoiced.ledger import LedgerError
from invoiced.ledger.states import CREATED, DONE, HELD, INVALID, STARTED, TO_DO, UNCHANGED
from invoiced.ledger.states import FAILED as FAILED_BEFORE
from invoiced.runs import MAX_CONCURRENCY, Plan, Result, Run, RunError
from invoiced.runs.results import result_of_row
from invoiced.runs.rows import DUPLICATE, PROBLEMS, Row

_WORDS = {
    TO_DO: "to import",
    FAILED_BEFORE: "failed and tried again",
    CREATED: "created before",
    UNCHANGED: "unchanged",
    STARTED: "in flight in another program",
    HELD: "held",
    INVALID: "invalid",
    DUPLICATE: "listed twice",
}
"""What a state of a row means to the session that is planned, in the order in which they are shown."""

_SHOWN, _SAMPLES = 20, 3
_COLUMNS = ("row", "customer_id", "number", "name", "email", "outcome", "reason", "details", "idempotency_key")
_HEAD = 1000
"""Characters of an existing file that are read to tell whether it is a result file."""


@dataclass(frozen=True)
class Import:
    """What one import does differently from others.

    Args:
        run: the run.
        plan: plans it.
        action: verb for the question, such as "Create".
        noun: noun for the question, such as "invoice".
        describe: describes the request of a row.
        lines: yields what else is shown of a plan.
    """

    run: Run
    plan: Callable[[], Plan]
    action: str
    noun: str
    describe: Callable[[Row], str]
    lines: Callable[[Plan], Iterable[str]] = lambda plan: ()


@dataclass(frozen=True)
class ImportOptions:
    """The options of a command that imports rows."""

    rate: float
    concurrency: int
    stop_after_errors: int | None
    strict: bool
    dry_run: bool
    result: str | None
    yes: bool

    def execute(self, client: Client, start: Callable[[], Import]) -> None:
        """Plan the import, show the plan, ask for confirmation, send the requests, and show the summary.

        Args:
            client: client of the account.
            start: creates the run.

        Raises:
            NotStartedError: nothing was sent.
            SystemExit: not every row was imported.
        """
        if self.result and (problem := _problem_of_result_file(Path(self.result))):
            raise NotStartedError(problem)
        with _exit_before_start():
            importing = start()
            plan = importing.plan()
        if not len(plan):
            raise NotStartedError("There are no rows to import. Nothing was sent.")
        action = f"{importing.action} {pluralize(plan.to_send, importing.noun)} at {host_of(client)}"
        self._show(plan, importing, action)
        with _exit_before_start():
            plan.check(strict=self.strict)
        if self.dry_run:
            return
        if plan.to_send:
            confirm(f"{action}?", yes=self.yes)
        results, status = self._send(importing.run, plan)
        # Rows that the ledger has as processed yield no results.
        before = [row for row in plan.rows(*DONE, STARTED) if row.found is None]
        counts = Counter(result.outcome for result in results) + Counter(_WORDS[row.state] for row in before)
        counts["not tried"] = plan.result_count - len(results)
        print_line(", ".join(f"{count} {outcome}" for outcome, count in sorted((+counts).items())))
        if self.result:
            _write_results(chain(map(result_of_row, before), results), Path(self.result))
        is_complete = not (+counts).keys() - {*DONE, _WORDS[CREATED]}
        if status or not is_complete:
            raise SystemExit(status or FAILED)

    def _show(self, plan: Plan, importing: Import, action: str) -> None:
        """Print the plan on stderr. In a dry run, all rows come first, on stdout."""
        for row in plan if self.dry_run else ():
            print_line(f"row {row.number}, {row.customer}: {_what(row, importing)}")
        for line in self._lines(plan, importing, action):
            print_line(line, err=True)

    def _lines(self, plan: Plan, importing: Import, action: str) -> Iterator[str]:
        yield f"Ledger: {importing.run.ledger.name}"
        if not self.dry_run:
            yield from _limited(plan.problems)
            for row in islice(plan.rows_to_send(), _SAMPLES):
                yield f"For example, row {row.number}, {row.customer}: {importing.describe(row)}"
        yield from _limited(f"Failed before, and not in these rows: {line}" for line in plan.withdrawals)
        yield from importing.lines(plan)
        counts = plan.counts
        yield f"Rows: {', '.join(f'{words} {counts[state]}' for state, words in _WORDS.items() if state in counts)}"
        yield f"{action}{' (dry run: nothing was sent)' if self.dry_run else ''}."

    def _send(self, run: Run, plan: Plan) -> tuple[list[Result], int]:
        """Send what is planned. Return the results, and the exit status if the run ended early, otherwise 0."""
        processed: list[Result] = []
        with _exit_before_start():
            results = run.send(plan, strict=self.strict)
        try:
            with closing(results):
                for result in with_progress(results, plan.result_count):
                    processed.append(result)
        except KeyboardInterrupt:
            print_line("Interrupted. Requests in flight were completed.", err=True)
            return processed, INTERRUPTED
        except (RunError, LedgerError, InvoicedError) as error:
            print_line(f"Error: {error}", err=True)
            wrong_key = isinstance(error, AuthenticationError) and {each.outcome for each in processed} <= {*PROBLEMS}
            return processed, NOT_STARTED if wrong_key else FAILED
        return processed, 0


def with_import(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of an import to a command; its function gets `options`."""

    @click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        default=5.0,
        show_default=True,
        help="Maximum requests per second.",
    )
    @click.option(
        "--concurrency",
        type=click.IntRange(min=1, max=MAX_CONCURRENCY),
        metavar="N",
        default=4,
        show_default=True,
        help="Maximum requests in flight.",
    )
    @click.option("--stop-after-errors", type=click.IntRange(min=1), metavar="N", help="Stop after N errors.")
    @click.option("--strict", is_flag=True, help="Send nothing if any row cannot be imported.")
    @click.option("--dry-run", is_flag=True, help="Show what would be sent, without sending it.")
    @click.option("--result", metavar="FILE", help="Write the outcome of every row to a CSV file, at the end.")
    @yes_option
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        own = {field.name: options.pop(field.name) for field in fields(ImportOptions)}
        return function(*arguments, options=ImportOptions(**own), **options)

    return run


@contextmanager
def _exit_before_start() -> Iterator[None]:
    """Convert errors that occur before a run starts to NotStartedError."""
    try:
        yield
    except (RunError, InvoicedError, LedgerError) as error:
        raise NotStartedError(first_line(error)) from error


def _what(row: Row, importing: Import) -> str:
    """Return what would happen to a row."""
    return row.problem or (importing.describe(row) if row.state in (TO_DO, FAILED_BEFORE) else _WORDS[row.state])


def _limited(lines: Iterable[str]) -> Iterator[str]:
    lines = iter(lines)
    yield from islice(lines, _SHOWN)
    if more := sum(1 for _ in lines):
        yield f"... and {more} more."


def _problem_of_result_file(path: Path) -> str | None:
    """Return why the result file cannot be written; None if it is new, or was written by an earlier import."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return f"{path} is a link, a folder or a device. Choose another name."
        if not path.absolute().parent.is_dir():
            return f"Cannot write {path}: there is no folder {path.absolute().parent}."
        if path.exists() and path.read_text("utf-8-sig")[:_HEAD].partition("\n")[0].strip() not in (
            "",
            ",".join(_COLUMNS),
        ):
            return f"{path} already exists and is not a result file. Choose another name."
    except (OSError, UnicodeError):
        return f"Cannot write {path}, or it is not a result file. Choose another name."
    return None


def _write_results(results: Iterable[Result], path: Path) -> None:
    try:
        with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for result in results:
                customer = result.customer
                who = [customer.id, customer.number, customer.name, customer.email]
                outcome = [result.outcome, result.reason, dict(result.details) or None, result.idempotency_key]
                writer.writerow(map(csv_cell, [result.row, *who, *outcome]))
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from error
