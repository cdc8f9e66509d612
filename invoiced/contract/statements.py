"""Statements by e-mail."""

from __future__ import annotations

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, fact
from invoiced.contract.received import Received


def _sent(account: Account) -> Received:
    """Send a statement to a customer that owes nothing."""
    path = f"customers/{account.scene(scenes.detailed)['id']}/emails"
    return account.send("POST", path, {"to": [{"name": "Contract", "email": "contract@example.com"}]})


@fact("G16")
def element_of_statement(account: Account) -> Finding:
    """A statement is one element per request, without email and state, as it was not sent yet."""
    elements = account.scene(_sent).elements
    present = [name for name in ("email", "state") if name in elements[0]]
    return Finding(len(elements) == 1 and not present, ", ".join([f"{len(elements)} element(s)", *present]))


@fact("G17")
def no_recipient(account: Account) -> Finding:
    """A statement to a customer without any address is refused."""
    received = account.send("POST", f"customers/{account.scene(scenes.plain)['id']}/emails", {})
    return Finding((received.status, received.type) == (400, "invalid_request"), str(received))


@fact("G19")
def nothing_owed(account: Account) -> Finding:
    """A statement is sent although nothing is owed."""
    received = account.scene(_sent)
    return Finding(received.status == 201, str(received))
