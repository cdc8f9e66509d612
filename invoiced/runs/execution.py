"""Carrying out the tasks of a journal: in threads, each until its outcome is settled."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any
from uuid import uuid4

from invoiced import AuthenticationError, InvoicedError, RateLimitError

from .errors import RunStopped
from .journal import Journal
from .rate_limiter import RateLimiter
from .results import Result, Results, result_of
from .rows import STARTED, WAITING, Row, RowEvent

logger = logging.getLogger("invoiced")

_THREADS = "invoiced-run"
ATTEMPTS = 6
LONGEST_PAUSE = 300
"""Seconds. A run that is asked to wait longer stops, and can be resumed."""

Outcome = tuple[str, dict[str, Any]]
"""The word for what was done, and what the API answered, in short."""


class RejectedByApi(Exception):
    """The API answered, but did not do what was asked."""


class Execution:
    """The tasks of a journal, carried out once each by `perform`, which takes a task and its idempotency key."""

    def __init__(
        self,
        journal: Journal,
        perform: Callable[[Row, str], Outcome],
        pace: RateLimiter,
        concurrency: int,
        stop_after_errors: int | None,
    ) -> None:
        self._journal, self._perform, self._rate_limiter = journal, perform, pace
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._errors = 0
        self._stopped_by: Exception | None = None

    def settle_cut_off(self) -> list[Result]:
        """Note as unknown what was under way when a former session ended."""
        rows = list(self._journal.rows_in(STARTED))
        for row in rows:
            started = self._journal.last(row)
            self._journal.record(
                row, RowEvent("unknown", started and started.key, "the run ended before an answer came")
            )
        return [result_of(self._journal.task(row), self._journal.last(row)) for row in rows]

    def carry_out(self, states: Collection[str]) -> Results:
        """Carry out the tasks in these states.

        As many are submitted as may be under way, and more only when a result has been taken. So what is under way when
        the program breaks off is finished by its thread, for which Python waits.
        """
        rows, under_way = self._journal.rows_in(*states), set[Future[Result | None]]()
        threads = ThreadPoolExecutor(self._concurrency, thread_name_prefix=_THREADS)
        try:
            while True:
                room = 0 if self._stopped_by else self._concurrency - len(under_way)
                for row in islice(rows, room):
                    under_way.add(threads.submit(self._settle, row))
                if not under_way:
                    break
                # Windows hears Ctrl-C only between two waits.
                ended, under_way = wait(under_way, timeout=1, return_when=FIRST_COMPLETED)
                yield from filter(None, (future.result() for future in ended))
        except KeyboardInterrupt:
            self._rate_limiter.stop()
            ended, _ = wait(under_way)
            yield from filter(None, (future.result() for future in ended))
            logger.warning("Interrupted. %s", self._journal.report())
            raise
        finally:
            self._rate_limiter.stop()
            # Results that nobody holds any more may be collected by any thread, even by one of these.
            threads.shutdown(wait=not threading.current_thread().name.startswith(_THREADS))
        if self._stopped_by:
            raise self._stopped_by

    def _settle(self, row: int) -> Result | None:
        """Send the request of a task until its outcome is settled; None if the run is stopped before that."""
        task, last = self._journal.task(row), self._journal.last(row)
        # A request that failed is over; one that was not carried out, or may have been, is the same as before.
        key = last.key if last and last.state != "failed" and last.key else uuid4().hex
        # Once it may have been done, only an answer that it was done makes it certain.
        unsure = last is not None and last.state in ("unknown", STARTED)
        for attempt in range(1, ATTEMPTS + 1):
            with self._rate_limiter.turn() as has_turn:
                if not has_turn:
                    return None
                self._journal.record(row, RowEvent(STARTED, key))
            event = self._attempt(task, key, attempt)
            is_over = event.state != WAITING
            if unsure and event.state in (WAITING, "failed"):
                event = event._replace(state="unknown")
            self._journal.record(row, event)
            if is_over:
                self._count(event.state)
                return result_of(task, event)
        return None

    def _attempt(self, task: Row, key: str, attempt: int) -> RowEvent:
        try:
            outcome, details = self._perform(task, key)
            return RowEvent(outcome, key, details=details)
        except (RejectedByApi, ValueError, TypeError) as error:  # the last two: it cannot be sent
            return RowEvent("failed", key, str(error))
        except InvoicedError as error:
            return self._event_of(error, key, attempt)

    def _event_of(self, error: InvoicedError, key: str, attempt: int) -> RowEvent:
        """What an error means for a task, and for all of the run."""
        if isinstance(error, AuthenticationError):
            self._stop(error)
            return RowEvent(WAITING, key, error.message)
        not_carried_out = isinstance(error, RateLimitError) or error.request_sent is False
        harmless = error.outcome_unknown and error.method != "POST"
        if error.retry_after is not None or not_carried_out or harmless:
            self._pause(min(2.0**attempt / 2, 60) if error.retry_after is None else error.retry_after, error)
        if not_carried_out and attempt == ATTEMPTS:
            self._stop(RunStopped(f"The run stopped: {error} It was tried {ATTEMPTS} times."))
        if not_carried_out or (harmless and attempt < ATTEMPTS):
            return RowEvent(WAITING, key, error.message)
        return RowEvent("unknown" if error.outcome_unknown else "failed", key, error.message)

    def _pause(self, seconds: float, error: InvoicedError) -> None:
        if seconds > LONGEST_PAUSE:
            self._stop(RunStopped(f"The run stopped: {error} The API asks to wait {seconds:.0f} s; go on after that."))
        else:
            logger.info("All of the run waits %.1f s: %s", seconds, error.message)
            self._rate_limiter.pause(seconds)

    def _count(self, outcome: str) -> None:
        self._errors += outcome in ("failed", "unknown")
        if self._stop_after_errors and self._errors >= self._stop_after_errors:
            self._stop(RunStopped(f"The run stopped after {self._errors} rows that failed or are unknown."))

    def _stop(self, reason: Exception) -> None:
        self._stopped_by = self._stopped_by or reason
        self._rate_limiter.stop()
