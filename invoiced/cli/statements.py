"""`invoiced statements send`: account statements by e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from invoiced import Client, Customer
from invoiced.cli.connection import with_client
from invoiced.cli.parameters import given, option_for, parameters_of
from invoiced.cli.runs import RunOptions, with_run
from invoiced.cli.selection import Selection, with_customers

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


def _recipients(request: dict[str, Any], email: str | None) -> str:
    """Describe the recipients of a statement."""
    if "to" in request:
        return "to " + ", ".join(recipient["email"] for recipient in request["to"])
    return f"to the customer ({email or 'no e-mail address'}) and its primary contacts"
