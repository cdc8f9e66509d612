"""Doing the same to many records, once each: what runs of statements and imports have in common."""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from hashlib import sha256
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import invoiced
from invoiced import Client, InvoicedError

from .errors import JournalError, RunStopped
from .journal import STARTED, TO_DO, WAITING, Event, Journal, Task
from .pace import Pace
from .plan import Plan
from .results import NOT_TRIED, Report, Result

logger = logging.getLogger("invoiced")

ATTEMPTS = 6
LONGEST_PAUSE = 300
"""Seconds. A run that is asked to wait longer stops, and can be resumed."""
_PROBES = 3


class Run(ABC):
    """Carries out one request per row, with a journal, so that none is carried out twice.

    Args:
        client: the account.
        journal: path of the file that remembers what was done. It is made at the first run; the same run with the same
            journal goes on where it ended. Only one process at a time can use it.
        rate: requests per second, at most, over all threads; None is no limit. When the API asks to wait, all wait.
        concurrency: number of requests under way at the same time, at most.
        stop_after_errors: number of rows that failed or are unknown after which the run stops; None is no limit.
        retry_unknown: whether rows are repeated of which a former session does not know whether they were done. They
            are repeated with the same Idempotency-Key, which the API does not promise to honour.

    Raises:
        ValueError: an argument makes no sense.
    """

    _kind: ClassVar[str]
    """What the journal says of the run."""

    def __init__(
        self,
        client: Client,
        journal: str | PathLike[str],
        *,
        rate: float | None = 5,
        concurrency: int = 4,
        stop_after_errors: int | None = None,
        retry_unknown: bool = False,
    ) -> None:
        for name, number in (("concurrency", concurrency), ("stop_after_errors", stop_after_errors)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
                raise ValueError(f"{name} must be a number from 1, not {number!r}")
        self._client = client
        # A run repeats by itself, because all its threads must wait, and its journal must know.
        self._client_without_retries = client.with_options(max_retries=0)
        self._path = Path(journal)
        self._rate, self._pace = rate, Pace(rate)
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._retry_unknown = retry_unknown
        self._journal: Journal | None = None
        self._counts: Counter[str] | None = None
        self._errors = 0
        self._stopped_by: Exception | None = None

    @abstractmethod
    def _tasks(self, items: Iterable[Any], by: str | None) -> Iterator[Task]:
        """What is to be done for the rows of a source, as far as it can be told without looking them up."""

    @abstractmethod
    def _complete(self, draft: Journal, content: Mapping[str, Any]) -> None:
        """Find what the tasks are about, and check them."""

    @abstractmethod
    def _perform(self, task: Task, content: Mapping[str, Any], key: str) -> tuple[str, dict[str, Any]]:
        """Send the request of a task once. Answers the word for what was done, and what the API answered."""

    def resume(self) -> Iterator[Result]:
        """Go on with what the journal has left, without reading its source again.

        Raises JournalError when there is no such journal or it is that of another account, and while looping what
        ended the run.
        """
        journal = Journal(self._path)
        self._check({"kind": self._kind, "account": self._client.api_url}, journal)
        return self._begin(Plan(journal, resumes=True))

    def report(self) -> Report:
        """How far the run has come, over all its sessions."""
        if self._journal:
            return self._report(self._journal.counts())
        if self._counts is None:
            with closing(Journal(self._path)) as journal:
                self._counts = journal.counts()
        return self._report(self._counts)

    def results(self) -> Iterator[Result]:
        """What came of every row until now, over all sessions, in the order of the rows."""
        journal = self._journal or Journal(self._path)
        for task in journal.tasks():
            yield _result(task, journal.last(task.row))
        if journal is not self._journal:
            journal.close()

    def _report(self, states: Counter[str]) -> Report:
        counts = Counter[str]()
        for state, number in states.items():
            counts[_OUTCOMES.get(state, state)] += number
        return Report(str(self._path), dict(sorted(counts.items())))

    def _plan(self, items: Iterable[object], content: Mapping[str, Any], source: str | None, by: str | None) -> Plan:
        """The run that the journal has begun, if it is this one, or else a draft of it."""
        # As it is sent: what cannot be is refused here.
        content = json.loads(invoiced.encode_json(content))
        description = {"kind": self._kind, "account": self._client.api_url, "content": content}
        if self._path.exists():
            journal = Journal(self._path)
            self._check(description, journal)
            self._check({"source": source or _digest(self._tasks(items, by))}, journal)
            return Plan(journal, resumes=True)
        draft, digest = Journal(), _Digest()
        for task in self._tasks(items, by):
            digest.add(task)
            draft.add(task)
        self._complete(draft, content)
        draft.finish({**description, "source": source or digest.text(), "run": uuid4().hex})
        return Plan(draft, resumes=False)

    def _check(self, expected: Mapping[str, Any], journal: Journal) -> None:
        """Refuse the journal of another run."""
        for name, value in expected.items():
            if journal.description[name] != value:
                journal.close()
                raise JournalError(f"The journal {self._path} is that of another run: {_DIFFERENCES[name]}")

    def _begin(self, plan: Plan) -> Iterator[Result]:
        journal = plan.journal if plan.resumes else plan.journal.save(self._path)
        if plan.resumes:
            self._check_account(journal)
        return self._results_of(journal, fresh=not plan.resumes)

    def _check_account(self, journal: Journal) -> None:
        """Refuse a journal whose customers are not those of this account."""
        rows = islice(journal.rows_in(*self._to_do()), _PROBES)
        tasks = [task for task in map(journal.task, rows) if task.created_at]
        for task in tasks:
            self._pace.wait()
            try:
                customer = self._client.Customer.retrieve(task.customer.id or 0)
            except invoiced.NotFoundError:
                continue  # it may have been deleted
            if customer.created_at == task.created_at:
                return
        if tasks:
            self._check({"account": None}, journal)

    def _results_of(self, journal: Journal, *, fresh: bool) -> Iterator[Result]:
        self._journal = journal
        try:
            if fresh:
                yield from (_result(task, None) for task in journal.tasks("problem != ''"))
            yield from self._cut_off(journal)
            yield from self._carry_out(journal)
        finally:
            self._counts, self._journal = journal.counts(), None
            journal.close()

    def _cut_off(self, journal: Journal) -> Iterator[Result]:
        """What was under way when a former session ended without knowing."""
        for row in journal.rows_in(STARTED):
            started = journal.last(row)
            reason = "the run ended before an answer came"
            journal.record(row, Event("unknown", started and started.key, reason))
            if not self._retry_unknown:
                yield _result(journal.task(row), journal.last(row))

    def _to_do(self) -> list[str]:
        return [TO_DO, WAITING, "failed", *(["unknown"] if self._retry_unknown else [])]

    def _carry_out(self, journal: Journal) -> Iterator[Result]:
        """Submits as many as may be under way, and more only when a result has been taken.

        So what is under way when the program breaks off is finished by its thread, which Python waits for.
        """
        rows, under_way = journal.rows_in(*self._to_do()), set[Future[Result | None]]()
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="invoiced-run") as threads:
            try:
                while True:
                    for row in islice(rows, self._concurrency - len(under_way)):
                        under_way.add(threads.submit(self._do, journal, row))
                    if not under_way:
                        break
                    # Windows hears Ctrl-C only between two waits.
                    ended, under_way = wait(under_way, timeout=1, return_when=FIRST_COMPLETED)
                    yield from filter(None, (future.result() for future in ended))
            except KeyboardInterrupt:
                self._pace.stop()
                ended, _ = wait(under_way)
                yield from filter(None, (future.result() for future in ended))
                logger.warning("Interrupted. %s", self._report(journal.counts()))
                raise
            finally:
                self._pace.stop()
        if self._stopped_by:
            raise self._stopped_by

    def _do(self, journal: Journal, row: int) -> Result | None:
        """Sends the request of a task until its outcome is settled; None if the run is stopped before that."""
        task, last = journal.task(row), journal.last(row)
        # A request that failed is over; one that was not carried out, or may have been, is the same as before.
        key = last.key if last and last.state != "failed" and last.key else uuid4().hex
        for attempt in range(1, ATTEMPTS + 1):
            with self._pace.turn() as has_turn:
                if not has_turn:
                    return None
                journal.record(row, Event(STARTED, key))
            event = self._attempt(task, key, journal.description["content"], attempt)
            journal.record(row, event)
            if event.state != WAITING:
                self._count(event.state)
                return _result(task, event)
        return None

    def _attempt(self, task: Task, key: str, content: Mapping[str, Any], attempt: int) -> Event:
        try:
            outcome, details = self._perform(task, content, key)
            return Event(outcome, key, details=details)
        except Refused as refusal:
            return Event("failed", key, str(refusal))
        except (ValueError, TypeError) as error:  # it cannot be sent
            return Event("failed", key, str(error))
        except InvoicedError as error:
            return self._event_of(error, key, attempt)

    def _event_of(self, error: InvoicedError, key: str, attempt: int) -> Event:
        """What an error means for a task, and for all of the run."""
        if isinstance(error, invoiced.AuthenticationError):
            self._stop(error)
            return Event(WAITING, key, error.message)
        not_carried_out = isinstance(error, invoiced.RateLimitError) or error.request_sent is False
        harmless = error.outcome_unknown and error.method != "POST"
        asked = error.retry_after
        if asked is not None or not_carried_out or harmless:
            self._pause(min(2.0**attempt / 2, 60) if asked is None else asked, error)
        if not_carried_out or (harmless and attempt < ATTEMPTS):
            if attempt == ATTEMPTS:
                self._stop(RunStopped(f"The run stopped: {error} It was tried {ATTEMPTS} times."))
            return Event(WAITING, key, error.message)
        return Event("unknown" if error.outcome_unknown else "failed", key, error.message)

    def _pause(self, seconds: float, error: InvoicedError) -> None:
        if seconds > LONGEST_PAUSE:
            self._stop(RunStopped(f"The run stopped: {error} The API asks to wait {seconds:.0f} s; go on after that."))
        else:
            logger.info("All of the run waits %.1f s: %s", seconds, error.message)
            self._pace.pause(seconds)

    def _count(self, outcome: str) -> None:
        self._errors += outcome in ("failed", "unknown")
        if self._stop_after_errors and self._errors >= self._stop_after_errors:
            self._stop(RunStopped(f"The run stopped after {self._errors} rows that failed or are unknown."))

    def _stop(self, reason: Exception) -> None:
        self._stopped_by = self._stopped_by or reason
        self._pace.stop()


class Refused(Exception):
    """The API answered, but did not do what was asked."""


def _result(task: Task, event: Event | None) -> Result:
    state = event.state if event else "skipped" if task.problem else TO_DO
    reason = event.reason if event else task.problem
    details, key = (event.details, event.key) if event else ({}, None)
    return Result(task.row, task.customer, _OUTCOMES.get(state, state), reason, details, key)


_OUTCOMES = {TO_DO: NOT_TRIED, WAITING: NOT_TRIED, STARTED: "unknown"}
"""What the states of a journal that are no outcomes are called in results."""

_DIFFERENCES = {
    "kind": "it does something else. Take another journal.",
    "account": "it was begun at another address of the API or in another account.",
    "content": "what it sends is not the same. Take another journal, or go on with the first content: resume().",
    "source": "its recipients are not the same. Take another journal, or go on with the first ones: resume().",
}


class _Digest:
    """What tells one source from another: its rows, in any order."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, task: Task) -> None:
        parts = [task.sought, task.key, task.customer.id, task.request, task.problem]
        self._sum += int.from_bytes(sha256(json.dumps(parts).encode()).digest(), "big")

    def text(self) -> str:
        return f"sha256 {self._sum % 2**256:064x}"


def _digest(tasks: Iterable[Task]) -> str:
    digest = _Digest()
    for task in tasks:
        digest.add(task)
    return digest.text()
