"""Requests whose responses show several facts. `Account.scene` sends them only once."""

from __future__ import annotations

from typing import Any, NamedTuple

from invoiced.contract.account import Account
from invoiced.contract.received import Received

MISSING_ID = 999_999_999_999
LISTED = 4


def first_page(account: Account) -> Received:
    """Return a page of the account's customers."""
    return account.get("customers", {"per_page": 1}, X_Request_Id=f"contract-{account.token}")


def without_key(account: Account) -> Received:
    """Return the response to a request for an unknown path, without a key."""
    return account.get("no_such_path", Authorization=None)


def malformed(account: Account) -> Received:
    """Return the response to malformed JSON, without a key."""
    return account.send("POST", "customers", headers={"Authorization": None}, content=b'{"name": ')


def missing_customer(account: Account) -> Received:
    """Return the response to the retrieval of a customer that does not exist."""
    return account.get(f"customers/{MISSING_ID}")


def plain(account: Account) -> dict[str, Any]:
    """Create a customer with a name only, and the marker."""
    fields = {"name": account.marker, "metadata": {"contract": account.token}}
    return account.create("customers", fields, key=first_key(account))


def first_key(account: Account) -> str:
    """Return the idempotency key of the creation of the plain customer."""
    return f"contract-{account.token}-1"


def second_key(account: Account) -> str:
    """Return the idempotency key of a creation that was refused."""
    return f"contract-{account.token}-2"


def detailed(account: Account) -> dict[str, Any]:
    """Create a customer with fields that the service changes."""
    return account.create("customers", {
        "name": account.marker, "metadata": {"contract": account.token}, "number": f"CONTRACT-{account.token}",
        "email": " Contract@Example.COM ", "country": "us", "currency": "USD", "language": "EN", "notes": "",
    })  # fmt: skip


def refused_creation(account: Account) -> Received:
    """Return the response to the creation of a customer with an empty name."""
    return account.send("POST", "customers", {"name": ""}, key=second_key(account))


def retrieved(account: Account) -> Received:
    """Retrieve the plain customer, with unknown names in all parameters."""
    customer = account.scene(plain)
    query = {"expand": "no_such_relation", "include": "no_such_field", "exclude": "name", "no_such_parameter": 1}
    return account.get(f"customers/{customer['id']}", query)


def updated(account: Account) -> Received:
    """Return the response to an update of the plain customer with names that the service ignores."""
    fields = {"no_such_field": 1, "statement_url": "https://example.com", "notes": "Changed."}
    return account.send("PATCH", f"customers/{account.scene(plain)['id']}", fields)


def contact(account: Account) -> dict[str, Any]:
    """Create a contact of the detailed customer."""
    return account.create(f"customers/{account.scene(detailed)['id']}/contacts", {"name": account.marker})


def listed(account: Account) -> list[dict[str, Any]]:
    """Create customers for lists. The order of their names is opposite to that of their IDs."""
    metadata = {"contract": account.token, "list": account.token}
    return [
        account.create("customers", {
            "name": f"{account.marker} {name}", "number": f"CONTRACT-{account.token}-{name}", "country": "US",
            "metadata": metadata,
        })
        for name in "DCBA"
    ]  # fmt: skip


def list_of(account: Account, **query: object) -> Received:
    """List the customers made for lists. Other records of the account are not in this list."""
    account.scene(listed)
    return account.get("customers", {"metadata[list]": account.token, **query})


def remaining(account: Account) -> list[Any]:
    """Return the IDs of the customers made for lists that were not deleted yet, in ascending order."""
    return [customer["id"] for customer in account.scene(listed) if f"customers/{customer['id']}" in account.left]


class Paging(NamedTuple):
    """Two pages of a list of `before`, of two records each. The first record was deleted between the two requests."""

    before: list[Any]
    first: Received
    second: Received


def paging(account: Account) -> Paging:
    """Read the list in the default order."""
    account.scene(listed)
    return _page_around_a_deletion(account)


def paging_by_offset(account: Account) -> Paging:
    """Read the list in descending order of the IDs, after it was read in the default order."""
    account.scene(paging)
    account.scene(another_reader)
    return _page_around_a_deletion(account, sort="id desc")


def another_reader(account: Account) -> Received:
    """Read page 3 with one record per page, which starts where page 2 of the default order starts."""
    account.scene(paging)
    return list_of(account, per_page=1, page=3)


def _page_around_a_deletion(account: Account, **query: object) -> Paging:
    before = remaining(account)
    first = list_of(account, per_page=2, **query)
    account.send("DELETE", f"customers/{first.ids[0]}")
    return Paging(before, first, list_of(account, per_page=2, page=2, **query))
