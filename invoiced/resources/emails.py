"""Emails."""

from collections.abc import Sequence
from typing import Any

from .._compat import Required, TypedDict
from ..object import Object
from ..options import WriteOptions


class EmailRecipient(TypedDict, total=False):
    """A recipient of an e-mail."""

    name: str
    """Recipient name."""
    email: Required[str]
    """Recipient address."""


class DocumentEmail(WriteOptions, total=False):
    """Options of an e-mail; an empty body sends the standard template to the default contacts."""

    to: Sequence[EmailRecipient]
    """Recipients; when left out, the primary contacts of the customer with a valid address."""
    bcc: str
    """Addresses for blind copies, separated by commas."""
    template: str
    """ID of an e-mail template; when left out one fitting the state of the document."""
    subject: str
    """Subject that replaces the one of the template."""
    message: str
    """Text that replaces the one of the template."""


class Email(Object):
    """An e-mail in the send queue."""

    __slots__ = ()

    _type = "email"

    id: str | int | None
    """E-mail ID, a string; may be None in the response to a request to send."""
    state: str
    """Delivery state, such as `sent`; may be missing in the response to a request to send."""
    reject_reason: str | None
    """Why the e-mail was rejected, if it was."""
    email: str
    """Recipient address; may be missing in the response to a request to send."""
    template: str
    """Template used, such as `statement_email`; may be missing in the response to a request to send."""
    subject: str
    """Subject line."""
    message: str
    """Message text; may be missing in the response to a request to send."""
    message_id: str | None
    """Message-ID header of the message."""
    opens: int
    """How often the e-mail was opened."""
    opens_detail: list[Any]
    """One entry per opening, in an undocumented format."""
    clicks: int
    """How often a link in the e-mail was clicked."""
    clicks_detail: list[Any]
    """One entry per click, in an undocumented format."""
    customer: int | None
    """Customer that the message is about."""
    incoming: bool
    """Whether the message came in."""
    date: int | str | None
    """Time of the message in Unix seconds; the word `now` in the response to a request to send."""
    thread: int | None
    """ID of the conversation."""
    sent_by: int | None
    """ID of the user who sent it."""
    reply_to_email: int | None
    """ID of the message that it replies to."""
    bounce: bool | None
    """Whether it bounced."""
    complaint: bool | None
    """Whether the recipient complained."""
    to: list[dict[str, Any]]
    """Recipients (to) with `name` and `email_address`; empty in the response to a request to send."""
    cc: list[dict[str, Any]]
    """Recipients (cc) with `name` and `email_address`; empty in the response to a request to send."""
    bcc: list[dict[str, Any]]
    """Recipients (bcc) with `name` and `email_address`; empty in the response to a request to send."""
    created_at: int | None
    """Time it was queued, as a Unix timestamp in seconds; may be None in the response to a request to send."""
    updated_at: int | None
    """Time of the last change, as a Unix timestamp in seconds; may be None in the response to a request to send."""
