"""Webhooks."""

from __future__ import annotations

from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, fact, refused


@fact("H6", writes=False)
def single_webhook(account: Account) -> Finding:
    """A single webhook cannot be retrieved: 405."""
    return refused(account.get("webhooks/1"), status=405)
