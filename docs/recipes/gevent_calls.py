"""Print what each customer owes, with many calls at a time, in greenlets.

python gevent_calls.py
"""

# ruff: noqa: E402
from gevent import monkey

# Before any other import, so that a call that waits does not block other greenlets.
monkey.patch_all()

from gevent.pool import Pool

import invoiced

CALLS_AT_A_TIME = 8


def outstanding(customer: invoiced.Customer) -> tuple[str, object]:
    return customer.name, customer.balance().total_outstanding


def main() -> None:
    # A deadline ends a call with an error that says what is known. gevent.Timeout does not.
    with invoiced.Client(deadline=20) as client:
        customers = client.Customer.all(open_balance=True, strict=True)
        for name, amount in Pool(CALLS_AT_A_TIME).imap(outstanding, customers):
            print(name, amount)


if __name__ == "__main__":
    main()
