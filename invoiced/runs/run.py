"""Doing the same to many records, once each: what runs of statements and imports have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from invoiced import Client, NotFoundError, encode_json

from .errors import JournalError
from .execution import Execution, Outcome
from .journal import Journal
from .rate_limiter import RateLimiter
from .results import Results, RunReport, result_of
from .rows import STARTED, TO_DO, WAITING, Row
from .run_plan import RunPlan
from .staged_rows import StagedRows

_PROBES = 3

_DIFFERENCES = {
    "kind": "it does something else. Take another journal.",
    "account": "it was begun at another address of the API or in another account.",
    "content": "what it sends is not the same. Take another journal, or go on with the first content: resume().",
    "source": "its recipients are not the same, or not its source, the words for them. "
    "Take another journal, or go on with the first ones: resume().",
}


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
        self._rate, self._rate_limiter = rate, RateLimiter(rate)
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._retry_unknown = retry_unknown
        self._to_do = [TO_DO, WAITING, "failed", *(["unknown", STARTED] if retry_unknown else [])]
        self._journal: Journal | None = None
        self._last_report: RunReport | None = None

    @abstractmethod
    def _tasks(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        """What is to be done for the rows of a source, as far as it can be told without looking them up."""

    @abstractmethod
    def _complete(self, draft: StagedRows, content: Mapping[str, Any]) -> None:
        """Find what the tasks are about, and check them."""

    @abstractmethod
    def _perform(self, content: Mapping[str, Any], task: Row, key: str) -> Outcome:
        """Send the request of a task once.

        Returns:
            The word for what was done, and what the API answered.
        """

    def resume(self) -> Results:
        """Go on with what the journal has left, without reading its source again.

        Yields:
            What came of each row.

        Raises:
            JournalError: there is no such journal, or it is that of another account.
            RunStopped: while looping: the run ended early.
            InvoicedError: while looping: AuthenticationError.
        """
        journal = Journal(self._path)
        self._check(journal, kind=self._kind, account=self._client.api_url)
        return self._begin(RunPlan(journal, self._to_do))

    def report(self) -> RunReport:
        """Count how far the run has come, over all its sessions.

        Raises:
            JournalError: the journal is damaged or in use.
        """
        if self._journal:
            return self._journal.report()
        if self._last_report is None:
            if not self._path.exists():
                return RunReport(str(self._path), {})
            with closing(Journal(self._path)) as journal:
                self._last_report = journal.report()
        return self._last_report

    def results(self) -> Results:
        """Tell what came of every row until now, over all sessions.

        Yields:
            A result per row, in the order of the rows.

        Raises:
            JournalError: there is no such journal, or it is damaged or in use.
        """
        journal = self._journal or Journal(self._path)
        try:
            for task in journal.tasks():
                yield result_of(task, journal.last(task.row))
        finally:
            if journal is not self._journal:
                journal.close()

    def _plan(self, items: Iterable[object], content: Mapping[str, Any], source: str | None, by: str | None) -> RunPlan:
        """The run that the journal has begun, if it is this one, or else a draft of it."""
        # As it is sent: what cannot be is refused here.
        content = json.loads(encode_json(content))
        description = {"kind": self._kind, "account": self._client.api_url, "content": content}
        if self._path.exists():
            journal = Journal(self._path)
            self._check(journal, **description)
            self._check(journal, source=source or _digest(self._tasks(items, by)))
            return RunPlan(journal, self._to_do)
        draft = StagedRows()
        digest = _digest(draft.added(self._tasks(items, by)))
        self._complete(draft, content)
        draft.finish({**description, "source": source or digest})
        return RunPlan(draft, self._to_do)

    def _check(self, journal: Journal, **expected: Any) -> None:
        """Refuse the journal of another run."""
        for name, value in expected.items():
            if journal.description[name] != value:
                journal.close()
                raise JournalError(f"The journal {self._path} is that of another run: {_DIFFERENCES[name]}")

    def _begin(self, plan: RunPlan) -> Results:
        self._rate_limiter = RateLimiter(self._rate)  # that of a session before this one may have been stopped
        if not len(plan):
            return _nothing()  # and no journal, which would know of nobody when there is somebody
        fresh, journal = not plan.resumes, plan.journal(self._path)
        if not fresh:
            self._check_account(journal)
        return self._results_of(journal, fresh=fresh)

    def _check_account(self, journal: Journal) -> None:
        """Refuse a journal whose customers are not those of this account."""
        left = map(journal.task, islice(journal.rows_in(*self._to_do), _PROBES))
        done = islice(journal.tasks("created_at IS NOT NULL"), _PROBES)
        tasks = [task for task in chain(left, done) if task.created_at]
        for task in tasks:
            self._rate_limiter.wait()
            try:
                customer = self._client.Customer.retrieve(task.customer.id or 0)
            except NotFoundError:
                continue  # it may have been deleted
            if customer.created_at == task.created_at:
                return
        if tasks:
            self._check(journal, account=None)

    def _results_of(self, journal: Journal, *, fresh: bool) -> Results:
        perform = partial(self._perform, journal.description["content"])
        execution = Execution(journal, perform, self._rate_limiter, self._concurrency, self._stop_after_errors)
        self._journal = journal
        try:
            if fresh:
                yield from (result_of(task, None) for task in journal.tasks("problem != ''"))
            cut_off = execution.settle_cut_off()
            if not self._retry_unknown:
                yield from cut_off
            yield from execution.carry_out(self._to_do)
        finally:
            self._last_report, self._journal = journal.report(), None
            journal.close()


def _nothing() -> Results:
    yield from ()


def _digest(tasks: Iterable[Row]) -> str:
    """What tells one source from another: its rows, in any order."""
    sum = 0
    for task in tasks:
        customer = task.customer
        parts = [task.sought, task.key, customer.id, customer.number, customer.email, task.request, task.problem]
        sum += int.from_bytes(sha256(json.dumps(parts).encode()).digest(), "big")
    return f"sha256 {sum % 2**256:064x}"
