"""`invoiced statements`: sending and downloading the account statements of many customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from invoiced import Client, Customer
from invoiced.cli.connection import with_client
from invoiced.cli.failures import FAILED, NothingDone
from invoiced.cli.parameters import given, option_for, parameters_of
from invoiced.cli.progress import with_progress
from invoiced.cli.runs import RunOptions, with_pace, with_run
from invoiced.cli.selection import Selection, with_customers
from invoiced.cli.values import read_time
from invoiced.runs import RunError
from invoiced.statements import StatementDownload, StatementRun, merge

_CONTENT = [one for one in parameters_of(Customer.send_statement) if one.name != "to"]


@click.command(
    "send",
    epilog="\b\n"
    "Example: invoiced statements send customers.csv --by number --dry-run\n"
    "Example: invoiced statements send --open-balance --type open_item --journal statements-2026-11.journal",
    params=[*map(option_for, _CONTENT)],
)
@with_customers
@click.option("--to", multiple=True, metavar="ADDRESS", help="Send all of them to this address. May be repeated.")
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

    The customers are those of the account that you choose, or those of FILE: CSV, XLSX, lines of JSON, or - for
    standard input, read by its header row. A row names its customer by id, number or email, and may have to, subject
    and message of its own.

    A journal remembers who was sent what: the same command goes on where it ended, and sends nothing twice.

    Exit status: 0 all were sent; 1 some failed, are unknown or were skipped; 2 nothing could be done.
    """
    chosen: Any = given(_CONTENT, content)
    if to:
        chosen["to"] = [{"email": address} for address in to]
    customers, run = select(client), options.run(StatementRun, client, "statements")
    options.carry_out(
        client,
        run,
        "Send",
        "statement",
        plan=lambda: run.plan(customers.recipients, source=customers.source, by=by, **chosen),
        begin=lambda plan: run.send(plan, strict=options.strict),
        request=lambda task: _recipients({**chosen, **task.request}, task.customer.email),
    )


@click.command(
    "download",
    epilog="\b\n"
    "Example: invoiced statements download --open-balance --to statements-2026-11\n"
    "Example: invoiced statements download customers.csv --to pdfs --type open_item --merge all.pdf",
)
@with_customers
@click.option("--to", "folder", required=True, metavar="DIR", help="Folder for the PDFs, one per customer.")
@click.option("--type", "kind", type=click.Choice(["balance_forward", "open_item"]), help="Kind of statement.")
@click.option("--start", metavar="TIME", help="Start of the period: Unix seconds, 2026-11-01, or a time with its zone.")
@click.option("--end", metavar="TIME", help="End of the period.")
@click.option("--currency", metavar="CODE", help="Currency, in place of each customer's own.")
@click.option("--merge", "merged", metavar="FILE", help="Write all pages of all of them into one PDF, too.")
@with_pace("Downloads")
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

    A file is there whole or not at all, and one that is there is kept: the same command goes on where it ended.

    Exit status: 0 all are there; 1 some failed or were skipped; 2 nothing could be done.
    """
    customers = select(client)
    start_time, end_time = (None if text is None else read_time(text) for text in (start, end))
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
        raise NothingDone(str(error).splitlines()[0]) from error
    there = [result.path for result in results if result.outcome in ("downloaded", "kept")]
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in _OUTCOMES}
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number) or "There are none.")
    if merged and there:
        try:
            click.echo(f"{merged}: {merge(there, Path(merged))} pages")
        except RunError as error:
            raise click.ClickException(str(error)) from error
    if len(there) < len(results):
        raise SystemExit(FAILED)


_OUTCOMES = ("downloaded", "kept", "failed", "skipped")


def _recipients(request: dict[str, Any], own: str | None) -> str:
    """Whom a statement goes to, as far as it is known before."""
    if "to" in request:
        return "to " + ", ".join(recipient["email"] for recipient in request["to"])
    return f"to the customer ({own or 'without an address'}) and its primary contacts"
