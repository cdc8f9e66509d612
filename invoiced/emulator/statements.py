"""Statements by e-mail. Nothing is sent; the e-mails are put into the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from invoiced.emulator.call import Call, Result
from invoiced.emulator.errors import ApiError
from invoiced.emulator.store import Record

_ADDRESS = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")
_TEMPLATE = "statement_email"
_SUBJECT = "Statement from Dunder Mifflin, Inc."
_MESSAGE = "Dear {}, we have attached your latest account statement. Thank you!"


class Recipient(NamedTuple):
    """A recipient of an e-mail."""

    name: str | None
    email: str


def send_statement(call: Call) -> Result:
    """Put one e-mail per recipient into the outbox."""
    customer = call.record()
    bcc = _bcc_addresses(call.body.get("bcc"))
    emails = [_email(call, customer, recipient) for recipient in _recipients(call, customer)]
    period = {name: call.body[name] for name in ("type", "start", "end", "items") if name in call.body}
    for email in emails:
        sent = {**email, "customer": customer["id"], "bcc": bcc, **period}
        call.store.add("outbox", email["id"], sent)
    return Result(emails)


def _recipients(call: Call, customer: Record) -> list[Recipient]:
    """Return the given recipients, or else the customer and its primary contacts, or else its other contacts."""
    if "to" in call.body:
        given = call.body["to"]
        given = [{"email": given}] if isinstance(given, str) else given
        recipients = [Recipient(to.get("name"), to.get("email", "")) for to in given]
        if not recipients:
            raise ApiError(400, "The parameter to is empty.", "to")
        for index, recipient in enumerate(recipients):
            if not _ADDRESS.fullmatch(recipient.email):
                raise ApiError(400, f"to[{index}][email]: {recipient.email!r} is not an e-mail address.", "to")
        return recipients
    contacts = call.store.page("contact", customer["id"])
    primary = [contact for contact in contacts if contact["primary"]]
    others = [contact for contact in contacts if not contact["primary"]]
    recipients = _with_address([customer, *primary]) or _with_address(others)
    if not recipients and customer["email"]:
        raise ApiError(400, f"The customer's own address, {customer['email']!r}, is not a valid e-mail address.", "to")
    if not recipients:
        raise ApiError(400, "Neither the customer nor its contacts have an e-mail address to send to.", "to")
    return recipients


def _with_address(records: Iterable[Record]) -> list[Recipient]:
    """Return the customer and contacts with an e-mail address, each address once."""
    recipients: dict[str, Recipient] = {}
    for record in records:
        if record["email"] and _ADDRESS.fullmatch(record["email"]):
            recipients.setdefault(record["email"].lower(), Recipient(record["name"], record["email"]))
    return list(recipients.values())


def _bcc_addresses(bcc: str | None) -> list[str]:
    addresses = [address.strip() for address in bcc.split(",")] if bcc else []
    if not all(map(_ADDRESS.fullmatch, addresses)):
        raise ApiError(400, "The parameter bcc must be e-mail addresses, separated by commas.", "bcc")
    return addresses


def _email(call: Call, customer: Record, recipient: Recipient) -> Record:
    return {
        "id": call.token(16),
        "object": "email",
        "state": "sent",
        "reject_reason": None,
        "email": recipient.email,
        "template": call.body.get("template", _TEMPLATE),
        "subject": call.body.get("subject", _SUBJECT),
        "message": call.body.get("message", _MESSAGE.format(recipient.name or customer["name"])),
        "opens": 0,
        "opens_detail": [],
        "clicks": 0,
        "clicks_detail": [],
        "created_at": call.now,
        "updated_at": call.now,
    }
