"""`invoiced contacts import`: import of contacts from a file."""

from __future__ import annotations

from typing import Any

import click

from invoiced import Client
from invoiced.cli.cells import cell
from invoiced.cli.connection import with_client
from invoiced.cli.input_files import ReadTable, with_table
from invoiced.cli.runs import RunOptions, with_run
from invoiced.imports import ContactImport


@click.command(
    "import", epilog="\b\nExample: invoiced contacts import contacts.xlsx --journal contacts.journal --dry-run"
)
@click.argument("file")
@click.option("--clear", is_flag=True, help="Clear the fields whose cells are blank. Default: keep their values.")
@with_table
@with_run
@with_client
def import_contacts(client: Client, read: ReadTable, file: str, clear: bool, options: RunOptions) -> None:
    """Create contacts, or update existing contacts with the same e-mail address.

    FILE is CSV, XLSX, XLS, ODS, JSON Lines or a JSON array, or - for standard input. Its header row names the columns:
    customer_number or customer_id, email, and the fields of a contact, such as name, phone and primary (yes or no).

    Exit status: 0 all rows succeeded; 1 some rows failed, were skipped or have an unknown outcome; 2 nothing was sent.
    """
    run = options.create_run(ContactImport, client, "contacts")
    rows = read(file)
    options.execute(
        client,
        run,
        "Create or update",
        "contact",
        plan=lambda: run.plan(rows, clear=clear),
        begin=lambda plan: run.load(plan, strict=options.strict),
        describe=_describe,
    )


def _describe(row: Any) -> str:
    """Describe the request of a row."""
    fields = row.request["fields"]
    if row.request["contact"] is None:
        return f"create {fields['name']} <{fields['email']}>"
    changes = ", ".join(f"{name} = {'(empty)' if value is None else cell(value)}" for name, value in fields.items())
    return f"update {changes}" if changes else "nothing to change"
