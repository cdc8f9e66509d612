"""One request to the API, from its admission until its response is about to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response

from invoiced.emulator.protocol.authentication import Caller
from invoiced.emulator.storage.store import RecordId


@dataclass(eq=False)
class Exchange:
    """A request that the API has admitted, and what becomes of it."""

    request: Request
    path: str
    json: dict[str, Any] | None = None
    """Parameters in a JSON body, not validated yet; None if the body is not JSON."""
    caller: Caller | None = None
    """The sender; None if it is unknown, or for a link, which requires no credentials."""
    is_refused: bool = False
    """Whether the API refused the request before it did anything."""
    is_replay: bool = False
    """Whether the response is that of an earlier request with the same idempotency key."""
    response: Response | None = None
    """The API's response, which is replayed to later requests with the same idempotency key."""
    updated: tuple[str, RecordId] | None = None
    """Type and ID of the record that the request updates: no other may update it in the meantime."""
