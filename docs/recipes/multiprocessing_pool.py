"""Print what each customer owes, using four processes and any start method.

python multiprocessing_pool.py spawn
"""

import multiprocessing
import sys

import invoiced

client: invoiced.Client


def create_client() -> None:
    """Create the client of this process. Its API key comes from the environment."""
    global client
    client = invoiced.Client()


def outstanding(customer: invoiced.Customer) -> tuple[str, object]:
    """Return the customer's name and open balance."""
    # The record was pickled and has no client, so create it again.
    return customer.name, invoiced.Customer(client, customer.id).balance().total_outstanding


def main(start_method: str) -> None:
    with invoiced.Client() as parent_client:
        customers = list(parent_client.Customer.all(open_balance=True, strict=True))
    context = multiprocessing.get_context(start_method)
    with context.Pool(4, initializer=create_client) as pool:
        for name, amount in pool.imap_unordered(outstanding, customers):
            print(name, amount)


if __name__ == "__main__":
    main(sys.argv[1])
