"""`invoiced contacts import`: contacts of many customers from a file."""

from __future__ import annotations

from typing import Any

import click

from invoiced import Client
from invoiced.cli.connection import with_client
from invoiced.cli.output import cell
from invoiced.cli.runs import RunOptions, with_run
from invoiced.cli.sheets import rows_of
from invoiced.imports import ContactImport


@click.command(
    "import", epilog="\b\nExample: invoiced contacts import contacts.xlsx --journal contacts.journal --dry-run"
)
@click.argument("file")
@click.option("--clear", is_flag=True, help="Let a blank cell empty its field; otherwise it leaves it as it is.")
@with_run
@with_client
def import_contacts(client: Client, file: str, clear: bool, options: RunOptions) -> None:
    """Create contacts, or update those that a customer has already, by their e-mail address.

    FILE is CSV, XLSX, lines of JSON, or - for standard input, read by its header row: customer_number or customer_id,
    email, and the fields of a contact, such as name, phone and primary (yes or no).

    Exit status: 0 all were done; 1 some failed, are unknown or were skipped; 2 nothing could be done.
    """
    run = options.run(ContactImport, client, "contacts")
    rows = rows_of(file, {"customer_number", "customer_id", "customer"})
    options.carry_out(
        client,
        run,
        "Create or update",
        "contact",
        plan=lambda: run.plan(rows, clear=clear),
        begin=lambda plan: run.load(plan, strict=options.strict),
        request=_request,
    )


def _request(task: Any) -> str:
    fields = task.request["fields"]
    if task.request["contact"] is None:
        return f"create {fields['name']} <{fields['email']}>"
    changes = ", ".join(f"{name} = {'(empty)' if value is None else cell(value)}" for name, value in fields.items())
    return f"update {changes}" if changes else "nothing to change"
