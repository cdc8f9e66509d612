"""Sending a request until its outcome is settled.

Which requests are repeated, and when, is decided by outcome, because behind a repeat may be somebody's money.
urllib3's Retry does not do it: this also holds for a session of the user's own and for adapters that are not
urllib3's, and it remembers whether an earlier attempt may have been carried out.
"""

import logging
import random
import time
from collections.abc import Callable

from .errors import InvoicedError, Outcome, error_for
from .messages import Answer, Request

logger = logging.getLogger("invoiced")


def send_with_retries(send: Callable[[], Outcome], request: Request, max_retries: int, deadline: float) -> Answer:
    """The answer of success: 2xx, or the 404 of a DELETE that an earlier attempt has carried out.

    Nothing is repeated after `deadline`, a time of time.monotonic().
    """
    attempt, unknown_before = 1, False
    while True:
        started = time.perf_counter()
        outcome = send()
        milliseconds = (time.perf_counter() - started) * 1000
        result = outcome.status_code if isinstance(outcome, Answer) else type(outcome).__name__
        logger.debug("%s %s: %s in %.0f ms, attempt %d", *request[:2], result, milliseconds, attempt)
        deleted = request.method == "DELETE" and result == 404 and unknown_before
        if isinstance(outcome, Answer) and (deleted or outcome.succeeded):
            return outcome
        error = error_for(outcome, request)
        error.unknown_before = unknown_before
        wait = _seconds_before_retry(error, attempt) if attempt <= max_retries else None
        if wait is None or time.monotonic() + wait >= deadline:
            error.request_sent = None if unknown_before and error.request_sent is False else error.request_sent
            raise error
        logger.info("%s %s: %s, waiting %.2f s before attempt %d", *request[:2], result, wait, attempt + 1)
        time.sleep(wait)
        attempt, unknown_before = attempt + 1, error.outcome_unknown


def _seconds_before_retry(error: InvoicedError, attempt: int) -> float | None:
    """How long to wait before the request is repeated; None if it must not be.

    It may be if a repeat can do no harm: it surely was not carried out, or twice is the same as once. A
    Retry-After is honoured to the second; one longer than a minute is left to the caller, who finds it in
    `error.retry_after`: a repeat before that time would only be refused again.
    """
    not_carried_out = error.request_sent is False or error.status_code == 429
    transient = error.request_sent is None or error.status_code in {500, 502, 503, 504}
    if not (not_carried_out or (transient and error.method in {"GET", "HEAD", "PUT", "PATCH", "DELETE"})):
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= 60 else None
    return min(8.0, 0.5 * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)
