"""Text messages to customers (core.md, G21; billing.md 5.4). Nothing is sent; they are put into the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.sending.emails import OUTBOX
from invoiced.emulator.sending.variables import Variables, filled
from invoiced.emulator.storage.store import Record

TEXTED = "texted"
"""Record type of the day of the last text message to a number."""

_HOURS = range(8, 21)


def send_text_messages(call: Call, details: Mapping[str, Any], variables: Variables) -> Result:
    """Put a text message per recipient into the outbox, with the values of its variables, and respond with all.

    If a number got a text message today, nothing is sent; but those before it count as having got one.
    """
    recipients = call.body["to"]
    if not recipients:
        raise ApiError(400, "A text message needs at least one recipient with a phone number.")
    now = datetime.fromtimestamp(call.now, timezone.utc)
    if now.hour not in _HOURS:
        message = f"It is {now:%H:%M} in the time zone of the account. Text messages are sent from 8:00 to 20:59 only."
        raise ApiError(400, message)
    texts = [_text_message(call, recipient, variables) for recipient in recipients]
    for text in texts:
        _check_number(call, text["to"], f"{now:%Y-%m-%d}")
    for text in texts:
        sent = {**text, **details}
        call.add(OUTBOX, text["id"], sent)
        call.record_event("text_message.sent", "text_message", sent)
    return Result(texts)


def _text_message(call: Call, recipient: Record, variables: Variables) -> Record:
    number, name = str(recipient["phone"]).strip(), recipient.get("name")
    if not any(map(str.isdecimal, number)):
        raise ApiError(400, f"{number!r} is not a phone number.")
    return {
        "id": call.token(16),
        "object": "text_message",
        "state": "sent",
        "to": number,
        "contact_name": name,
        "message": filled(call.body["message"], {**variables, "contact_name": name or variables["customer_name"]}),
        "sent_by": None,
        "sent_by_id": None,
        "created_at": call.now,
        "updated_at": call.now,
    }


def _check_number(call: Call, number: str, day: str) -> None:
    """Raise `ApiError` if a number got a text message today, which it counts as having got from now on."""
    key = "".join(filter(str.isdecimal, number))
    last = call.store.find(TEXTED, key)
    if last and last["day"] == day:
        message = f"{number} has got a text message today already. A number gets at most one per day."
        raise ApiError(400, message, keeps_changes=True)
    call.store.put(TEXTED, key, {"day": day})
