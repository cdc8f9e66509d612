"""Deliveries of webhooks: the threads that post events to their receivers (core.md, H5).

Each receiver has a thread of its own while there is something to post to it, so that a slow one delays neither the
callers of the API nor other receivers.
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections import deque
from collections.abc import Callable

from invoiced.display.escaping import one_line
from invoiced.emulator.events.posting import post
from invoiced.emulator.events.webhooks import MAX_ATTEMPTS, Outcome, Posting
from invoiced.emulator.values.warnings import warn

WEBHOOK_SECRET = "emulator-secret"
"""Secret of all endpoints by default. It is not secret."""

_LOGGER = logging.getLogger("invoiced.emulator")


class Deliveries:
    """Postings that wait, or are in flight. `record` stores the outcome of each, in a transaction of its own."""

    def __init__(self, secret: str, record: Callable[[Posting, Outcome], None]) -> None:
        if not secret.strip():
            raise ValueError("invalid webhook_secret (expected a text that is not empty)")
        self._secret = secret.encode()
        self._record = record
        self._changed = threading.Condition()
        # The first posting of each receiver is in flight. A receiver without postings has no thread.
        self._by_url: dict[str, deque[Posting]] = {}
        self._warned: set[tuple[str, str]] = set()
        """The URLs of which a warning was logged, and the reasons."""

    def send(self, posting: Posting) -> None:
        """Post an event behind those that its receiver gets first, unless it is among them already."""
        with self._changed:
            waiting = self._by_url.get(posting.url)
            if waiting is None:
                self._by_url[posting.url] = waiting = deque([posting])
                name = f"invoiced-webhook {posting.url}"
                threading.Thread(target=self._post_all, args=[waiting], name=name, daemon=True).start()
            elif all(posting.attempt_id != other.attempt_id for other in waiting):
                waiting.append(posting)

    def signature(self, body: bytes) -> str:
        """Return the signature of a body."""
        return hmac.digest(self._secret, body, "sha256").hex()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to post. Return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._by_url, timeout)

    @property
    def urls(self) -> list[str]:
        """Return the URLs of the receivers to which something is still posted."""
        with self._changed:
            return [*self._by_url]

    def clear(self) -> None:
        """Forget all postings. Whatever becomes of those that are in flight, it is not recorded."""
        with self._changed:
            for waiting in self._by_url.values():
                waiting.clear()
            self._by_url.clear()
            self._warned.clear()
            self._changed.notify_all()

    def _post_all(self, waiting: deque[Posting]) -> None:
        while True:
            with self._changed:
                if not waiting:
                    return
                posting = waiting[0]
            outcome = post(posting, self.signature(posting.body))
            # The lock is held, so that after clear() nothing is recorded any more.
            with self._changed:
                if not waiting or waiting[0] is not posting:
                    continue
                self._try_to_record(posting, outcome)
                if not outcome.is_success:
                    self._warn_once(posting.url, outcome)
                waiting.popleft()
                if not waiting:
                    del self._by_url[posting.url]
                    self._changed.notify_all()

    def _warn_once(self, url: str, outcome: Outcome) -> None:
        """Log why a receiver does not have an event: `wait` tells nobody."""
        if (url, outcome.reason) in self._warned:
            return
        self._warned.add((url, outcome.reason))
        again = f"It is posted again each hour of the emulator's clock, {MAX_ATTEMPTS} times in all."
        follows = "The webhook is disabled." if outcome.is_final else again
        warn(f"The webhook {url} did not receive an event: {outcome.reason} {follows}")

    def _try_to_record(self, posting: Posting, outcome: Outcome) -> None:
        try:
            self._record(posting, outcome)
        except Exception:
            _LOGGER.exception(one_line(f"The outcome of a webhook to {posting.url} could not be recorded."))
