"""`invoiced demo`: what the library does, shown on an emulator of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

import invoiced
from invoiced.cli.failures import NothingDone
from invoiced.statements import StatementRun


@click.command("demo", epilog="Example: invoiced demo")
def demo() -> None:
    """Create customers and send them statements, on an emulator of the API. It needs no account and no key."""
    try:
        from invoiced.emulator import Emulator
    except ModuleNotFoundError:
        raise
    except ImportError as error:  # The extra "emulator" is missing, as its message says.
        raise NothingDone(str(error)) from None

    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator() as emulator,
        invoiced.Client("any key", base_url=emulator.url) as client,
    ):
        click.echo(f"An emulator of the API listens on {emulator.url}: nothing leaves this machine.\n")
        for number in range(1, 6):
            customer = client.Customer.create(name=f"Customer {number}", email=f"office-{number}@example.com")
            emulator.set_balance(customer.id, total_outstanding=100 * number)
        silent = client.Customer.create(name="Without an address")
        emulator.set_balance(silent.id, total_outstanding=470)
        click.echo("Created six customers, all of whom owe something.")

        journal = Path(folder) / "statements.journal"
        emulator.fail("POST /customers/3/emails", status=400, body='{"message": "The mailbox is full."}')
        click.echo("\nThe first run, in which the API fails once: invoiced statements send --open-balance")
        _send(client, journal)
        click.echo("\nThe same run again, which does what is left and nothing twice:")
        _send(client, journal)
        click.echo(f"\nThe outbox has {len(emulator.outbox)} e-mails, one for each customer with an address.")
        click.echo("Next: invoiced emulator, and in another terminal invoiced customers --help")


def _send(client: invoiced.Client, journal: Path) -> None:
    run = StatementRun(client, journal, rate=None)
    for result in run.send(client.Customer.all(open_balance=True, sort="id desc"), type="open_item"):
        click.echo(f"  {result.customer}: {result.outcome} {result.reason}".rstrip())
