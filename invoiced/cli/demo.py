"""`invoiced demo`: a demonstration of the library on a local emulator."""

from __future__ import annotations

import tempfile
import threading
import webbrowser

import click

import invoiced
from invoiced.cli.emulator import reporting_missing_packages
from invoiced.cli.streams import print_line


@click.command("demo", epilog="Example: invoiced demo")
@click.option("--open", "opens", is_flag=True, help="Then show a sample company in a browser, until Ctrl+C.")
def demo(opens: bool) -> None:
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

        emulator.fail("POST /customers/3/emails", status=400, body='{"message": "The mailbox is full."}')
        click.echo("\nThe statements of 2026-11, with one simulated API error:")
        click.echo("invoiced statements send 2026-11 --open-balance --type open_item")
        _send(client, f"{folder}/ledger.sqlite")
        without_email.email = "office-6@example.com"
        without_email.save()
        click.echo("\nThe address that was missing is entered in the account, and the same command runs again.")
        click.echo("The ledger knows who got a statement of 2026-11, so it sends nothing twice:")
        _send(client, f"{folder}/ledger.sqlite")
        click.echo(f"\nThe emulator sent {len(emulator.outbox)} e-mails, one to each customer.")
        if opens:
            click.echo("\nA year of a sample company is added, which takes about ten seconds ...")
            emulator.load_sample()
            click.echo(f"It is shown at {emulator.url}/ until you press Ctrl+C.")
            webbrowser.open(emulator.url)
            threading.Event().wait()
        click.echo('Next: "invoiced demo --open" shows a sample company in a browser. Or run "invoiced emulator": it')
        click.echo('says what to set in another terminal. There, run "invoiced customers --help".')


def _send(client: invoiced.Client, path: str) -> None:
    from invoiced.statements import Ledger, Statements  # loads requests

    with Ledger(path) as ledger:
        period = Statements(client.with_options(rate=1000), ledger=ledger).period("2026-11")
        plan = period.plan(client.Customer.all(open_balance=True, strict=True), type="open_item")
        for result in period.send(plan):
            print_line(f"  {result.customer}: {result.outcome}{result.reason and f', {result.reason}'}")
        print_line(f"  {period.status()}")
