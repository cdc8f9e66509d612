"""Send statements to all customers, until the test kills this program: python sender.py URL LEDGER"""

from __future__ import annotations

import sys
from math import inf

import invoiced
from invoiced.statements import LedgerError, RunStopped, Statements


def main(url: str, ledger: str) -> None:
    with invoiced.Client("any key", base_url=url, timeout=5).with_options(rate=inf) as client:
        period = Statements(client, ledger=ledger).period("2026-11")
        try:
            for result in period.send(period.plan(client.Customer.all(), subject="November")):
                print(result.customer.id, result.outcome, flush=True)
        except (RunStopped, LedgerError, invoiced.InvoicedError) as error:
            print(error, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
