"""`invoiced contacts import`: import of contacts from a file."""

from __future__ import annotations

import click

from invoiced import Client
from invoiced.cli.cells import cell
from invoiced.cli.connection import with_client
from invoiced.cli.imports import Import, execute
from invoiced.cli.input_files import ReadTable, with_table
from invoiced.cli.runs import RunOptions, with_run
from invoiced.imports import ContactImport
from invoiced.runs.rows import Row


@click.command("import", epilog="\b\nExample: invoiced contacts import contacts.xlsx --dry-run")
@click.argument("file")
@click.option("--source", metavar="NAME", help="Name of the rows in the ledger. Default: that of the file.")
@click.option("--clear", is_flag=True, help="Clear the fields whose cells are blank. Default: keep their values.")
@with_table
@with_run
@with_client
def import_contacts(
    client: Client, read: ReadTable, file: str, source: str | None, clear: bool, options: RunOptions
) -> None:
    """Create contacts, or update existing contacts with the same e-mail address.

    FILE is CSV, XLSX, XLS, ODS, JSON Lines or a JSON array, or - for standard input. Its header row names the columns:
    customer_number or customer_id, email, and the fields of a contact, such as name, phone and primary (yes or no).

    The rows are compared with the contacts as they are, so the same command continues an import that was interrupted.

    Exit status: 0 all contacts are as the rows want them; 1 some are not; 2 nothing was sent.
    """
    if file == "-" and source is None:
        raise click.UsageError("Rows from standard input need a name: --source NAME.")
    rows = read(file)

    def start() -> Import:
        run = ContactImport(
            client.with_options(rate=options.rate),
            source or file,
            concurrency=options.concurrency,
            stop_after_errors=options.stop_after_errors,
        )
        return Import(run, run.plan(rows, clear=clear), "Create or update", "contact", _describe)

    execute(client, options, start)


def _describe(row: Row) -> str:
    """Describe the request of a row."""
    fields = row.request["fields"]
    if row.request["contact"] is None:
        return f"create {fields['name']} <{fields['email']}>"
    return "update " + ", ".join(
        f"{name} = {'(empty)' if value is None else cell(value)}" for name, value in fields.items()
    )
