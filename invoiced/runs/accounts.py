"""Which account of the ledger a client has: an API key does not say it, but the customers of the account do."""

from __future__ import annotations

from urllib.parse import urlsplit

from invoiced import Client, Customer, NotFoundError
from invoiced.ledger import Ledger
from invoiced.ledger.ledger import Account

_COMPARED = 3
"""Number of the latest and of the first customers in the ledger that are compared."""


class KnownAccount:
    """The account of a client in a ledger, which is recognized once.

    It is the account that has a customer of the ledger: the same ID, created at the same time. If all of those were
    deleted, it is the account with the same pages.
    """

    def __init__(self, client: Client, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger
        self._account: Account | None = None

    def find(self) -> Account | None:
        """Return the account, or None if it is not in the ledger yet.

        Raises:
            InvoicedError: its customers could not be retrieved.
        """
        self._account = self._account or self._find()
        return self._account

    def add(self) -> Account:
        """Return the account, and add it to the ledger if it is not there yet.

        Raises:
            InvoicedError: its customers could not be retrieved.
        """
        self._account = self.find() or self._ledger.add_account(self._client.api_url, name_of_account(self._client))
        return self._account

    def _find(self) -> Account | None:
        accounts = self._ledger.accounts(self._client.api_url)
        for account in accounts:
            if _has_customer(self._client, self._ledger.customers(account.id, _COMPARED)):
                return account
        name = name_of_account(self._client) if accounts else ""
        return next((account for account in accounts if account.name == name), None)


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
