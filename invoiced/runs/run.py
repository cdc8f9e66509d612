"""The base class of runs: one request per row for many rows, each at most once."""

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
from .journal import Journal, is_journal_at, unusable
from .journal_format import Damaged
from .rate_limiter import RateLimiter
from .results import Results, RunReport, result_of
from .rows import STARTED, TO_DO, WAITING, Row
from .run_plan import RunPlan
from .staged_rows import StagedRows

_ACCOUNT_CHECKS = 3
"""Number of customers that are compared to check that a journal belongs to the account."""

_MISMATCHES = {
    "kind": "it is a different kind of run. Use another journal.",
    "account": "it was started with another API URL or another account.",
    "content": "its content is different. Use another journal, or the original content.",
    "source": "its rows, or the name of their source, are different. Use another journal, or the original rows.",
}


MAX_CONCURRENCY = 16
"""Maximum number of requests in flight, so that the program can send others: the API accepts 20 at a time per key."""


class Run(ABC):
    """Sends one request per row, and records the progress in a journal, so that no row is processed twice.

    Args:
        client: the client.
        journal: path of the file that records the progress. It is created when the run starts; the same run with the
            same journal continues where it ended. Only one process at a time can use it.
        rate: maximum requests per second over all threads; None means no limit. When the API asks to wait, all threads
            wait.
        concurrency: maximum number of requests in flight, up to 16. The API accepts 20 at a time from all programs with
            the same key.
        stop_after_errors: number of failed or unknown rows after which the run stops; None means no limit.
        retry_unknown: whether rows whose outcome is unknown from an earlier session are retried. They are retried with
            the same Idempotency-Key, but the API does not guarantee to honor it.

    Raises:
        ValueError: an argument is invalid.
    """

    _kind: ClassVar[str]
    """Kind of the run, as recorded in its journal."""

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
        if concurrency > MAX_CONCURRENCY:
            raise ValueError(f"concurrency must be at most {MAX_CONCURRENCY}, because the API accepts 20 at a time")
        self._client = client
        # The run retries by itself: all its threads must wait, and its journal must record each attempt.
        self._client_without_retries = client.with_options(max_retries=0)
        self._path = Path(journal)
        self._rate, self._rate_limiter = rate, RateLimiter(rate)
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._retry_unknown = retry_unknown
        self._to_do = [TO_DO, WAITING, "failed", *(["unknown", STARTED] if retry_unknown else [])]
        self._journal: Journal | None = None
        self._last_report: RunReport | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self._path)!r}>"

    @abstractmethod
    def _parse(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        """Yield the rows of the items, with the problems that are found without requests."""

    @abstractmethod
    def _complete(self, staged: StagedRows, content: Mapping[str, Any]) -> None:
        """Look up the records of the rows, and check the rows."""

    @abstractmethod
    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        """Send the request of a row once.

        Returns:
            The outcome, and a summary of the API's response.
        """

    def _delay(self, journal: Journal) -> float:
        """Return the seconds to wait before the first request, because of other runs."""
        return 0

    def _check_stored(  # noqa: B027, a run may have nothing to check
        self, content: Mapping[str, Any], requests: Iterable[Mapping[str, Any]]
    ) -> None:
        """Check the content and the requests of a journal.

        Raises:
            TypeError: this run never sends such a content.
            ValueError: this run never sends such a request.
        """

    def resume(self) -> Results:
        """Continue the run of the journal, without reading its source again.

        Yields:
            The result of each row.

        Raises:
            JournalError: the journal does not exist, or belongs to another account.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: while iterating: AuthenticationError.
        """
        journal = self._open(kind=self._kind, account=self._client.api_url)
        return self._begin(RunPlan(journal, self._to_do))

    def report(self) -> RunReport:
        """Return the progress of the run, over all its sessions.

        Raises:
            JournalError: the journal is damaged or in use.
        """
        if self._journal:
            return self._journal.report()
        if self._last_report is None:
            if not is_journal_at(self._path):
                return RunReport(str(self._path), {})
            with closing(Journal(self._path)) as journal:
                self._last_report = journal.report()
        return self._last_report

    def results(self) -> Results:
        """Yield the current result of every row, over all sessions.

        Yields:
            One result per row, in the order of the rows.

        Raises:
            JournalError: the journal does not exist, is damaged, or is in use.
        """
        journal = self._journal or Journal(self._path)
        try:
            for row in journal.rows():
                yield result_of(row, journal.last(row.number))
        finally:
            if journal is not self._journal:
                journal.close()

    def _plan(self, items: Iterable[object], content: Mapping[str, Any], source: str | None, by: str | None) -> RunPlan:
        """Return the plan of the run in the journal if it is the same run, or the plan of a new run."""
        # Encode the content like a request, so that content that cannot be sent is refused here.
        content = json.loads(encode_json(content))
        description = {"kind": self._kind, "account": self._client.api_url, "content": content}
        if is_journal_at(self._path):
            journal = self._open(**description)
            self._check(journal, source=source or _digest(self._parse(items, by)))
            return RunPlan(journal, self._to_do)
        staged = StagedRows()
        digest = _digest(staged.add_all(self._parse(items, by)))
        self._complete(staged, content)
        staged.finish({**description, "source": source or digest})
        return RunPlan(staged, self._to_do)

    def _open(self, **expected: Any) -> Journal:
        """Open the journal of this run. Refuse that of another run, and one with requests that this run never sends."""
        journal = Journal(self._path)
        self._check(journal, **expected)
        try:
            self._check_stored(journal.description["content"], (row.request for row in journal.rows("problem = ''")))
        except (TypeError, ValueError) as error:
            journal.close()
            raise unusable(self._path, Damaged(str(error))) from None
        return journal

    def _check(self, journal: Journal, **expected: Any) -> None:
        """Refuse the journal of another run."""
        for name, value in expected.items():
            if journal.description[name] != value:
                journal.close()
                raise JournalError(f"The journal {self._path} belongs to another run: {_MISMATCHES[name]}")

    def _begin(self, plan: RunPlan) -> Results:
        self._rate_limiter = RateLimiter(self._rate)  # the previous session may have stopped its rate limiter
        if not len(plan):
            return _no_results()  # no journal is created, because an empty journal could never get any rows
        is_new, journal = not plan.resumes, plan.journal(self._path)
        if not is_new:
            self._check_account(journal)
        return self._results_of(journal, is_new=is_new)

    def _check_account(self, journal: Journal) -> None:
        """Refuse a journal whose customers belong to another account."""
        left = map(journal.row, islice(journal.numbers_in(*self._to_do), _ACCOUNT_CHECKS))
        others = islice(journal.rows("created_at IS NOT NULL"), _ACCOUNT_CHECKS)
        rows = [row for row in chain(left, others) if row.created_at]
        for row in rows:
            self._rate_limiter.wait()
            try:
                customer = self._client.Customer.retrieve(row.customer.id or 0)
            except NotFoundError:
                continue  # the customer may have been deleted
            if customer.created_at == row.created_at:
                return
        if rows:
            self._check(journal, account=None)

    def _results_of(self, journal: Journal, *, is_new: bool) -> Results:
        perform = partial(self._perform, journal.description["content"])
        execution = Execution(journal, perform, self._rate_limiter, self._concurrency, self._stop_after_errors)
        self._journal = journal
        try:
            if is_new:
                yield from (result_of(row, None) for row in journal.rows("problem != ''"))
            interrupted = execution.mark_interrupted_rows()
            if not self._retry_unknown:
                yield from interrupted
            self._rate_limiter.pause(self._delay(journal))
            yield from execution.run(self._to_do)
        finally:
            self._last_report, self._journal = journal.report(), None
            journal.close()


def _no_results() -> Results:
    yield from ()


def _digest(rows: Iterable[Row]) -> str:
    """Return a digest of the rows, regardless of their order, which identifies their source."""
    total = 0
    for row in rows:
        customer = row.customer
        parts = [row.lookup_field, row.lookup_value, customer.id, customer.number, customer.email, row.request]
        total += int.from_bytes(sha256(json.dumps([*parts, row.problem]).encode()).digest(), "big")
    return f"sha256 {total % 2**256:064x}"
