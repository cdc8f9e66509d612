"""`invoiced demo`: a demonstration of the library on a local emulator."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

import invoiced
from invoiced.cli.emulator import reporting_missing_packages
from invoiced.cli.streams import print_line


@click.command("demo", epilog="Example: invoiced demo")
def demo() -> None:
    """Create customers and send them statements on a local emulator. No account or API key is needed."""
    with reporting_missing_packages():
        from invoiced.emulator import Emulator

    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator() as emulator,
        invoiced.Client("any key", base_url=emulator.url) as client,
    ):
        click.echo(f"Started an emulator of the API at {emulator.url}. Nothing is sent over the Internet.\n")
        for number in range(1, 6):
            customer = client.Customer.create(name=f"Customer {number}", email=f"office-{number}@example.com")
            emulator.set_balance(customer.id, total_outstanding=100 * number)
        without_email = client.Customer.create(name="No e-mail address")
        emulator.set_balance(without_email.id, total_outstanding=470)
        click.echo("Created six customers with an open balance.")

        journal = Path(folder) / "statements.journal"
        emulator.fail("POST /customers/3/emails", status=400, body='{"message": "The mailbox is full."}')
        click.echo("\nFirst run, with one simulated API error: invoiced statements send --open-balance")
        _send(client, journal)
        click.echo("\nSame run again, which retries the failed statement and sends nothing twice:")
        _send(client, journal)
        click.echo(f"\nThe emulator sent {len(emulator.outbox)} e-mails, one to each customer with an e-mail address.")
        click.echo('Next: run "invoiced emulator" and, in another terminal, "invoiced customers --help".')


def _send(client: invoiced.Client, journal: Path) -> None:
    from invoiced.statements import StatementRun  # loads requests

    run = StatementRun(client, journal, rate=None)
    for result in run.send(client.Customer.all(open_balance=True, strict=True), type="open_item"):
        print_line(f"  {result.customer}: {result.outcome} {result.reason}".rstrip())
