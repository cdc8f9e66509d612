"""E-mails that the API was asked to send, and to whom."""

from __future__ import annotations

from typing import Any

from .._compat import Required, TypedDict
from ..object import Object


class EmailRecipient(TypedDict, total=False):
    """Whom an e-mail goes to."""

    name: str
    """Name of the recipient."""
    email: Required[str]
    """Address of the recipient."""


class Email(Object):
    """An e-mail in the send queue (chapter "Customers", section "Send a statement")."""

    __slots__ = ()

    _path = "emails"
    _type = "email"

    id: str
    """Id of the e-mail, a text."""
    state: str
    """How far it got: `sent`."""
    reject_reason: str | None
    """Why it was rejected, if it was."""
    email: str
    """Address of the recipient."""
    template: str
    """Template it was made with: `statement_email`."""
    subject: str
    """Subject line."""
    message: str
    """Text of the e-mail."""
    opens: int
    """How often it was opened."""
    opens_detail: list[Any]
    """One entry per opening; their shape is not documented."""
    clicks: int
    """How often a link in it was clicked."""
    clicks_detail: list[Any]
    """One entry per click; their shape is not documented."""
    created_at: int
    """When it was queued, in Unix seconds."""
    updated_at: int
    """When it last changed, in Unix seconds."""
