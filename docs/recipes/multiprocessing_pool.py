"""What each customer owes, asked in four processes, whichever way they start.

python multiprocessing_pool.py spawn
"""

import multiprocessing
import sys

import invoiced

client: invoiced.Client


def begin() -> None:
    """Make the client of this process, once. The key comes from the environment."""
    global client
    client = invoiced.Client()


def outstanding(customer: invoiced.Customer) -> tuple[str, object]:
    """The record was pickled on its way here and has no client: address it anew."""
    return customer.name, invoiced.Customer(client, customer.id).balance().total_outstanding


def main(start_method: str) -> None:
    with invoiced.Client() as own:
        customers = list(own.Customer.all(open_balance=True, sort="id desc"))
    with multiprocessing.get_context(start_method).Pool(4, initializer=begin) as pool:
        for name, amount in pool.imap_unordered(outstanding, customers):
            print(name, amount)


if __name__ == "__main__":
    main(sys.argv[1])
