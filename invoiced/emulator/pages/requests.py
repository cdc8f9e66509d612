"""The requests that the emulator received, with their responses."""

from __future__ import annotations

from itertools import islice

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.server.request_log import ReceivedRequest

_SHOWN = 200


def show_requests(visit: Visit) -> Response:
    """Show the latest requests that match the filters, the newest first."""
    sent = {name: visit.request.args.get(name, "").strip() for name in ("method", "path", "status")}

    def matches(received: ReceivedRequest) -> bool:
        return (
            sent["method"] in ("", received.method)
            and sent["path"] in received.path
            and str(received.status or "none").startswith(sent["status"])
        )

    found = [*islice(filter(matches, reversed([*visit.components.requests])), _SHOWN)]
    return visit.show("requests.html", requests=found, total=visit.components.requests.received, sent=sent)


def show_request(visit: Visit, number: int) -> Response:
    """Show a request and its response."""
    received = next((each for each in [*visit.components.requests] if each.number == number), None)
    if received is None:
        raise ApiError(404, "This request is not in the log any more.")
    return visit.show("request.html", received=received)


def clear_requests(visit: Visit) -> Response:
    """Clear the log."""
    visit.components.requests.clear()
    return visit.go_to(visit.link("requests"))
