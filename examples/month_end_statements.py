"""Send an open-item statement to every customer with an open balance, once per month, however often it runs.

    python month_end_statements.py 2026-11 [--dry-run | --yes]

The API key is read from INVOICED_API_KEY. The ledger, which INVOICED_LEDGER may name, records who was sent a statement:
after a failure, a crash or Ctrl-C, run the program again. Exit status: 0 if no statement is left, otherwise 1.
"""

import sys
from datetime import date

import invoiced
from invoiced.statements import LedgerError, RunError, Statements


def send_statements(client: invoiced.Client, month: date, option: str = "") -> bool:
    """Send the statements of the month. Return whether none is left, from this session or an earlier one."""
    period = Statements(client.with_options(rate=5)).period(f"{month:%Y-%m}")
    owing = client.Customer.all(open_balance=True, strict=True)
    plan = period.plan(owing, type="open_item", subject=f"Your statement of {month:%B %Y}")
    print(*plan.problems, *plan.notes, f"{plan.to_send} to send, {plan.sent_before} sent before", sep="\n")
    if option == "--dry-run":
        return True
    if option != "--yes" and plan.to_send and input("Type the number to send: ") != str(plan.to_send):
        return False
    for result in period.send(plan):
        print(f"{result.customer}: {result.outcome} {result.reason}".rstrip())
    print(period.status())
    return period.status().complete


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--dry-run"], ["--yes"]):
        sys.exit(__doc__)
    try:
        with invoiced.Client() as client:
            sys.exit(0 if send_statements(client, date.fromisoformat(f"{sys.argv[1]}-01"), *sys.argv[2:]) else 1)
    except (invoiced.InvoicedError, LedgerError, RunError, EOFError) as error:
        sys.exit(str(error))
