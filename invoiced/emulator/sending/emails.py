"""E-mails to customers. Nothing is sent; the e-mails are put into the outbox (core.md, G16; billing.md 5.1 to 5.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.sending.recipients import Recipient
from invoiced.emulator.sending.variables import Variables, filled
from invoiced.emulator.storage.store import Record

OUTBOX = "outbox"
"""Record type of all that is sent."""


class Content(NamedTuple):
    """What an e-mail says, with the values of its variables. `contact_name` is the name of the recipient."""

    template: str
    subject: str
    message: str
    variables: Variables


def content_of(call: Call, template: str, subject: str, message: str, variables: Variables) -> Content:
    """Return what the call sends, or else what the template of the account says, or else what is given."""
    stored = call.find("email_template", template) or {}
    subject = call.body.get("subject") or stored.get("subject") or subject
    message = call.body.get("message") or stored.get("body") or message
    return Content(template, filled(subject, variables), message, variables)


def put_into_outbox(
    account: Account, recipients: Sequence[Recipient], content: Content, details: Mapping[str, Any]
) -> tuple[str, list[Record]]:
    """Put an e-mail per recipient into the outbox. Return the message ID that they share, and the e-mails.

    `details` are what else a test wants to know of them, such as the ID of the `customer`.
    """
    message_id = new_message_id(account)
    emails = [new_email(account, recipient, content) for recipient in recipients]
    for email in emails:
        sent = {**email, **details, "message_id": message_id}
        account.add(OUTBOX, email["id"], sent)
        account.record_event("email.sent", "email", sent)
    return message_id, emails


def response(call: Call, emails: list[Record], content: Content, message_id: str) -> Result:
    """Respond with one e-mail for the request, or as the reference documents it."""
    return Result(emails if call.documented_responses else [_queued(content.subject, message_id)])


def new_message_id(account: Account) -> str:
    """Return the ID of a new message."""
    return f"<{account.token(16)}@emulator.invalid>"


def new_email(account: Account, recipient: Recipient, content: Content) -> Record:
    """Return the e-mail to one recipient, as the reference documents it."""
    return {
        "id": account.token(16),
        "object": "email",
        "state": "sent",
        "reject_reason": None,
        "email": recipient.email,
        "template": content.template,
        "subject": content.subject,
        "message": filled(content.message, {**content.variables, "contact_name": recipient.name or ""}),
        "opens": 0,
        "opens_detail": [],
        "clicks": 0,
        "clicks_detail": [],
        "created_at": account.now,
        "updated_at": account.now,
    }


def _queued(subject: str, message_id: str) -> Record:
    """Return the response for the e-mail to all recipients, which is neither sent nor stored yet."""
    unknown = dict.fromkeys(("id", "created_at", "updated_at"))
    people: Record = {name: [] for name in ("from", "to", "cc", "bcc")}
    known = {"object": "email", "subject": subject, "message_id": message_id, "date": "now", "opens": 0}
    return {**unknown, **people, **known}
