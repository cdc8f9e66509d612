"""Execution of the rows of a plan, in threads."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple
from uuid import uuid4

from invoiced import AuthenticationError, ConcurrentUpdateError, InvoicedError, RateLimitError, backoff
from invoiced.display.escaping import one_line
from invoiced.ledger.ledger import Session
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import FAILED, TO_DO, UNKNOWN
from invoiced.rate_limit import RateLimit

from .errors import RunStopped
from .gate import Gate
from .idempotency import is_repeatable
from .outages import OutageGuard
from .results import Result, Results, outcome_of, result_of_entry
from .rows import Row
from .threads import MAIN_THREAD_ENDED, Threads

logger = logging.getLogger("invoiced")

_THREADS = "invoiced-run"
ATTEMPTS = 6
MAX_PAUSE = 300
"""Seconds. If the API asks to wait longer, the run stops; it can be run again."""
_PATIENCE = 60
"""Seconds that a client waits for a response by default."""

_encode = json.JSONEncoder(allow_nan=False).encode


class Outcome(NamedTuple):
    """The outcome of a request."""

    state: str
    details: Mapping[str, Any] = {}
    """Summary of the API's response."""
    reason: str = ""
    """Why something was not processed; empty if everything was."""


class RejectedByApi(Exception):
    """The API responded, but rejected the action."""


class _Attempt(NamedTuple):
    outcome: Outcome
    is_final: bool
    key_is_reusable: bool = True
    """Whether the API may process a retry with the same idempotency key."""


class Execution:
    """Execution of rows, each of which is started in the ledger before its request is sent.

    Args:
        entries: the entries of the run in the ledger.
        session: the session of this program.
        perform: sends the request of a row, with an idempotency key.
        probe: sends a request that changes nothing, to find out whether the API is back.
        limit: limits the requests of all threads.
        concurrency: maximum number of requests in flight.
        stop_after_errors: number of failed or unknown rows after which the run stops; None means no limit.
    """

    def __init__(
        self,
        entries: RunEntries,
        session: Session,
        perform: Callable[[Row, str], Outcome],
        probe: Callable[[], object],
        limit: RateLimit,
        concurrency: int,
        stop_after_errors: int | None,
    ) -> None:
        self._entries, self._session, self._perform, self._limit = entries, session, perform, limit
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._gate = Gate()
        self._outage = OutageGuard(probe, self._gate)
        self._in_flight = set[str]()
        self._completed: SimpleQueue[Future[Result | None]] = SimpleQueue()
        self._errors, self._is_abandoned = 0, False
        self._stop_reason: Exception | None = None

    def pause(self, seconds: float) -> None:
        """Let the first request wait."""
        self._gate.pause(seconds)

    def run(self, rows: Iterator[Row]) -> Results:
        """Process rows, and yield their results.

        At most `concurrency` rows are submitted, and further rows only when a result has been consumed. If the program
        ends early, Python waits for the threads, which complete the requests in flight.

        A KeyboardInterrupt stops the run once the requests in flight are completed, and a second one at once: what is
        in flight is recorded as unknown, and its threads are not waited for.
        """
        submitted = set[Future[Result | None]]()
        threads = Threads(self._concurrency, thread_name_prefix=_THREADS)
        try:
            while self._submit(rows, submitted, threads):
                yield from self._next_result(submitted)
        except KeyboardInterrupt:
            try:
                self._gate.stop()
                logger.warning(
                    "Stopping: %d in flight, up to %d s; again to leave them unknown.", len(self._in_flight), _PATIENCE
                )
                # Not from the queue: the interrupt may have hit when one was taken from it, or before one could arrive.
                while submitted:
                    for future in wait(submitted, timeout=1, return_when=FIRST_COMPLETED).done:
                        yield from self._counted(future, submitted)
            except KeyboardInterrupt:
                self._is_abandoned = True
                logger.warning("Left %d in flight: they are unknown.", len(self._entries.abandon(self._session)))
                raise
            raise
        finally:
            self._gate.stop()
            # A generator that is not used any more may be garbage collected in any thread, even in one of these.
            is_own = threading.current_thread().name.startswith(_THREADS)
            threads.shutdown(wait=not (is_own or self._is_abandoned))
        if self._stop_reason:
            raise self._stop_reason

    def _submit(self, rows: Iterator[Row], submitted: set[Future[Result | None]], threads: Threads) -> bool:
        """Submit further rows. Return whether there are results to wait for."""
        try:
            for row in islice(rows, self._free(len(submitted))):
                future = threads.submit(self._process, row)
                submitted.add(future)
                future.add_done_callback(self._completed.put)
        except RunStopped as reason:
            self._stop(reason)
        return bool(submitted)

    def _free(self, submitted: int) -> int:
        """Return how many further requests may be sent, once an outage is over."""
        if self._outage.has_to_pause and not submitted and not self._stop_reason:
            self._outage.wait_until_back()
        if self._stop_reason or self._outage.has_to_pause:
            return 0
        return max(0, self._outage.limit(self._concurrency) - submitted)

    def _next_result(self, submitted: set[Future[Result | None]]) -> Results:
        try:
            # On Windows, Ctrl-C takes effect only between two waits.
            future = self._completed.get(timeout=1)
        except Empty:
            return
        yield from self._counted(future, submitted)

    def _counted(self, future: Future[Result | None], submitted: set[Future[Result | None]]) -> Results:
        """Count a result, and yield it: in the order in which they arrived, so that an outage is noticed at once."""
        result = future.result()
        if result:
            if result.outcome in (FAILED, UNKNOWN):
                self._errors += 1
            self._outage.count(ambiguous=result.outcome == UNKNOWN)
            if self._stop_after_errors and self._errors >= self._stop_after_errors:
                self._stop(RunStopped(f"The run stopped after {self._errors} failed or unknown rows."))
        submitted.discard(future)
        if result:
            yield result

    def _process(self, row: Row) -> Result | None:
        """Send the request of a row, with retries. Return None if the run is stopped before there is an outcome."""
        entry = self._entries.entry(row.key or "") if row.state == UNKNOWN else None
        if entry and not is_repeatable(entry):
            return result_of_entry(entry)
        key, states = (entry and entry.idempotency_key) or uuid4().hex, (row.state,)
        for attempt in range(1, ATTEMPTS + 1):
            if not self._may_send():
                return None
            if not self._entries.start(row.key or "", key, self._session, states):
                entry = self._entries.entry(row.key or "")
                return result_of_entry(entry) if entry else None
            self._in_flight.add(row.key or "")
            outcome, is_final, key_is_reusable = self._attempt(row, key, attempt)
            if row.state == UNKNOWN and outcome.state in (TO_DO, FAILED):
                # An error does not prove that the row was not processed earlier, so it is not sent with another key.
                outcome, is_final = outcome._replace(state=UNKNOWN), is_final or not key_is_reusable
            if not is_final:
                key = key if key_is_reusable else uuid4().hex
                self._entries.put_back(row.key or "", self._session, row.state, key)
                self._in_flight.discard(row.key or "")
                continue
            self._finish(row, outcome, key)
            return _result_of(row, outcome, key)
        return None

    def _may_send(self) -> bool:
        """Wait for the turn of a thread. Return False if the run was stopped."""
        if self._gate.turn(self._limit):
            return True
        self._stop(RunStopped(MAIN_THREAD_ENDED))  # unless it was stopped for another reason
        return False

    def _finish(self, row: Row, outcome: Outcome, key: str) -> None:
        values = {"state": outcome.state, "reason": one_line(outcome.reason), "details": _json_of(outcome.details)}
        self._entries.finish(row.key or "", self._session, values, key)
        self._in_flight.discard(row.key or "")

    def _attempt(self, row: Row, key: str, attempt: int) -> _Attempt:
        try:
            return _Attempt(self._perform(row, key), is_final=True)
        except (RejectedByApi, ValueError, TypeError) as error:  # ValueError, TypeError: the request cannot be sent
            return _Attempt(Outcome(FAILED, reason=str(error)), is_final=True)
        except InvoicedError as error:
            return self._outcome_of(error, attempt)

    def _outcome_of(self, error: InvoicedError, attempt: int) -> _Attempt:
        """Return the outcome of an error, and pause or stop the run if the error affects all rows."""
        if isinstance(error, AuthenticationError):
            self._stop(error)
            return _Attempt(Outcome(TO_DO, reason=error.message), is_final=False)
        not_processed = isinstance(error, (RateLimitError, ConcurrentUpdateError)) or error.request_sent is False
        safe_to_retry = error.outcome_unknown and error.method != "POST"
        if error.retry_after is not None or not_processed or safe_to_retry:
            self._pause(backoff(attempt, base=1, cap=60) if error.retry_after is None else error.retry_after, error)
        if not_processed and attempt == ATTEMPTS:
            self._stop(RunStopped(f"The run stopped after {ATTEMPTS} attempts: {error}"))
        is_final = not (not_processed or (safe_to_retry and attempt < ATTEMPTS))
        state = UNKNOWN if error.outcome_unknown else FAILED
        # A request that got a response is not retried with its key: the API would only repeat the response.
        details = {} if error.status_code is None else {"status_code": error.status_code}
        outcome = Outcome(state if is_final else TO_DO, details, error.message)
        return _Attempt(outcome, is_final, error.idempotency_key_reusable)

    def _pause(self, seconds: float, error: InvoicedError) -> None:
        if seconds > MAX_PAUSE:
            self._stop(RunStopped(f"The run stopped: {error} The API asks to wait {seconds:.0f} s. Run again later."))
        else:
            logger.info("The run pauses for %.1f s: %s", seconds, one_line(error.message))
            self._gate.pause(seconds)

    def _stop(self, reason: Exception) -> None:
        self._stop_reason = self._stop_reason or reason
        self._gate.stop()


def _result_of(row: Row, outcome: Outcome, key: str) -> Result:
    reason, now = one_line(outcome.reason), int(time.time())
    return Result(row.number, row.customer, outcome_of(outcome.state), reason, outcome.details, key, now)


def _json_of(details: Mapping[str, Any]) -> str:
    """Return details as JSON, without values that no JSON has."""
    try:
        return _encode(details)
    except (ValueError, TypeError, RecursionError):
        return json.dumps(dict.fromkeys(details))
