"""Retries.

Whether a request is retried depends on its outcome, because a retry of a processed request may charge a customer twice.
urllib3's Retry is not used, because it does not apply to other adapters, and does not record whether an earlier attempt
may have been processed.
"""

import logging
import random
import time
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING
from uuid import uuid4

from .errors import ApiTimeoutError, ConcurrentUpdateError, InvoicedError, Outcome, error_for
from .messages import RawResponse, Request

if TYPE_CHECKING:
    from .rate_limit import RateLimit

logger = logging.getLogger("invoiced")

RETRY_SECONDS = 60
"""Seconds after which a call without a deadline is not retried any more, unless the API asked to wait longer."""


def send_with_retries(
    send: Callable[[], Outcome], request: Request, max_retries: int, deadline: float, limit: "RateLimit | None"
) -> RawResponse:
    """Send a request, with retries. No retry starts after `deadline`, a time of time.monotonic().

    Each attempt waits for its turn under the rate limit. If it would come only after the deadline, nothing is sent.

    The API responds to the idempotency key of a request that it rejected with the same error, for 24 hours. A retry
    after an error of the API itself therefore has a new key; any other retry has the same key.

    Returns:
        A 2xx response, or the 404 response to a DELETE that an earlier attempt may have processed.

    Raises:
        InvoicedError: the request failed.
    """
    attempt, unknown_before = 1, False
    has_turn = limit is None or limit.wait(deadline)
    retry_until = time.monotonic() + RETRY_SECONDS if deadline == inf else inf
    while True:
        started = time.perf_counter()
        outcome = send() if has_turn else ApiTimeoutError(f"no turn before the deadline: {limit}", request_sent=False)
        milliseconds = (time.perf_counter() - started) * 1000
        result = outcome.status_code if isinstance(outcome, RawResponse) else type(outcome).__name__
        logger.debug("%s %s: %s in %.0f ms, attempt %d", *request[:2], result, milliseconds, attempt)
        deleted = request.method == "DELETE" and result == 404 and unknown_before
        if isinstance(outcome, RawResponse) and (deleted or outcome.succeeded):
            return outcome
        error = error_for(outcome, request)
        error.unknown_before = unknown_before
        wait = _seconds_before_retry(error, attempt) if has_turn and attempt <= max_retries else None
        start = time.monotonic() + (wait or 0)
        if wait is None or start >= deadline or start - (error.retry_after or 0) >= retry_until:
            error.request_sent = None if unknown_before and error.request_sent is False else error.request_sent
            raise error
        logger.info("%s %s: %s, waiting %.2f s before attempt %d", *request[:2], result, wait, attempt + 1)
        time.sleep(wait)
        if error.idempotency_key and not error.idempotency_key_reusable:
            request.headers["Idempotency-Key"] = str(uuid4())
        attempt, unknown_before = attempt + 1, error.outcome_unknown
        has_turn = limit is None or limit.wait(deadline)


def _seconds_before_retry(error: InvoicedError, attempt: int) -> float | None:
    """Return the seconds to wait before a retry, or None if the request must not be retried.

    A retry is safe if the request was certainly not processed, or if processing it twice has the same effect as once.
    If Retry-After is longer than a minute, the caller decides: see `error.retry_after`.
    """
    not_processed = error.request_sent is False or error.status_code == 429
    not_processed = not_processed or (isinstance(error, ConcurrentUpdateError) and error.method == "PATCH")
    transient = error.request_sent is None or error.status_code in {500, 502, 503, 504}
    if not (not_processed or (transient and error.method in {"GET", "HEAD", "PUT", "PATCH", "DELETE"})):
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= 60 else None
    return backoff(attempt, base=0.5, cap=8, jitter=0.5)


def backoff(attempt: int, *, base: float, cap: float, jitter: float = 0) -> float:
    """Return the seconds to wait after an attempt (exponential backoff).

    Args:
        attempt: number of the failed attempt, from 1.
        base: seconds to wait after the first attempt; doubled after each further attempt.
        cap: maximum seconds.
        jitter: maximum fraction by which the wait is shortened at random, from 0 to 1.
    """
    return min(cap, base * 2.0 ** (attempt - 1)) * random.uniform(1 - jitter, 1)
