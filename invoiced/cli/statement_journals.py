"""`invoiced statements import-journal`: what invoiced 4.0 sent, taken over into the ledger."""

from __future__ import annotations

import click

from invoiced import Client
from invoiced.cli.connection import with_client
from invoiced.cli.ledgers import name_of, period_of
from invoiced.cli.periods import with_run_name
from invoiced.cli.streams import pluralize, print_line
from invoiced.runs.periods import checked_period


@click.command(
    "import-journal",
    epilog="\b\nExample: invoiced statements import-journal statements-2026-11.journal --period 2026-11",
)
@click.argument("journals", metavar="JOURNAL...", nargs=-1, required=True)
@click.option("--period", required=True, metavar="PERIOD", help="The period of the statements, such as 2026-11.")
@with_run_name
@with_client
def import_journal(client: Client, journals: tuple[str, ...], period: str, run: str) -> None:
    """Take over what journals of invoiced 4.0 recorded, so that nobody gets a statement of a period twice.

    What was sent, failed or is unknown is taken over, and a row that was interrupted is unknown. Rows that were not
    tried are sent by the next `invoiced statements send`. What the ledger knows already stays as it is.
    """
    with period_of(client, checked_period(period), run) as its_period:
        taken = its_period.import_journals(*journals)
    for name, counts in taken.counts.items():
        print_line(f"{name}: {', '.join(f'{count} {state}' for state, count in counts.items()) or 'no rows'}")
    for line in taken.repeated:
        print_line(f"In several journals: {line}.")
    kept = f" {taken.kept} were in the ledger already, and stay as they are." if taken.kept else ""
    print_line(f"{pluralize(taken.taken_over, 'customer')} taken over to {name_of(period, run)}.{kept}")
