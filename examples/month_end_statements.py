"""Month's end: an open-item statement to everybody who owes something, and to nobody twice.

    python month_end_statements.py 2026-11

The key is in INVOICED_API_KEY. The journal, statements-2026-11.journal, remembers who was sent one: after a failure, a
crash or Ctrl-C, run it again, and it goes on where it ended. Exit status: 0 if all were sent, 1 if not.
"""

import sys
from datetime import date

import invoiced
from invoiced.statements import RunError, StatementRun


def send_statements(client: invoiced.Client, month: date) -> bool:
    """Whether all statements of the month have been sent, now or by a run before."""
    run = StatementRun(client, journal=f"statements-{month:%Y-%m}.journal", rate=5)
    owing = client.Customer.all(open_balance=True, sort="id desc")
    subject = f"Your statement of {month:%B %Y}"
    # With a source in words, a run that goes on keeps to those who owed something when it began.
    for result in run.send(owing, source="who owes something", subject=subject, type="open_item"):
        print(f"{result.customer}: {result.outcome}")
    for result in run.results() if not run.report().complete else ():
        if not result.done:
            print(f"No statement to {result.customer}: {result.outcome}, {result.reason}")
    print(run.report())
    return run.report().complete


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with invoiced.Client() as client:
            sys.exit(0 if send_statements(client, date.fromisoformat(f"{sys.argv[1]}-01")) else 1)
    except (invoiced.InvoicedError, RunError) as error:
        sys.exit(str(error))
