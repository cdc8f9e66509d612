"""Webhook attempts."""

from typing import Any

from .._compat import TypedDict, Unpack
from ..options import Options, WriteOptions
from .verbs import Listable, Record


class WebhookAttemptStatus(TypedDict, total=False):
    """Result of one delivery."""

    status_code: int
    """HTTP status received."""
    timestamp: int
    """Time of the delivery."""
    error: str
    """Problem if no response arrived; then there is no `status_code`."""


class WebhookAttemptFilter(Options, total=False):
    """Fields of a webhook attempt that find() can match."""

    event_id: int
    """Event."""


class WebhookAttempt(Record):
    """Deliveries of one event to a webhook (not in the API reference)."""

    __slots__ = ()

    _path = "webhook_attempts"

    id: int
    """ID."""
    event_id: int
    """Event."""
    attempts: list[WebhookAttemptStatus]
    """Deliveries so far, oldest first."""
    payload: dict[str, Any] | str
    """Body that was sent, if the API returns it."""
    url: str
    """Address that the event is posted to."""
    next_attempt: int | None
    """When the next delivery is due; null once one succeeded or all failed."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def retry(self, **params: Unpack[WriteOptions]) -> None:
        """Deliver a webhook again: POST /webhook_attempts/:id/retries."""
        self._send("POST", ("retries",), params)


class WebhookAttempts(Listable[WebhookAttempt]):
    """The webhook attempts of an account, as `client.WebhookAttempt`."""

    _object = WebhookAttempt

    def find(self, **filter: Unpack[WebhookAttemptFilter]) -> WebhookAttempt:
        """Find the one webhook attempt that matches these fields: GET /webhook_attempts."""
        return self._find(filter)
