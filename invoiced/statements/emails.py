"""What the API says about the e-mails of a statement."""

from __future__ import annotations

from invoiced import Email

_REJECTED = ("invalid", "rejected", "bounced")
"""States of an e-mail that the recipient will not get."""


def rejection(email: Email) -> str | None:
    """Return which address will not get an e-mail and why, as far as the response says so."""
    state = email.get("state")
    reason = email.get("reject_reason") or (state if state in _REJECTED else None)
    return f"{email.get('email') or 'an address'} ({reason})" if reason else None
