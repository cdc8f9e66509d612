"""Send statements to all customers, until the test kills this program: python sender.py URL JOURNAL [retry_unknown]"""

from __future__ import annotations

import sys

import invoiced
from invoiced.statements import RunStopped, StatementRun


def main(url: str, journal: str, *options: str) -> None:
    with invoiced.Client("any key", base_url=url, timeout=5) as client:
        run = StatementRun(client, journal, rate=None, retry_unknown="retry_unknown" in options)
        try:
            for result in run.send(client.Customer.all(), source="all customers", subject="November"):
                print(result.customer.id, result.outcome, flush=True)
        except (RunStopped, invoiced.InvoicedError) as error:
            print(error, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
