"""What the API says about the e-mails of a statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from invoiced import Email
from invoiced.ledger.states import PARTLY_SENT, SENT, UNKNOWN
from invoiced.runs.execution import Outcome, RejectedByApi

_DETAILS = ("id", "email", "message_id", "state", "reject_reason")
"""Fields of an e-mail that details have, if the response has them."""

_REJECTED = ("invalid", "rejected", "bounced")
"""States of an e-mail that the recipient will not get."""


def outcome_of(emails: Iterable[Email]) -> Outcome:
    """Return the outcome of a statement.

    Raises:
        RejectedByApi: no e-mail was sent.
    """
    details = [{name: email[name] for name in _DETAILS if email.get(name) is not None} for email in emails]
    rejections = [text for each in details if (text := rejection(each))]
    if len(rejections) == len(details):
        raise RejectedByApi(f"no e-mail was sent: {', '.join(rejections) or 'the API found no recipients'}")
    if not all(details):
        return Outcome(UNKNOWN, {"emails": details}, "the response is not about an e-mail")
    if rejections:
        return Outcome(PARTLY_SENT, {"emails": details}, f"not sent to all addresses: {', '.join(rejections)}")
    return Outcome(SENT, {"emails": details})


def rejection(email: Mapping[str, Any]) -> str | None:
    """Return which address will not get an e-mail and why, as far as the response says so."""
    state = email.get("state")
    reason = email.get("reject_reason") or (state if state in _REJECTED else None)
    return f"{email.get('email') or 'an address'} ({reason})" if reason else None
