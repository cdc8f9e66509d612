"""Parameters in queries and bodies."""

from __future__ import annotations

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, accepted, fact, refused


@fact("C1", writes=False)
def unknown_query_name(account: Account) -> Finding:
    """The list of customers refuses unknown names in the query, with param query."""
    return refused(account.get("customers", {"no_such_parameter": 1}), param="query")


@fact("C1b")
def ignored_query_name(account: Account) -> Finding:
    """Retrievals ignore unknown names in the query."""
    return accepted(account.scene(scenes.retrieved))


@fact("C2")
def unknown_body_name(account: Account) -> Finding:
    """Contacts refuse unknown names in the body, with param request."""
    path = f"customers/{account.scene(scenes.detailed)['id']}/contacts"
    return refused(account.send("POST", path, {"name": account.marker, "no_such_field": 1}), param="request")


@fact("C2b")
def ignored_body_name(account: Account) -> Finding:
    """Customers ignore unknown names in the body."""
    return accepted(account.scene(scenes.updated))


@fact("C3")
def read_only_name(account: Account) -> Finding:
    """Customers refuse read-only names such as object, without param."""
    return refused(account.send("PATCH", f"customers/{account.scene(scenes.plain)['id']}", {"object": "customer"}))


@fact("C3b")
def computed_name(account: Account) -> Finding:
    """Customers ignore computed names such as statement_url."""
    received = account.scene(scenes.updated)
    unchanged = received.status == 200 and received.body.get("statement_url") != "https://example.com"
    return Finding(unchanged, str(received))


@fact("C4")
def empty_text(account: Account) -> Finding:
    """An empty text is stored as null in a nullable property."""
    notes = account.scene(scenes.detailed)["notes"]
    return Finding(notes is None, "null" if notes is None else "a text")


@fact("C5")
def number_that_is_no_text(account: Account) -> Finding:
    """A number of a customer must be text: 42 is refused."""
    received = account.send("PATCH", f"customers/{account.scene(scenes.plain)['id']}", {"number": 42})
    return refused(received, param="number")


@fact("C6")
def word_instead_of_zero(account: Account) -> Finding:
    """open_balance=false means yes, as any text but 0 does."""
    received = scenes.list_of(account, open_balance="false")
    return Finding(accepted(received).holds and received.body == [], str(received))


@fact("C6b")
def zero_and_one(account: Account) -> Finding:
    """filter[active]=1 means yes, and open_balance=0 means no."""
    received = scenes.list_of(account, **{"filter[active]": 1, "open_balance": 0})
    return Finding(received.ids == scenes.remaining(account), str(received))


@fact("C6c")
def word_instead_of_one(account: Account) -> Finding:
    """filter[active]=true means no."""
    received = scenes.list_of(account, **{"filter[active]": "true"})
    return Finding(accepted(received).holds and received.body == [], str(received))
