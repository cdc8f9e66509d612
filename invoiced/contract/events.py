"""Events and webhooks."""

from __future__ import annotations

from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, NotCheckedError, fact, refused


@fact("H2", "Events are listed from the newest to the oldest.", writes=False)
def order_of_events(account: Account) -> Finding:
    received = account.get("events", {"per_page": 5})
    if received.status == 200 and len(received.ids) < 2:
        raise NotCheckedError("the account has fewer than two events")
    return Finding(received.ids == sorted(received.ids, reverse=True), str(received))


@fact("H6", "A single webhook cannot be retrieved: 405.", writes=False)
def single_webhook(account: Account) -> Finding:
    return refused(account.get("webhooks/1"), status=405)
