"""Statements by e-mail, as text messages and as letters (core.md, G16 to G22)."""

from __future__ import annotations

from collections.abc import Iterable

from invoiced.emulator.description import resolved
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.sending import emails
from invoiced.emulator.sending.letters import send_letter
from invoiced.emulator.sending.recipients import Recipient, bcc_addresses, recipients_of
from invoiced.emulator.sending.text_messages import send_text_messages
from invoiced.emulator.sending.variables import Variables, of_statement
from invoiced.emulator.storage.store import Record

DEBOUNCE = "debounce"
"""Record type of the time of the last e-mail to an address."""

_DEBOUNCE_SECONDS = 300
_TEMPLATE = "statement_email"
_SUBJECT = "Statement from {{company_name}}"
_MESSAGE = "Dear {{contact_name}}, we have attached your latest account statement. Thank you!"
_PERIOD = ("type", "start", "end", "items", "currency")


def send_statement(call: Call) -> Result:
    """Put one e-mail per recipient into the outbox, unless one of them just got an e-mail of this kind.

    The response does not tell whether it was sent.
    """
    customer = call.record()
    _check_type(call)
    recipients = recipients_of(call, customer)
    template = call.body.get("template", _TEMPLATE)
    content = emails.content_of(call, template, _SUBJECT, _MESSAGE, _variables(call, customer))
    if not call.documented_responses and _debounced(call, customer, content.template, recipients):
        return emails.response(call, [], content, emails.new_message_id(call))
    details = {"bcc": bcc_addresses(call.body.get("bcc")), **_details(call, customer)}
    message_id, sent = emails.put_into_outbox(call, recipients, content, details)
    return emails.response(call, sent, content, message_id)


def send_statement_text(call: Call) -> Result:
    """Put one text message per recipient into the outbox."""
    customer = call.record()
    _check_type(call)
    return send_text_messages(call, _details(call, customer), _variables(call, customer))


def send_statement_letter(call: Call) -> Result:
    """Put a letter into the outbox."""
    customer = call.record()
    _check_type(call)
    return send_letter(call, customer, _details(call, customer))


def _check_type(call: Call) -> None:
    known = resolved(call.operation.body)["properties"]["type"]["x-known-values"]
    if call.body["type"] not in known:
        raise ApiError(500, f"The type {call.body['type']!r} of a statement is not known.")


def _details(call: Call, customer: Record) -> Record:
    """Return whose statement it is, and of which time, where given."""
    return {"customer": customer["id"], **{name: call.body[name] for name in _PERIOD if name in call.body}}


def _variables(call: Call, customer: Record) -> Variables:
    return of_statement(call, customer, call.body.get("currency"))


def _debounced(call: Call, customer: Record, template: str, recipients: Iterable[Recipient]) -> bool:
    """Return whether a recipient got an e-mail with this template within the last 5 minutes. If not, all get one."""
    keys = [f"{customer['id']} {template} {recipient.email.lower()}" for recipient in recipients]
    sent = [last["sent_at"] for key in keys if (last := call.store.find(DEBOUNCE, key))]
    if any(call.now - at < _DEBOUNCE_SECONDS for at in sent):
        return True
    for key in keys:
        call.store.put(DEBOUNCE, key, {"sent_at": call.now})
    return False
