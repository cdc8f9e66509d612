"""Statements by e-mail. Nothing is sent; the e-mails are put into the outbox."""

from __future__ import annotations

from collections.abc import Iterable

from invoiced.emulator.description import resolved
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.sending.recipients import Recipient, bcc_addresses, recipients_of
from invoiced.emulator.storage.store import Record

DEBOUNCE = "debounce"
"""Record type of the time of the last e-mail to an address."""

_DEBOUNCE_SECONDS = 300
_TEMPLATE = "statement_email"
_SUBJECT = "Statement from Dunder Mifflin, Inc."
_MESSAGE = "Dear {}, we have attached your latest account statement. Thank you!"
_PERIOD = ("type", "start", "end", "items", "currency")


def send_statement(call: Call) -> Result:
    """Put one e-mail per recipient into the outbox, unless one of them just got an e-mail of this kind.

    The response does not tell whether it was sent.
    """
    customer = call.record()
    known = resolved(call.operation.body)["properties"]["type"]["x-known-values"]
    if call.body["type"] not in known:
        raise ApiError(500, f"The type {call.body['type']!r} of a statement is not known.")
    recipients = recipients_of(call, customer)
    content = {"template": call.body.get("template", _TEMPLATE), "subject": call.body.get("subject", _SUBJECT)}
    message_id = f"<{call.token(16)}@emulator.invalid>"
    emails = [_email(call, customer, recipient, content) for recipient in recipients]
    if call.documented_responses or not _debounced(call, customer, content["template"], recipients):
        of_request: Record = {
            "customer": customer["id"],
            "bcc": bcc_addresses(call.body.get("bcc")),
            "message_id": message_id,
            **{name: call.body[name] for name in _PERIOD if name in call.body},
        }
        for email in emails:
            call.add("outbox", email["id"], {**email, **of_request})
    return Result(emails if call.documented_responses else [_queued(content["subject"], message_id)])


def _debounced(call: Call, customer: Record, template: str, recipients: Iterable[Recipient]) -> bool:
    """Return whether a recipient got an e-mail with this template within the last 5 minutes. If not, all get one."""
    keys = [f"{customer['id']} {template} {recipient.email.lower()}" for recipient in recipients]
    sent = [last["sent_at"] for key in keys if (last := call.store.find(DEBOUNCE, key))]
    if any(call.now - at < _DEBOUNCE_SECONDS for at in sent):
        return True
    for key in keys:
        call.store.put(DEBOUNCE, key, {"sent_at": call.now})
    return False


def _queued(subject: str, message_id: str) -> Record:
    """Return the response for the e-mail to all recipients, which is neither sent nor stored yet."""
    unknown = dict.fromkeys(("id", "created_at", "updated_at"))
    people: Record = {name: [] for name in ("from", "to", "cc", "bcc")}
    known = {"object": "email", "subject": subject, "message_id": message_id, "date": "now", "opens": 0}
    return {**unknown, **people, **known}


def _email(call: Call, customer: Record, recipient: Recipient, content: Record) -> Record:
    """Return the e-mail to one recipient, as the reference documents it."""
    return {
        "id": call.token(16),
        "object": "email",
        "state": "sent",
        "reject_reason": None,
        "email": recipient.email,
        "template": content["template"],
        "subject": content["subject"],
        "message": call.body.get("message", _MESSAGE.format(recipient.name or customer["name"])),
        "opens": 0,
        "opens_detail": [],
        "clicks": 0,
        "clicks_detail": [],
        "created_at": call.now,
        "updated_at": call.now,
    }
