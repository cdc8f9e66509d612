"""Responses stored by idempotency key, which are replayed for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

from werkzeug import Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.protocol.exchange import Exchange
from invoiced.emulator.protocol.responses import text_response
from invoiced.emulator.storage.store import STORED_RESPONSE, Store

_SECONDS = 24 * 60 * 60
_LENGTHS = range(6, 65)
# A proxy sends the last three, without the API.
_NOT_STORED = frozenset({401, 402, 429, 502, 503, 504})


class StoredResponses:
    """The first response to each idempotency key of an API key, whatever the method, the path and the body."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def find(self, exchange: Exchange) -> Response | None:
        """Return the response to an earlier request with the same key. `ApiError` if a key is not possible here."""
        if (stored_id := _stored_id(exchange)) is None:
            return None
        with self._store.transaction(writes=False):
            stored = self._store.find(STORED_RESPONSE, stored_id)
        if stored is None or self._is_old(stored["at"]):
            return None
        return text_response(stored["status"], stored["body"], "application/json" if stored["body"] else None)

    def add(self, exchange: Exchange) -> None:
        """Store the response to a request that has a key, unless the key has a response already."""
        stored_id, response = None, exchange.response
        with suppress(ApiError):  # Such a request was refused.
            stored_id = _stored_id(exchange)
        if stored_id is None or response is None or exchange.is_replay or response.status_code in _NOT_STORED:
            return
        new = {"at": int(self._clock()), "status": response.status_code, "body": response.get_data(as_text=True)}
        with self._store.transaction():
            stored = self._store.find(STORED_RESPONSE, stored_id)
            if stored is None or self._is_old(stored["at"]):
                self._store.put(STORED_RESPONSE, stored_id, new)

    def _is_old(self, at: int) -> bool:
        return self._clock() - at >= _SECONDS


def _stored_id(exchange: Exchange) -> str | None:
    """Return the ID of the response to a request, or None without a key. `ApiError` if the key is not possible here."""
    key = exchange.request.headers.get("Idempotency-Key")
    if key is None or exchange.caller is None or exchange.caller.uses_oauth:
        return None
    if exchange.request.method not in ("POST", "PATCH"):
        raise ApiError(400, "Only POST and PATCH can have an Idempotency-Key: the request was not processed.")
    if len(key) not in _LENGTHS:
        raise ApiError(400, f"An Idempotency-Key must have 6 to 64 characters, not {len(key)}.")
    return hashlib.sha256(f"{exchange.caller.digest} {key}".encode()).hexdigest()
