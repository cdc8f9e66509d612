"""`invoiced statements send`: account statements by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import click

from invoiced import Client, Customer
from invoiced.cli.connection import with_client
from invoiced.cli.option_groups import GroupedCommand
from invoiced.cli.parameters import PREFIX, given, option_for, parameters_of
from invoiced.cli.periods import with_period
from invoiced.cli.runs import RunOptions, with_run
from invoiced.cli.selection import FILTERS, Selection, trust_numbers_option, with_customers
from invoiced.cli.signals import StopSignals

_CONTENT = [parameter for parameter in parameters_of(Customer.send_statement) if parameter.name != "to"]


_GROUPS = {
    "Whom": (
        *("by", "sheet", "encoding", "include_hidden", "trust_numbers", "all_customers"),
        *(f"{PREFIX}{name}" for name in FILTERS),
        *("again", "reason"),
    ),
    "What": ("run", *(f"{PREFIX}{parameter.name}" for parameter in _CONTENT), "to", "archive"),
    "How": ("rate", "concurrency", "stop_after_errors", "result"),
    "Safety": ("dry_run", "test", "owed", "strict", "lock", "other_content", "yes"),
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
@trust_numbers_option
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
@click.option(
    "--lock",
    type=click.Choice(["metadata"]),
    help="A second lock, in the metadata of each customer, which other ledgers see. Takes two requests for each.",
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
    lock: Literal["metadata"] | None,
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
        sending = Sending(client.with_options(rate=options.rate), period, run, options, lock=lock)
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
