"""Send an open-item statement to every customer with an open balance, at most once per month.

    python month_end_statements.py 2026-11

The API key is read from INVOICED_API_KEY. The journal statements-2026-11.journal records the statements that were sent:
after a failure, a crash or Ctrl-C, run the program again. Exit status: 0 if all statements were sent, otherwise 1.
"""

import sys
from datetime import date

import invoiced
from invoiced.statements import RunError, StatementRun


def send_statements(client: invoiced.Client, month: date) -> bool:
    """Send the statements of the month, and return whether all were sent, in this run or an earlier one."""
    run = StatementRun(client, journal=f"statements-{month:%Y-%m}.journal", rate=5)
    owing = client.Customer.all(open_balance=True, strict=True)
    subject = f"Your statement of {month:%B %Y}"
    # Because of `source`, a resumed run keeps the customers who had an open balance when it started.
    for result in run.send(owing, source="open balance", subject=subject, type="open_item"):
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
