"""Statements by e-mail. Nothing is sent: what would be is in the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from invoiced.emulator.call import Answer, Call
from invoiced.emulator.errors import ApiError
from invoiced.emulator.store import Record

_ADDRESS = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")
_TEMPLATE = "statement_email"
_SUBJECT = "Statement from Dunder Mifflin, Inc."
_MESSAGE = "Dear {}, we have attached your latest account statement. Thank you!"


class Recipient(NamedTuple):
    """Whom an e-mail goes to."""

    name: str | None
    email: str


def send_statement(call: Call) -> Answer:
    """Put one e-mail per recipient in the outbox."""
    customer = call.record()
    copied = _copied(call.body.get("bcc"))
    emails = [_email(call, customer, recipient) for recipient in _recipients(call, customer)]
    period = {name: call.body[name] for name in ("type", "start", "end", "items") if name in call.body}
    for email in emails:
        sent = {**email, "customer": customer["id"], "bcc": copied, **period}
        call.store.add("outbox", email["id"], sent)
    return Answer(emails)


def _recipients(call: Call, customer: Record) -> list[Recipient]:
    """Those given; else the customer and its primary contacts; else its other contacts."""
    if "to" in call.body:
        given = [Recipient(to.get("name"), to.get("email", "")) for to in call.body["to"]]
        if not given:
            raise ApiError(400, "The parameter to is empty.", "to")
        for place, recipient in enumerate(given):
            if not _ADDRESS.fullmatch(recipient.email):
                raise ApiError(400, f"to[{place}][email]: {recipient.email!r} is not an e-mail address.", "to")
        return given
    _, contacts = call.store.page("contact", customer["id"])
    primary = [contact for contact in contacts if contact["primary"]]
    others = [contact for contact in contacts if not contact["primary"]]
    recipients = _reachable([customer, *primary]) or _reachable(others)
    if not recipients and customer["email"]:
        raise ApiError(400, f"The customer's own address, {customer['email']!r}, is not an e-mail address.", "to")
    if not recipients:
        raise ApiError(400, "Neither the customer nor its contacts have an e-mail address to send to.", "to")
    return recipients


def _reachable(records: Iterable[Record]) -> list[Recipient]:
    """Those of the customer and contacts that have an e-mail address, each address once."""
    reachable: dict[str, Recipient] = {}
    for record in records:
        if record["email"] and _ADDRESS.fullmatch(record["email"]):
            reachable.setdefault(record["email"].lower(), Recipient(record["name"], record["email"]))
    return list(reachable.values())


def _copied(bcc: str | None) -> list[str]:
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
