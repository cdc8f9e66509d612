"""Errors."""

from __future__ import annotations

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, accepted, fact, refused


@fact("B1", writes=False)
def body_of_errors(account: Account) -> Finding:
    """An error is a type and a message, without param if none is known."""
    received = account.scene(scenes.missing_customer)
    names = sorted(received.body)
    return Finding(names == ["message", "type"], f"{len(names)} names, {received}")


@fact("B2")
def type_of_validation(account: Account) -> Finding:
    """A refused value has the type invalid_request."""
    received = account.scene(scenes.refused_creation)
    return Finding((received.status, received.type) == (400, "invalid_request"), str(received))


@fact("B3")
def malformed_json(account: Account) -> Finding:
    """The error for malformed JSON has a message and no type."""
    received = account.scene(scenes.malformed)
    return Finding(isinstance(received.body, dict) and received.type is None, str(received))


@fact("B4")
def key_before_path(account: Account) -> Finding:
    """The idempotency key is checked before the path."""
    received = account.send("POST", "no_such_path", headers={"Idempotency-Key": "short"})
    return Finding(received.status == 400, str(received))


@fact("B5")
def param_of_validation(account: Account) -> Finding:
    """The param of a refused value is the name of its property."""
    return refused(account.scene(scenes.refused_creation), param="name")


@fact("B10", writes=False)
def missing_record(account: Account) -> Finding:
    """A record that does not exist is 404."""
    return refused(account.scene(scenes.missing_customer), status=404)


@fact("B10b", writes=False)
def contacts_of_missing_customer(account: Account) -> Finding:
    """The contacts of a customer that does not exist are an empty list."""
    received = account.get(f"customers/{scenes.MISSING_ID}/contacts")
    return Finding(accepted(received).holds and received.body == [], str(received))


@fact("B10c")
def second_deletion(account: Account) -> Finding:
    """The second deletion of a record is 404."""
    deleted = account.scene(scenes.paging).first.ids[0]
    return refused(account.send("DELETE", f"customers/{deleted}"), status=404)
