"""`invoiced statements download`: account statements as PDFs, in a folder for each period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invoiced import Client
from invoiced.cli.connection import with_client
from invoiced.cli.errors import FAILED, NotStartedError
from invoiced.cli.periods import dates_are_missing, with_only_period
from invoiced.cli.progress import format_result, with_progress
from invoiced.cli.runs import exit_before_start, with_rate_limit
from invoiced.cli.selection import Selection, trust_numbers_option, with_customers
from invoiced.cli.streams import pluralize, print_line
from invoiced.cli.values import parse_time
from invoiced.runs import RunError

if TYPE_CHECKING:
    from invoiced.statements import Download

_OUTCOMES = ("downloaded", "kept", "failed", "skipped")


@click.command(
    "download",
    epilog="\b\n"
    "Example: invoiced statements download 2026-11 --open-balance --type open_item\n"
    "Example: invoiced statements download 2026-11 customers.csv --to pdfs --merge november.pdf",
)
@with_only_period
@with_customers
@trust_numbers_option
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    default="statements",
    show_default=True,
    help="Directory with a folder for each period, which has a PDF per customer.",
)
@click.option("--type", "kind", type=click.Choice(["balance_forward", "open_item"]), help="Type of statement.")
@click.option(
    "--start",
    metavar="TIME",
    help="Start of balance-forward statements: Unix seconds, 2026-11-01, or a time with a time zone. "
    "Default: the first of this month.",
)
@click.option("--end", metavar="TIME", help="End of the statements. Default: now.")
@click.option("--currency", metavar="CODE", help="Currency of the statements. Default: each customer's own.")
@click.option("--merge", "merged", metavar="FILE", help="Also write all statements to one PDF, if none is missing.")
@click.option("--allow-missing", is_flag=True, help="Merge even if some are missing: the first page lists them.")
@with_rate_limit
@with_client
def download(
    client: Client,
    period: str,
    select: Callable[[Client], Selection],
    by: str | None,
    trust_numbers: bool,
    folder: str,
    kind: Any,
    start: str | None,
    end: str | None,
    currency: str | None,
    merged: str | None,
    allow_missing: bool,
    rate: float,
    concurrency: int,
) -> None:
    """Download account statements of a PERIOD as PDFs, one file per customer.

    PERIOD is a month (2026-11), a year, a quarter (2026-Q4) or a day. Its folder, such as statements/2026-11, belongs
    to one account and one set of options. PERIOD does not set --start and --end.

    Files are written atomically, and existing files are kept: run the same command again to continue. Broken files are
    downloaded again.

    Exit status: 0 all were downloaded or kept; 1 some failed or were skipped; 2 nothing was done.
    """
    from invoiced.statements import StatementDownload  # loads requests

    if allow_missing and not merged:
        raise click.UsageError("--allow-missing requires --merge.")
    customers, place = select(client), Path(folder) / period
    start_time, end_time = (None if text is None else parse_time(text) for text in (start, end))
    with exit_before_start():
        downloads = StatementDownload(
            client.with_options(rate=rate),
            place,
            period=period,
            type=kind,
            start=start_time,
            end=end_time,
            currency=currency,
            concurrency=concurrency,
        )
        _describe(period, place, kind or "balance_forward", start, end)
        plan = downloads.plan(customers.recipients, by=by, trust_numbers=trust_numbers)
    if not plan.to_send:
        for problem in plan.problems:
            print_line(problem, err=True)
        raise NotStartedError(f"{'All rows are skipped' if len(plan) else 'No customers selected'}: nothing was done.")
    results = list(with_progress(downloads.fetch(plan), len(plan)))
    _summarize(results)
    if merged:
        _merge(results, Path(merged), allow_missing)
    if not all(result.done for result in results):
        raise SystemExit(FAILED)


def _describe(period: str, folder: Path, kind: str, start: str | None, end: str | None) -> None:
    """Print what will be downloaded, and warn if the statements will probably not be those of the period."""
    is_balance_forward = kind == "balance_forward"
    begin = f"from {start or 'the first of this month'} " if is_balance_forward else ""
    print_line(f"Statements of {period}: {kind}, {begin}until {end or 'now'}, in {folder}.", err=True)
    if dates_are_missing(period, kind, start, end):
        print_line(
            f"Warning: these statements are of this month, not of {period}, because --start and --end are missing.",
            err=True,
        )


def _summarize(results: Sequence[Download]) -> None:
    """Print how many statements there are, and name the customers without one."""
    counts = Counter[str](result.outcome for result in results)
    print_line(", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES if counts[outcome]))
    for result in results:
        if not result.done:
            print_line(format_result(result), err=True)


def _merge(results: Sequence[Download], merged: Path, allow_missing: bool) -> None:
    from invoiced.statements import merge
    from invoiced.statements.merging import missing_in

    missing = len(missing_in(results))
    if missing and not allow_missing:
        existing = f" The existing {merged} is an earlier one." if merged.exists() else ""
        raise click.ClickException(
            f"{merged} was not written, because {pluralize(missing, 'statement')} of those named above "
            f"{'is' if missing == 1 else 'are'} missing.{existing} Run the command again, or use --allow-missing."
        )
    try:
        pages = merge(results, merged, allow_missing=allow_missing)
    except RunError as error:
        raise click.ClickException(str(error)) from error
    print_line(f"{merged}: {pages} pages" + (f", without {pluralize(missing, 'statement')}" if missing else ""))
