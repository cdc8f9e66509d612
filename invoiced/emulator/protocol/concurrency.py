"""Requests in flight: at most a number per API key, and at most one update of the same record."""

from __future__ import annotations

import threading
from collections.abc import Callable

from invoiced.emulator.errors import ApiError
from invoiced.emulator.protocol.exchange import Exchange
from invoiced.emulator.storage.store import RecordId

_MAX_SECONDS = 60
"""Seconds after which a request no longer counts, even if there is no response yet."""

_LOCKED = frozenset({"customer", "invoice", "credit_note", "estimate", "payment", "subscription"})
"""Types of records that only one request at a time can update."""


class RequestsInFlight:
    """The requests whose response is not out yet.

    `limit` is the number of requests per API key, or None for any number; `clock` returns the Unix time in seconds.
    """

    def __init__(self, limit: int | None, clock: Callable[[], float]) -> None:
        if limit is not None and (isinstance(limit, bool) or limit < 1):
            raise ValueError(f"invalid max_concurrency {limit!r} (expected a positive number, or None)")
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[Exchange, float] = {}

    def begin(self, exchange: Exchange) -> None:
        """Add a request. `ApiError` 429 if its API key has too many in flight. Access tokens have no limit."""
        now = self._clock()
        with self._lock:
            if exchange.caller is not None and not exchange.caller.uses_oauth and self._limit is not None:
                same = [at for other, at in self._begun.items() if other.caller == exchange.caller]
                if sum(now - at < _MAX_SECONDS for at in same) >= self._limit:
                    message = f"This API key already has {self._limit} requests in flight. Wait for a response."
                    raise ApiError(429, message)
            self._begun[exchange] = now

    def lock(self, exchange: Exchange, record_type: str, record_id: RecordId) -> None:
        """Keep other requests from updating a record. `ApiError` 400 if another request is updating it.

        Changes that the emulator makes by itself are not in flight, and neither wait nor make others wait.
        """
        with self._lock:
            if exchange in self._begun and record_type in _LOCKED:
                if any(other.updated == (record_type, record_id) for other in self._begun):
                    name = record_type.replace("_", " ")
                    raise ApiError(400, f"This {name} is currently being updated by another process. Try again later.")
                exchange.updated = (record_type, record_id)

    def end(self, exchange: Exchange) -> bool:
        """Remove a request, and return whether it was still in flight."""
        with self._lock:
            return self._begun.pop(exchange, None) is not None

    @property
    def number(self) -> int:
        """Return the number of requests."""
        return len(self._begun)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._begun.clear()
