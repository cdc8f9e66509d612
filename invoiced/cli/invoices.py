"""`invoiced invoices import`: import of invoices from a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import click

from invoiced import Client
from invoiced.cli.connection import with_client
from invoiced.cli.imports import Import, execute
from invoiced.cli.input_files import ReadTable, with_table
from invoiced.cli.plans import amount_text
from invoiced.cli.runs import RunOptions, with_run
from invoiced.cli.selection import trust_numbers_option
from invoiced.cli.streams import pluralize
from invoiced.imports import InvoiceImport
from invoiced.imports.invoices import amount_of
from invoiced.runs import Plan
from invoiced.runs.rows import Row


@click.command("import", epilog="\b\nExample: invoiced invoices import invoices.xlsx --dry-run")
@click.argument("file")
@trust_numbers_option
@with_table
@with_run
@with_client
def import_invoices(client: Client, read: ReadTable, file: str, trust_numbers: bool, options: RunOptions) -> None:
    """Create invoices from the rows of a file, each reference once.

    FILE is CSV, XLSX, XLS, ODS, JSON Lines or a JSON array, or - for standard input. Its header row names the columns:
    reference, customer_number or customer_id, name, quantity, unit_cost, description, and other fields of a line and of
    an invoice, such as date, due_date, payment_terms, currency, number and draft (yes or no). Dates are as in
    2026-11-30, and amounts as in 1234.50.

    Each row is a line. Rows with the same reference follow each other and become one invoice, which keeps the reference
    in its metadata. Whatever the file, a reference of the account creates one invoice. So the same command continues an
    import that was interrupted.

    Exit status: 0 all invoices are there; 1 some are not; 2 nothing was sent.
    """
    rows = read(file)

    def start() -> Import:
        run = InvoiceImport(
            client.with_options(rate=options.rate),
            concurrency=options.concurrency,
            stop_after_errors=options.stop_after_errors,
        )
        plan = run.plan(rows, trust_numbers=trust_numbers)
        return Import(run, plan, "Create", "invoice", _describe, _lines(run, plan))

    execute(client, options, start)


def _lines(run: InvoiceImport, plan: Plan) -> Iterator[str]:
    if sums := [_amount(amount, currency) for currency, amount in sorted(run.totals(plan).items())]:
        yield f"Sum: {', '.join(sums)}, without taxes and discounts"
    if sent := sum(bool(row.request["fields"].get("send")) for row in plan.rows_to_send()):
        yield f"E-mailed to their customers: {sent}"


def _describe(row: Row) -> str:
    """Describe the request of a row."""
    fields = row.request["fields"]
    kind = "draft" if fields.get("draft") else "invoice"
    day = f" of {fields['date']}" if "date" in fields else ""
    amount = _amount(amount_of(row), fields.get("currency") or row.request["currency"] or "")
    return f"{kind} {row.request['reference']}{day}, {pluralize(len(row.request['items']), 'line')}, {amount}"


def _amount(amount: Decimal, currency: str) -> str:
    return amount_text(amount, currency.lower() or "in the account's currency")
