"""`invoiced statements`: sending and downloading account statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from invoiced import Client, Customer
from invoiced.cli.connection import with_client
from invoiced.cli.errors import FAILED, NotStartedError
from invoiced.cli.option_groups import GroupedCommand
from invoiced.cli.parameters import PREFIX, given, option_for, parameters_of
from invoiced.cli.periods import with_period
from invoiced.cli.progress import with_progress
from invoiced.cli.runs import RunOptions, with_rate_limit, with_run
from invoiced.cli.selection import FILTERS, Selection, with_customers
from invoiced.cli.signals import StopSignals
from invoiced.cli.streams import first_line, print_line
from invoiced.cli.values import parse_time
from invoiced.runs import RunError

_CONTENT = [parameter for parameter in parameters_of(Customer.send_statement) if parameter.name != "to"]


_GROUPS = {
    "Whom": (
        *("by", "sheet", "encoding", "include_hidden", "trust_numbers", "all_customers"),
        *(f"{PREFIX}{name}" for name in FILTERS),
        *("again", "reason"),
    ),
    "What": ("run", *(f"{PREFIX}{parameter.name}" for parameter in _CONTENT), "to", "archive"),
    "How": ("rate", "concurrency", "stop_after_errors", "result"),
    "Safety": ("dry_run", "test", "owed", "strict", "other_content", "yes"),
}


@click.command(
    "send",
    cls=GroupedCommand,
    groups=_GROUPS,
    epilog="\b\n"
    "Example: invoiced statements send 2026-11 --open-balance --type open_item --dry-run\n"
    "Example: invoiced statements send 2026-11 customers.csv --by number --test me@example.com\n"
    "Example: invoiced statements send 2026-11 --run reminder-1 overdue.xlsx --template reminder\n"
    'Example: invoiced statements send 2026-11 --again CUST-00042 --reason "wrong amount"',
    params=[*map(option_for, _CONTENT)],
)
@with_period
@with_customers
@click.option("--trust-numbers", is_flag=True, help="Send rows whose name or e-mail address does not fit the account.")
@click.option("--again", multiple=True, metavar="NUMBER", help="Send this one again. May be repeated. Needs --reason.")
@click.option("--reason", metavar="TEXT", default="", help="Why they are sent again, which the ledger keeps.")
@click.option("--to", multiple=True, metavar="ADDRESS", help="Send every statement to this address. May be repeated.")
@click.option("--archive", metavar="ADDRESS", help="Send a blind copy of every statement to this address.")
@click.option("--test", metavar="ADDRESS", help="Send the first three statements to this address only, and stop.")
@click.option(
    "--owed",
    is_flag=True,
    help="Show what all owe. It takes a request for each customer: the API's list has no balances.",
)
@click.option("--other-content", is_flag=True, help="Send other content than the session before, without a question.")
@with_run
@with_client
def send(
    client: Client,
    period: str,
    run: str,
    select: Callable[..., Selection],
    by: str | None,
    trust_numbers: bool,
    again: tuple[str, ...],
    reason: str,
    to: tuple[str, ...],
    archive: str | None,
    test: str | None,
    owed: bool,
    other_content: bool,
    options: RunOptions,
    **content: Any,
) -> None:
    """Send account statements by e-mail, to each customer once per period.

    PERIOD is what the statements are for: a month such as 2026-11, a day, a quarter such as 2026-Q4, or a year. It does
    not set the dates of a statement, as --start and --end do. A reminder is a run of its own: --run reminder-1.

    Select customers of the account with options, or list them in FILE: CSV, XLSX, XLS, ODS, JSON Lines or a JSON array,
    or - for standard input. A row identifies its customer by id, number or email, and may have its own to, subject and
    message.

    The ledger, which INVOICED_LEDGER names, records who was sent a statement. Each command compares the list, as it is
    now, with the ledger: nobody is sent a second one of the same period and run. So run it again with a list that was
    mended, or after it was stopped. Ctrl-C completes what is in flight, and a second one leaves it unknown.

    Statements are of type balance_forward by default. The API drops a second statement to the same customer, address
    and template within 5 minutes without an error, so a run waits that long after other runs in the ledger.

    Exit status: 0 all on the list were sent or decided; 1 something is left; 2 nothing was done.
    """
    from invoiced.cli.statement_sending import Sending  # loads requests

    if bool(again) != bool(reason.strip()):
        raise click.UsageError("--again NUMBER and --reason TEXT belong together.")
    if test is not None and options.dry_run:
        raise click.UsageError("--test sends statements, and --dry-run sends none. Give one of them.")
    with StopSignals() as signals:
        sending = Sending(client.with_options(rate=options.rate), period, run, options)
        selection = select(sending.client, again)
        sending.plan(
            selection,
            given(_CONTENT, content),
            to=to,
            archive=archive,
            by=by,
            again=reason,
            trust_numbers=trust_numbers,
        )
        sending.show(owed=owed)
        if test is not None:
            sending.send_test(test)
        elif not options.dry_run:
            sending.confirm(other_content=other_content)
            sending.execute(signals)


@click.command(
    "download",
    epilog="\b\n"
    "Example: invoiced statements download --open-balance --to statements-2026-11\n"
    "Example: invoiced statements download customers.csv --to pdfs --type open_item --merge all.pdf",
)
@with_customers
@click.option("--to", "folder", required=True, metavar="DIR", help="Directory for the PDFs, one per customer.")
@click.option("--type", "kind", type=click.Choice(["balance_forward", "open_item"]), help="Type of statement.")
@click.option(
    "--start", metavar="TIME", help="Start of the period: Unix seconds, 2026-11-01, or a time with a time zone."
)
@click.option("--end", metavar="TIME", help="End of the period.")
@click.option("--currency", metavar="CODE", help="Currency of the statements. Default: each customer's own.")
@click.option("--merge", "merged", metavar="FILE", help="Also write all statements to one PDF.")
@with_rate_limit
@with_client
def download(
    client: Client,
    select: Callable[[Client], Selection],
    by: str | None,
    folder: str,
    kind: Any,
    start: str | None,
    end: str | None,
    currency: str | None,
    merged: str | None,
    rate: float,
    concurrency: int,
) -> None:
    """Download account statements as PDFs, one file per customer.

    Files are written atomically, and existing files are kept: run the same command again to continue.

    Exit status: 0 all were downloaded or kept; 1 some failed or were skipped; 2 nothing was downloaded.
    """
    from invoiced.statements import StatementDownload, merge  # loads requests

    customers = select(client)
    start_time, end_time = (None if text is None else parse_time(text) for text in (start, end))
    try:
        downloads = StatementDownload(
            client,
            folder,
            type=kind,
            start=start_time,
            end=end_time,
            currency=currency,
            rate=rate,
            concurrency=concurrency,
        )
        plan = downloads.plan(customers.recipients, by=by)
        results = list(with_progress(downloads.fetch(plan), len(plan)))
    except RunError as error:
        raise NotStartedError(first_line(error)) from error
    paths = [result.path for result in results if result.outcome in ("downloaded", "kept")]
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in _OUTCOMES}
    print_line(", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number) or "No statements.")
    if merged and paths:
        try:
            print_line(f"{merged}: {merge(paths, Path(merged))} pages")
        except RunError as error:
            raise click.ClickException(str(error)) from error
    if len(paths) < len(results):
        raise SystemExit(FAILED)


_OUTCOMES = ("downloaded", "kept", "failed", "skipped")
