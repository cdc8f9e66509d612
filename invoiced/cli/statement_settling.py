"""`invoiced statements unknown`, `settle` and `check-keys`: statements whose outcome is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from invoiced import Client
from invoiced.cli.confirmation import confirm_if_live, yes_option
from invoiced.cli.connection import with_client
from invoiced.cli.errors import FAILED
from invoiced.cli.ledgers import name_of, period_of, statements_of
from invoiced.cli.periods import with_period
from invoiced.cli.streams import pluralize, print_line
from invoiced.cli.values import parse_time
from invoiced.runs import Result
from invoiced.runs.reports import time_text


@click.command(
    "unknown",
    epilog="\b\nExample: invoiced statements unknown 2026-11\n"
    "Example: invoiced statements unknown 2026-11 --out unknown.xlsx",
)
@with_period
@click.option("--out", "file", metavar="FILE", help="Write them to a new sheet: .xlsx or .csv.")
@with_client
def unknown(client: Client, period: str, run: str, file: str | None) -> None:
    """List the statements that may have been sent, but no response confirms it, and those sent only partly.

    The sheet has their addresses and times, and a column `sent?`: write yes or no into it, as you find out, and then
    `invoiced statements settle PERIOD FILE`. An existing file is not replaced.
    """
    with period_of(client, period, run) as its_period:
        found = its_period.unknown()
        if not found:
            print_line(f"No statement of {period} is unknown.")
        elif file is None:
            for result in found:
                print_line(f"{result.customer}: {result.outcome}, {time_text(result.at)}: {result.reason}")
        else:
            print_line(f"{file}: {pluralize(its_period.write_unknown(Path(file)), 'statement')}")
            print_line(
                "Write yes or no into the column sent?, as far as you know it. Then: "
                f"invoiced statements settle {name_of(period, run)} {file}",
                err=True,
            )


@click.command(
    "settle",
    epilog="\b\nExample: invoiced statements settle 2026-11 unknown.xlsx\n"
    'Example: invoiced statements settle 2026-11 --sent KITE --not-sent CUST-0003 --reason "asked by phone"\n'
    "Example: invoiced statements settle 2026-11 --from-mailbox archive.mbox --complete-until 2026-12-02",
)
@with_period
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--sent", multiple=True, metavar="NUMBER", help="A customer who got one. May be repeated.")
@click.option("--not-sent", multiple=True, metavar="NUMBER", help="A customer who got none. May be repeated.")
@click.option("--reason", metavar="TEXT", help="How you know. Default for a FILE: its name.")
@click.option("--from-mailbox", "mailbox", metavar="MBOX", help="Find copies in a mailbox (see `send --archive`).")
@click.option(
    "--complete-until",
    metavar="TIME",
    help="The mailbox has everything that came until then: what is not in it was not sent.",
)
@with_client
def settle(
    client: Client,
    period: str,
    run: str,
    file: str | None,
    sent: tuple[str, ...],
    not_sent: tuple[str, ...],
    reason: str | None,
    mailbox: str | None,
    complete_until: str | None,
) -> None:
    """Record which unknown statements were sent. The next session sends those that were not.

    Either by a FILE that `invoiced statements unknown --out` wrote, with yes or no in its column `sent?`; or by the
    numbers or IDs of customers; or by a mailbox (mbox) that gets a copy of every statement. It is kept who decided it,
    when and why.

    A message decides if it is to the addresses of one statement only, and came after it. That there is none decides
    nothing, unless the mailbox is complete until an hour later (--complete-until), and has other statements of the same
    session.

    Exit status: 0 nothing is unknown any more; 1 something still is; 2 nothing was recorded.
    """
    if bool(file) + bool(sent or not_sent) + bool(mailbox) != 1:
        raise click.UsageError("Give either a FILE, or --sent and --not-sent, or --from-mailbox.")
    if (sent or not_sent) and not reason:
        raise click.UsageError("--sent and --not-sent require --reason: how do you know?")
    if mailbox and reason:
        raise click.UsageError("--from-mailbox has its own reasons: leave out --reason.")
    if complete_until and not mailbox:
        raise click.UsageError("--complete-until requires --from-mailbox.")
    until = None if complete_until is None else _moment(parse_time(complete_until))
    with period_of(client, period, run) as its_period:
        if file:
            _print(its_period.settle_from(Path(file), reason=reason or ""))
        elif mailbox:
            decided, left = its_period.settle_from_mailbox(Path(mailbox), complete_until=until)
            _print(decided)
            for result in left:
                print_line(f"{result.customer}: stays unknown: {result.reason}")
        else:
            _print(its_period.settle(sent=sent, not_sent=not_sent, reason=reason or ""))
        still_unknown = len(its_period.unknown())
    if still_unknown:
        print_line(f"{pluralize(still_unknown, 'statement')} of {period} still unknown.", err=True)
        raise SystemExit(FAILED)


@click.command("check-keys", epilog="\b\nExample: invoiced statements check-keys --to me@example.com")
@click.option("--to", required=True, metavar="ADDRESS", help="Your own address.")
@click.option("--customer", metavar="NUMBER", help="Customer whose statement is sent. Default: the first one.")
@yes_option
@with_client
def check_keys(client: Client, to: str, customer: str | None, yes: bool) -> None:
    """Find out whether the API repeats its response to an idempotency key, by sending a statement to yourself.

    It is sent twice with one key, and once with another. If both responses to the first key are the same message,
    later sessions ask again for lost responses by themselves: with the same key, the same API key, and within 23 hours.
    Otherwise, never. The verdict is kept in the ledger, with your name and the time.

    Exit status: 0 it does; 1 it does not, or the responses do not say it; 2 nothing was sent.
    """
    confirm_if_live(client, f"Send a statement of {customer or 'the first customer'} to {to}, three times", yes=yes)
    with statements_of(client) as statements:
        check = statements.check_keys(to, customer)
    print_line(f"{check.verdict}: {check.reason} (statement of {check.customer} to {to}).")
    if check.verdict != "proven":
        raise SystemExit(FAILED)


def _print(results: Iterable[Result]) -> None:
    for result in results:
        outcome = "sent" if result.outcome == "sent" else "not sent"
        print_line(f"{result.customer}: {outcome} ({result.reason})")


def _moment(time: int | date) -> datetime:
    """Return a time as it is given on the command line; a day is its beginning on this machine."""
    if isinstance(time, datetime):
        return time
    if isinstance(time, date):
        return datetime(time.year, time.month, time.day).astimezone()
    return datetime.fromtimestamp(time).astimezone()
