"""`invoiced statements status`, `report`, `skip`, `close` and `history`: a period as the ledger knows it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import click

from invoiced import Client
from invoiced.cli.connection import with_client
from invoiced.cli.errors import FAILED, NotStartedError
from invoiced.cli.ledgers import name_of, period_of, statements_of
from invoiced.cli.output import Output
from invoiced.cli.periods import with_period, with_run_name
from invoiced.cli.streams import pluralize, print_line
from invoiced.ledger.states import OPEN, STARTED
from invoiced.runs import Result, Status
from invoiced.runs.periods import checked_period
from invoiced.runs.reports import time_text
from invoiced.statements import Period

_LEFT = ("in flight", *(state for state in OPEN if state != STARTED))
_SHOWN = 20
_ADVICE = {
    "unknown": "Find out which were sent: invoiced statements unknown {} --out unknown.xlsx",
    "no address": "Enter an address, or record how they were sent: invoiced statements skip {} NUMBER --reason TEXT",
    "to do": "Send the rest: invoiced statements send {}",
}


@click.command(
    "status", epilog="\b\nExample: invoiced statements status\nExample: invoiced statements status 2026-11 --all"
)
@click.argument("period", required=False, metavar="[PERIOD]")
@with_run_name
@click.option("--all", "show_all", is_flag=True, help=f"Show all that is left. Default: the first {_SHOWN}.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Output format. Default: text.")
@with_client
def status(client: Client, period: str | None, run: str, show_all: bool, output: str) -> None:
    """Show what was sent in a period, who is left, and why. Without PERIOD, show each period and run.

    It can be shown at any moment, also while statements are being sent.

    Exit status: 0 everybody was sent a statement, or decided; 1 somebody is left; 2 nothing was sent yet.
    """
    if period is not None:
        checked_period(period)
    with statements_of(client) as statements:
        if period is None:
            if run:
                raise click.UsageError("--run requires a PERIOD.")
            found = statements.periods()
            if output == "json":
                Output("json").write_rows(map(_fields_of, found), ())
            for each in found if output == "text" else ():
                print_line(_summary(each))
            if not found and output == "text":
                print_line(f"The ledger {statements.ledger.name} has no statements.")
            is_complete = all(each.complete for each in found)
        else:
            its_period = statements.period(period, run)
            its_status = its_period.status()
            if not its_status.counts:
                raise NotStartedError(f"Nothing was sent in {period}, says the ledger {statements.ledger.name}.")
            if output == "json":
                left = [_fields_of_result(result) for result in its_period.results(*_LEFT)]
                Output("json").write_row({**_fields_of(its_status), "rows": left}, ())
            else:
                _show(its_period, its_status, None if show_all else _SHOWN)
            is_complete = its_status.complete
    if not is_complete:
        raise SystemExit(FAILED)


@click.command("report", epilog="\b\nExample: invoiced statements report 2026-11 --out statements-2026-11.xlsx")
@with_period
@click.option("--out", "file", required=True, metavar="FILE", help="The report: .xlsx or .csv.")
@with_client
def report(client: Client, period: str, run: str, file: str) -> None:
    """Write what happened to each row of a period to a workbook or a CSV file.

    It can be written at any moment, and replaces an earlier report. Only you can read the file.
    """
    with period_of(client, period, run) as its_period:
        print_line(f"{file}: {pluralize(its_period.report(Path(file)), 'row')}")


@click.command("skip", epilog='\b\nExample: invoiced statements skip 2026-11 CUST-00025 CUST-00026 --reason "by post"')
@with_period
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why, which is kept with your name and the time.")
@with_client
def skip(client: Client, period: str, run: str, numbers: tuple[str, ...], reason: str) -> None:
    """Record that customers are not sent a statement by e-mail, by their numbers or IDs.

    They need not be on a list yet. Who was sent one cannot be skipped: then nothing is recorded.
    """
    with period_of(client, period, run) as its_period:
        for result in its_period.skip(*numbers, reason=reason):
            print_line(f"{result.customer}: {result.outcome} ({result.reason})")


@click.command("close", epilog="\b\nExample: invoiced statements close 2026-11")
@with_period
@with_client
def close(client: Client, period: str, run: str) -> None:
    """Close a period: nothing can be sent in it any more.

    Refused while somebody is left: settle what is unknown, and skip who cannot be sent a statement.
    """
    with period_of(client, period, run) as its_period:
        print_line(_summary(its_period.close()))


@click.command("history", epilog="\b\nExample: invoiced statements history 2026-11 CUST-00025")
@with_period
@click.argument("number", metavar="NUMBER")
@with_client
def history(client: Client, period: str, run: str, number: str) -> None:
    """Show what happened to the statement of a customer: what the API responded, and what people decided."""
    with period_of(client, period, run) as its_period:
        events = its_period.history(number)
        if not events:
            raise NotStartedError(f"Customer {number} was sent no statement in {period}, and nothing was decided.")
        for event in events:
            by = f" by {event.decided_by}" if event.decided_by else ""
            print_line(f"{time_text(event.at)} {event.state}{by}{f': {event.reason}' if event.reason else ''}")


def _show(period: Period, status: Status, limit: int | None) -> None:
    print_line(_summary(status))
    for result in islice(period.results(*_LEFT), limit):
        print_line(_line_of(result))
    if limit is not None and status.left > limit:
        print_line(f"... and {status.left - limit} more (--all shows them).")
    for outcome, advice in _ADVICE.items():
        if status.counts.get(outcome):
            print_line(advice.format(name_of(period.period, period.name)), err=True)


def _summary(status: Status) -> str:
    name = f"{status.period} {status.run}".strip()
    closed = f", closed on {status.closed_at:%Y-%m-%d} by {status.closed_by}" if status.closed_at else ""
    return f"{name}: {status}{closed}"


def _line_of(result: Result) -> str:
    reason, at = (f": {result.reason}" if result.reason else ""), time_text(result.at)
    return f"{result.outcome}, {result.customer}{reason}{f' ({at})' if at else ''}"


def _fields_of(status: Status) -> dict[str, Any]:
    return {
        "period": status.period,
        "run": status.run,
        "counts": status.counts,
        "left": status.left,
        "closed_at": status.closed_at and status.closed_at.isoformat(timespec="seconds"),
        "closed_by": status.closed_by or None,
    }


def _fields_of_result(result: Result) -> dict[str, Any]:
    customer = result.customer
    who = {"customer_id": customer.id, "number": customer.number, "name": customer.name, "email": customer.email}
    return {"row": result.row, **who, "outcome": result.outcome, "reason": result.reason, "at": time_text(result.at)}
