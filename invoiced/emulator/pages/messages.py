"""The outbox: e-mails, text messages and letters, as their recipients read them."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages.listings import BY_TYPE
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.sending.emails import OUTBOX
from invoiced.emulator.storage.store import Record

_SHOWN = 200
_DOCUMENTS = ("invoice", "credit_note", "estimate", "payment")
_STATEMENT = ("type", "start", "end", "currency")


def show_outbox(visit: Visit) -> Response:
    """Show the latest messages, the newest first."""
    total, messages = visit.components.application.latest(OUTBOX, _SHOWN)
    return visit.show("outbox.html", messages=messages, total=total)


def show_message(visit: Visit, message_id: str) -> Response:
    """Show a message with the PDF that is attached to it."""
    message = visit.components.application.find(OUTBOX, message_id)
    if message is None:
        raise ApiError(404, "There is no such message in the outbox.")
    customer = visit.components.application.find("customer", message["customer"])
    return visit.show("message.html", message=message, customer=customer, pdf=_attached(visit, message))


def empty_outbox(visit: Visit) -> Response:
    """Remove all messages."""
    visit.components.application.empty_outbox()
    return visit.go_to(visit.link("outbox"))


def _attached(visit: Visit, message: Record) -> str | None:
    """Return the path of the PDF of what was sent: of the document, or else of the statement."""
    if message["object"] == "text_message":
        return None
    for record_type in _DOCUMENTS:
        if record_type in message:
            return BY_TYPE[record_type].record_path(message[record_type])
    if "type" not in message:
        return None
    link = urlsplit(visit.record(f"/customers/{message['customer']}")["statement_pdf_url"]).path
    return f"{link}?{urlencode({name: message[name] for name in _STATEMENT if message.get(name) is not None})}"
