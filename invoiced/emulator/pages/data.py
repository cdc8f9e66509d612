"""All data: reset, the sample company, and snapshots."""

from __future__ import annotations

from datetime import datetime, timezone

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages.visit import Visit


def show_data(visit: Visit) -> Response:
    """Show what can be done with all data."""
    return visit.show("data.html")


def reset(visit: Visit) -> Response:
    """Remove all data."""
    visit.components.reset()
    return visit.go_to("/")


def load_sample(visit: Visit) -> Response:
    """Add the sample company."""
    text = visit.request.form.get("customers", "")
    if not text.isascii() or not text.isdecimal() or int(text) not in range(1, 1001):
        raise ApiError(400, "Choose a number of customers from 1 to 1,000.")
    try:
        visit.load_sample(int(text))
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    return visit.go_to("/")


def save_snapshot(visit: Visit) -> Response:
    """Download all data."""
    name = f"invoiced-{datetime.fromtimestamp(visit.components.clock(), timezone.utc):%Y-%m-%d}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(visit.components.application.snapshot(), 200, headers, content_type="application/x-ndjson")


def load_snapshot(visit: Visit) -> Response:
    """Replace all data with an uploaded snapshot."""
    file = visit.request.files.get("snapshot")
    try:
        visit.components.application.load((file.read() if file else b"") or b"nothing")
    except ValueError as error:
        raise ApiError(400, f"The snapshot cannot be loaded: {error}") from None
    return visit.go_to("/")
