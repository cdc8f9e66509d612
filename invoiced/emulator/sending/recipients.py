"""Recipients of e-mails to a customer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.addresses import is_address

BLOCKED = "blocked"
"""Record type of addresses to which no e-mail is sent."""

_MAX = 5


class Recipient(NamedTuple):
    """A recipient of an e-mail."""

    name: str | None
    email: str


def recipients_of(call: Call, customer: Record, *, param: str | None = "to") -> list[Recipient]:
    """Return the recipients that are sent, or else the default ones, without blocked addresses.

    `ApiError` if none is left, with the `param` that is to blame. Recipients without a name have that of the customer.
    """
    given = call.body.get("to") or ()
    try:
        recipients = _given([{"email": given}] if isinstance(given, str) else given) or _default(call, customer)
        if not recipients:
            raise ApiError(400, "Neither the customer nor its primary contacts have an e-mail address to send to.")
    except ApiError as error:
        raise ApiError(error.status, error.message, param) from None
    allowed = [each for each in recipients if not call.store.find(BLOCKED, each.email.lower())]
    if not allowed:
        raise ApiError(400, f"No e-mail is sent to blocked addresses: {', '.join(each.email for each in recipients)}.")
    return [each._replace(name=each.name or customer["name"]) for each in allowed]


def bcc_addresses(bcc: str | None) -> list[str]:
    """Return the addresses for blind copies. Invalid ones are dropped, and those after the fifth."""
    return [address for address in map(str.strip, (bcc or "").split(",")) if is_address(address)][:_MAX]


def _given(to: Iterable[Record]) -> list[Recipient]:
    recipients = [Recipient(each.get("name"), str(each.get("email") or "").strip()) for each in to]
    for index, recipient in enumerate(recipients):
        if not is_address(recipient.email):
            raise ApiError(400, f"to[{index}][email]: {recipient.email!r} is not an e-mail address.")
    recipients = _distinct(recipients)
    if len(recipients) > _MAX:
        raise ApiError(400, f"An e-mail can have at most {_MAX} recipients.")
    return recipients


def _default(call: Call, customer: Record) -> list[Recipient]:
    """Return the primary contacts by name, and the customer unless one of them has its address."""
    contacts = sorted(call.store.page("contact", customer["id"]), key=lambda contact: str(contact["name"]))
    records = [*(contact for contact in contacts if contact["primary"]), customer]
    return _distinct(Recipient(each["name"], each["email"]) for each in records if is_address(each["email"] or ""))


def _distinct(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Return the first recipient with each address."""
    by_address: dict[str, Recipient] = {}
    for recipient in recipients:
        by_address.setdefault(recipient.email.lower(), recipient)
    return list(by_address.values())
