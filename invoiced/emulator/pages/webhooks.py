"""Webhooks: the endpoints, and each attempt to deliver an event to one."""

from __future__ import annotations

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.events.webhooks import body_of
from invoiced.emulator.pages.visit import Visit

_SHOWN = 100
_SECONDS = 5


def show_webhooks(visit: Visit) -> Response:
    """Show the endpoints and the latest attempts."""
    endpoints = visit.records("/webhooks")  # first: it does what is due
    total, attempts = visit.components.application.latest("webhook_attempt", _SHOWN)
    return visit.show("webhooks.html", endpoints=endpoints.records, attempts=attempts, total=total)


def show_attempt(visit: Visit, number: int) -> Response:
    """Show what is posted to an endpoint, and how it responded."""
    application = visit.components.application
    attempt = application.find("webhook_attempt", number)
    if attempt is None:
        raise ApiError(404, "There is no such delivery.")
    return visit.show("attempt.html", attempt=attempt, signature=application.deliveries.signature(body_of(attempt)))


def deliver_again(visit: Visit, number: int) -> Response:
    """Post the event again, and wait a little for the response."""
    visit.response("POST", f"/webhook_attempts/{number}/retries")
    visit.components.application.deliveries.wait(_SECONDS)
    return visit.go_to(visit.link("webhooks", number))
