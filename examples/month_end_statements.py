"""Send an open-item statement to every customer with an open balance, each once per month.

    python month_end_statements.py 2026-11 --dry-run
    python month_end_statements.py 2026-11

The API key is read from INVOICED_API_KEY. The ledger, whose path or PostgreSQL URL may be in INVOICED_LEDGER, records
who was sent a statement: after a failure, a crash or Ctrl-C, run the program again. With --yes, it does not ask before
it sends. Exit status: 0 if everybody was sent a statement or was decided, 1 if something is left, 2 if nothing was done.
"""

import argparse
import sys
from datetime import date

import invoiced
from invoiced.statements import LedgerError, Plan, RunError, RunStopped, Statements


def send_statements(client: invoiced.Client, month: date, *, dry_run: bool, yes: bool) -> bool:
    """Send the statements of the month, and return whether nothing is left, over all sessions."""
    period = Statements(client.with_options(rate=5)).period(f"{month:%Y-%m}")
    owing = client.Customer.all(open_balance=True, strict=True)
    plan = period.plan(owing, subject=f"Your statement of {month:%B %Y}", type="open_item")
    print(*plan.notes, *plan.problems, plan, sep="\n")
    if dry_run or not (yes or is_confirmed(plan)):
        return dry_run
    try:
        for result in period.send(plan):
            print(f"{result.customer}: {result.outcome} {result.reason}".rstrip())
    except RunStopped as error:
        print(error)
    print(period.status())
    return period.status().complete


def is_confirmed(plan: Plan) -> bool:
    """Return whether there is nothing to send, or the user typed how many statements are sent."""
    return not plan.to_send or input(f"Send {plan.to_send} statements? Type the number: ") == str(plan.to_send)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("month", type=lambda text: date.fromisoformat(f"{text}-01"), help="such as 2026-11")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before sending")
    options = parser.parse_args()
    try:
        with invoiced.Client() as client:
            done = send_statements(client, options.month, dry_run=options.dry_run, yes=options.yes)
            sys.exit(0 if done else 1)
    except (invoiced.InvoicedError, LedgerError, RunError, EOFError) as error:
        print(error or "Not confirmed.", file=sys.stderr)
        sys.exit(2)
