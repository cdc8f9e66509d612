"""Which account of the ledger a client has: an API key does not say it, but the customers of the account do."""

from __future__ import annotations

from urllib.parse import urlsplit

from invoiced import Client, Customer, NotFoundError
from invoiced.ledger import Ledger
from invoiced.ledger.ledger import Account

_COMPARED = 3
"""Number of the latest and of the first customers in the ledger that are compared."""


def find_account(client: Client, ledger: Ledger) -> Account | None:
    """Return the account of a client in the ledger, or None if it is not there yet.

    It is the account that has a customer of the ledger: the same ID, created at the same time. If all of those were
    deleted, it is the account with the same pages.

    Raises:
        InvoicedError: the customers could not be retrieved.
    """
    accounts = ledger.accounts(client.api_url)
    for account in accounts:
        if _has_customer(client, ledger.customers(account.id, _COMPARED)):
            return account
    name = name_of_account(client) if accounts else ""
    return next((account for account in accounts if account.name == name), None)


def add_account(client: Client, ledger: Ledger) -> Account:
    """Return the account of a client, and add it to the ledger if it is not there yet."""
    return find_account(client, ledger) or ledger.add_account(client.api_url, name_of_account(client))


def name_of_account(client: Client) -> str:
    """Return what tells an account apart: the host of its own pages, or, if it has none of its own, its first customer.

    Two programs that begin at the same time find the same name.
    """
    customers, _ = client.Customer.list(per_page=1)
    if not customers:
        return "without customers"
    host, api_host = _pages_host(customers[0]), urlsplit(client.api_url).hostname
    if host and host != api_host:
        return host
    return f"with customer {customers[0].id}, created at {customers[0].get('created_at')}"


def _has_customer(client: Client, known: list[tuple[str, int]]) -> bool:
    for id, created_at in known:
        try:
            if client.Customer.retrieve(int(id) if id.isdecimal() else id).get("created_at") == created_at:
                return True
        except NotFoundError:  # the customer was deleted, or belongs to another account
            continue
    return False


def _pages_host(customer: Customer) -> str | None:
    url = customer.get("statement_pdf_url")
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
