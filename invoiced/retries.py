"""Which requests are repeated, and when: decided by outcome, because behind a repeat may be somebody's money.

This is not urllib3's Retry so that it also holds for a session of the user's own, for adapters that are
not urllib3's, and for what Retry does not tell: whether an earlier attempt may have been carried out.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from .errors import InvoicedError
from .messages import Response

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
LONGEST_RETRY_AFTER = 60.0
LONGEST_BACKOFF = 8.0

logger = logging.getLogger("invoiced")


def send_until_settled(send: Callable[[int], Response], max_retries: int) -> Response:
    """Call `send` with the number of the attempt, until it succeeds or must not be repeated."""
    earlier: list[InvoicedError] = []
    while True:
        attempt = len(earlier) + 1
        try:
            return send(attempt)
        except InvoicedError as error:
            if error.method == "DELETE" and error.status_code == 404 and _may_be_done(earlier):
                return Response(404, error.headers, None)
            wait = _seconds_before_repeat(error, attempt) if attempt <= max_retries else None
            if wait is None:
                if error.request_sent is False and any(one.request_sent is not False for one in earlier):
                    error.request_sent = None
                raise
            earlier.append(error)
        reason = earlier[-1].status_code or type(earlier[-1]).__name__
        request = f"{earlier[-1].method} {earlier[-1].path}"
        logger.info("%s: %s, waiting %.2f s before attempt %d", request, reason, wait, attempt + 1)
        time.sleep(wait)


def _may_be_done(earlier: list[InvoicedError]) -> bool:
    return any(error.outcome_unknown for error in earlier)


def _seconds_before_repeat(error: InvoicedError, attempt: int) -> float | None:
    """How long to wait before the request is repeated; None if it must not be.

    A Retry-After is honoured to the second; one longer than a minute is left to the caller, who finds it in
    `error.retry_after`: a repeat before that time would only be refused again.
    """
    if not _may_be_repeated(error):
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_RETRY_AFTER else None
    return min(LONGEST_BACKOFF, 0.5 * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)


def _may_be_repeated(error: InvoicedError) -> bool:
    """Whether a repeat can do no harm: it surely was not carried out, or twice is the same as once."""
    if error.request_sent is False or error.status_code == 429:
        return True
    transient = error.request_sent is None or error.status_code in TRANSIENT_STATUSES
    return transient and error.method in IDEMPOTENT_METHODS
