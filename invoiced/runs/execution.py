"""Execution of the rows of a journal, in threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any
from uuid import uuid4

from invoiced import AuthenticationError, ConcurrentUpdateError, InvoicedError, RateLimitError, backoff
from invoiced.display.escaping import one_line

from .errors import RunStopped
from .journal import Journal
from .rate_limiter import RateLimiter
from .results import Result, Results, result_of
from .rows import STARTED, WAITING, Row, RowEvent
from .threads import MAIN_THREAD_ENDED, Threads

logger = logging.getLogger("invoiced")

_THREADS = "invoiced-run"
ATTEMPTS = 6
MAX_PAUSE = 300
"""Seconds. If the API asks to wait longer, the run stops; it can be resumed."""

Outcome = tuple[str, dict[str, Any]]
"""The outcome of a row, and a summary of the API's response."""


class RejectedByApi(Exception):
    """The API responded, but rejected the action."""


class Execution:
    """Execution of the rows of a journal.

    Args:
        journal: the journal.
        perform: sends the request of a row, with an idempotency key.
        rate_limiter: limits the requests of all threads.
        concurrency: maximum number of requests in flight.
        stop_after_errors: number of failed or unknown rows after which the run stops; None means no limit.
    """

    def __init__(
        self,
        journal: Journal,
        perform: Callable[[Row, str], Outcome],
        rate_limiter: RateLimiter,
        concurrency: int,
        stop_after_errors: int | None,
    ) -> None:
        self._journal, self._perform, self._rate_limiter = journal, perform, rate_limiter
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._errors = 0
        self._stop_reason: Exception | None = None

    def mark_interrupted_rows(self) -> list[Result]:
        """Record the outcome `unknown` for rows that were in flight when the previous session ended."""
        numbers = list(self._journal.numbers_in(STARTED))
        for number in numbers:
            started = self._journal.last(number)
            key = started and started.idempotency_key
            self._journal.record(number, RowEvent("unknown", key, "the run was interrupted before a response arrived"))
        return [result_of(self._journal.row(number), self._journal.last(number)) for number in numbers]

    def run(self, states: Collection[str]) -> Results:
        """Process the rows in these states, and yield their results.

        At most `concurrency` rows are submitted, and further rows only when a result has been consumed. If the program
        ends early, Python waits for the threads, which complete the requests in flight.
        """
        numbers, in_flight = self._journal.numbers_in(*states), set[Future[Result | None]]()
        threads = Threads(self._concurrency, thread_name_prefix=_THREADS)
        try:
            while True:
                free = 0 if self._stop_reason else self._concurrency - len(in_flight)
                try:
                    in_flight.update(threads.submit(self._process, number) for number in islice(numbers, free))
                except RunStopped as reason:
                    self._stop(reason)
                if not in_flight:
                    break
                # On Windows, Ctrl-C takes effect only between two waits.
                completed, in_flight = wait(in_flight, timeout=1, return_when=FIRST_COMPLETED)
                yield from filter(None, (future.result() for future in completed))
        except KeyboardInterrupt:
            self._rate_limiter.stop()
            completed, _ = wait(in_flight)
            yield from filter(None, (future.result() for future in completed))
            logger.warning("Interrupted. %s", one_line(str(self._journal.report())))
            raise
        finally:
            self._rate_limiter.stop()
            # An abandoned generator may be garbage collected in any thread, even in one of these.
            threads.shutdown(wait=not threading.current_thread().name.startswith(_THREADS))
        if self._stop_reason:
            raise self._stop_reason

    def _process(self, number: int) -> Result | None:
        """Send the request of a row, with retries. Return None if the run is stopped before there is an outcome."""
        row, last = self._journal.row(number), self._journal.last(number)
        # A row that failed gets a new key. A row that was not processed, or whose outcome is unknown, keeps its key,
        # unless the API would only repeat its error.
        is_kept = last and last.state != "failed" and "error_type" not in last.details
        key = last.idempotency_key if last and is_kept and last.idempotency_key else uuid4().hex
        # After an unknown outcome, an error does not prove that the row was not processed earlier.
        was_unknown = last is not None and last.state in ("unknown", STARTED)
        for attempt in range(1, ATTEMPTS + 1):
            with self._rate_limiter.turn() as has_turn:
                if not has_turn:  # unless the run was stopped for another reason
                    self._stop(RunStopped(MAIN_THREAD_ENDED))
                    return None
                self._journal.record(number, RowEvent(STARTED, key))
            event = self._attempt(row, key, attempt)
            key = uuid4().hex if "error_type" in event.details else key
            is_final = event.state != WAITING
            if was_unknown and event.state in (WAITING, "failed"):
                event = event._replace(state="unknown")
            self._journal.record(number, event)
            if is_final:
                self._count(event.state)
                return result_of(row, event)
        return None

    def _attempt(self, row: Row, key: str, attempt: int) -> RowEvent:
        try:
            outcome, details = self._perform(row, key)
            return RowEvent(outcome, key, details=details)
        except (RejectedByApi, ValueError, TypeError) as error:  # ValueError, TypeError: the request cannot be sent
            return RowEvent("failed", key, str(error))
        except InvoicedError as error:
            return self._event_of(error, key, attempt)

    def _event_of(self, error: InvoicedError, key: str, attempt: int) -> RowEvent:
        """Return the event that an error causes, and pause or stop the run if the error affects all rows."""
        if isinstance(error, AuthenticationError):
            self._stop(error)
            return RowEvent(WAITING, key, error.message)
        not_processed = isinstance(error, (RateLimitError, ConcurrentUpdateError)) or error.request_sent is False
        details = {} if error.idempotency_key_reusable else {"error_type": error.type}
        safe_to_retry = error.outcome_unknown and error.method != "POST"
        if error.retry_after is not None or not_processed or safe_to_retry:
            self._pause(backoff(attempt, base=1, cap=60) if error.retry_after is None else error.retry_after, error)
        if not_processed and attempt == ATTEMPTS:
            self._stop(RunStopped(f"The run stopped after {ATTEMPTS} attempts: {error}"))
        if not_processed or (safe_to_retry and attempt < ATTEMPTS):
            return RowEvent(WAITING, key, error.message, details)
        return RowEvent("unknown" if error.outcome_unknown else "failed", key, error.message, details)

    def _pause(self, seconds: float, error: InvoicedError) -> None:
        if seconds > MAX_PAUSE:
            self._stop(RunStopped(f"The run stopped: {error} The API asks to wait {seconds:.0f} s. Resume it later."))
        else:
            logger.info("The run pauses for %.1f s: %s", seconds, one_line(error.message))
            self._rate_limiter.pause(seconds)

    def _count(self, outcome: str) -> None:
        self._errors += outcome in ("failed", "unknown")
        if self._stop_after_errors and self._errors >= self._stop_after_errors:
            self._stop(RunStopped(f"The run stopped after {self._errors} failed or unknown rows."))

    def _stop(self, reason: Exception) -> None:
        self._stop_reason = self._stop_reason or reason
        self._rate_limiter.stop()
