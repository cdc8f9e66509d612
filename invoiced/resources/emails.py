"""E-mails and their recipients (chapter "Customers", section "Send a statement")."""

from __future__ import annotations

from typing import Any

from .._compat import Required, TypedDict
from ..object import Object


class EmailRecipient(TypedDict, total=False):
    """A recipient of an e-mail."""

    name: str
    """Recipient name."""
    email: Required[str]
    """Recipient address."""


class Email(Object):
    """An e-mail in the send queue (chapter "Customers", section "Send a statement")."""

    __slots__ = ()

    _path = "emails"
    _type = "email"

    id: str
    """E-mail ID, a string."""
    state: str
    """Delivery state, such as `sent`."""
    reject_reason: str | None
    """Why the e-mail was rejected, if it was."""
    email: str
    """Recipient address."""
    template: str
    """Template used, such as `statement_email`."""
    subject: str
    """Subject line."""
    message: str
    """Message text."""
    opens: int
    """How often the e-mail was opened."""
    opens_detail: list[Any]
    """One entry per opening, in an undocumented format."""
    clicks: int
    """How often a link in the e-mail was clicked."""
    clicks_detail: list[Any]
    """One entry per click, in an undocumented format."""
    created_at: int
    """Time it was queued, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
