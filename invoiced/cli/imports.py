"""The steps of the commands that import rows of a file: plan, show, confirm, and send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from invoiced import Client
from invoiced.cli.confirmation import confirm_number, host_of
from invoiced.cli.errors import NotStartedError
from invoiced.cli.plans import WORDS, counts_by_state, limited
from invoiced.cli.runs import RunOptions, exit_before_start
from invoiced.cli.signals import StopSignals
from invoiced.cli.streams import pluralize
from invoiced.ledger.states import TO_SEND
from invoiced.runs import Plan, Run
from invoiced.runs.rows import Row

_SAMPLES = 3


@dataclass(frozen=True)
class Import:
    """What one import does differently from others.

    Args:
        run: the run.
        plan: its plan.
        action: verb for the question, such as "Create".
        noun: noun for the question, such as "invoice".
        describe: describes the request of a row.
        lines: what else is shown of the plan.
    """

    run: Run
    plan: Plan
    action: str
    noun: str
    describe: Callable[[Row], str]
    lines: Iterable[str] = ()


def execute(client: Client, options: RunOptions, start: Callable[[], Import]) -> None:
    """Plan an import, show the plan, ask for confirmation, send the requests, and show the summary.

    Args:
        client: client of the account.
        options: options of the command.
        start: plans the import.

    Raises:
        NotStartedError: nothing was sent.
        SystemExit: not every row was imported, or the import was stopped.
    """
    options.check()
    with StopSignals() as signals:
        with exit_before_start():
            importing = start()
        plan = importing.plan
        if not len(plan):
            raise NotStartedError("There are no rows to import. Nothing was sent.")
        action = f"{importing.action} {pluralize(plan.to_send, importing.noun)} at {host_of(client)}"
        rows = (f"row {row.number}, {row.customer}: {_what(row, importing)}" for row in plan)
        options.show(plan, rows, _lines(importing, action, options))
        if options.dry_run:
            return
        if plan.to_send:
            confirm_number(f"{action}?", plan.to_send, yes=options.yes)
        options.execute(importing.run, plan, signals)


def _lines(importing: Import, action: str, options: RunOptions) -> Iterator[str]:
    plan = importing.plan
    yield f"Ledger: {importing.run.ledger.name}"
    if not options.dry_run:
        yield from limited(plan.problems, options.strict)
        for row in islice(plan.rows_to_send(), _SAMPLES):
            yield f"For example, row {row.number}, {row.customer}: {importing.describe(row)}"
    withdrawals = (f"Failed before, and not in these rows: {line}" for line in plan.withdrawals)
    yield from limited(withdrawals, options.dry_run)
    yield from importing.lines
    yield f"Rows: {', '.join(counts_by_state(plan.counts, 'to import'))}"
    yield f"{action}{' (dry run: nothing was sent)' if options.dry_run else ''}."


def _what(row: Row, importing: Import) -> str:
    """Return what would happen to a row."""
    return row.problem or (importing.describe(row) if row.state in TO_SEND else WORDS[row.state])
