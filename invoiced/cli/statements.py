"""`invoiced statements`: sending and downloading account statements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from invoiced import Client, Customer
from invoiced.cli.connection import with_client
from invoiced.cli.errors import FAILED, NotStartedError
from invoiced.cli.parameters import given, option_for, parameters_of
from invoiced.cli.progress import with_progress
from invoiced.cli.runs import RunOptions, with_rate_limit, with_run
from invoiced.cli.selection import Selection, with_customers
from invoiced.cli.streams import first_line, print_line
from invoiced.cli.values import parse_time
from invoiced.runs import RunError

_CONTENT = [parameter for parameter in parameters_of(Customer.send_statement) if parameter.name != "to"]


@click.command(
    "send",
    epilog="\b\n"
    "Example: invoiced statements send customers.csv --by number --dry-run\n"
    "Example: invoiced statements send --open-balance --type open_item --journal statements-2026-11.journal",
    params=[*map(option_for, _CONTENT)],
)
@with_customers
@click.option("--to", multiple=True, metavar="ADDRESS", help="Send every statement to this address. May be repeated.")
@with_run
@with_client
def send(
    client: Client,
    select: Callable[[Client], Selection],
    by: str | None,
    to: tuple[str, ...],
    options: RunOptions,
    **content: Any,
) -> None:
    """Send account statements by e-mail, to each customer once.

    Select customers of the account with options, or list them in FILE: CSV, XLSX, XLS, ODS, JSON Lines or a JSON array,
    or - for standard input. A row identifies its customer by id, number or email, and may have its own to, subject and
    message.

    A journal records the progress: run the same command again to continue, without sending anything twice.

    Statements are of type balance_forward by default. The API drops a second statement to the same customer, address
    and template within 5 minutes without an error, so a run waits that long after other runs with a journal in the same
    folder.

    Exit status: 0 all were sent; 1 some failed, were skipped or have an unknown outcome; 2 nothing was sent.
    """
    from invoiced.statements import StatementRun  # loads requests
    from invoiced.statements.content import recipients_in

    chosen: Any = given(_CONTENT, content)
    if to:
        chosen["to"] = recipients_in(to)
    customers, run = select(client), options.create_run(StatementRun, client, "statements")
    options.execute(
        client,
        run,
        "Send",
        "statement",
        plan=lambda: run.plan(customers.recipients, source=customers.source, by=by, **chosen),
        begin=lambda plan: run.send(plan, strict=options.strict),
        describe=lambda row: _recipients({**chosen, **row.request}, row.customer.email),
    )


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


def _recipients(request: dict[str, Any], email: str | None) -> str:
    """Describe the recipients of a statement."""
    if "to" in request:
        return "to " + ", ".join(recipient["email"] for recipient in request["to"])
    return f"to the customer ({email or 'no e-mail address'}) and its primary contacts"
