"""The base class of runs: one request per row for many rows, each at most once in its period."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from os import PathLike
from typing import Any, ClassVar

from invoiced import Client, encode_json
from invoiced.ledger import Ledger, LedgerError
from invoiced.ledger.entries import Entry
from invoiced.ledger.ledger import Account, RunKey
from invoiced.ledger.run_entries import Event, RunEntries
from invoiced.ledger.states import STARTED
from invoiced.rate_limit import RateLimit

from .accounts import KnownAccount
from .errors import RunError
from .execution import Execution, Outcome
from .plan import Plan
from .reports import report_row, write_report
from .results import Result, Results, Status, result_of_entry, result_of_row, status_of
from .rows import PROBLEMS, Row
from .staged_rows import StagedRows

MAX_CONCURRENCY = 16
"""Maximum number of requests in flight, so that the program can send others: the API accepts 20 at a time per key."""

_PAGE = 500
"""Rows of a plan that are compared with the ledger at a time."""

RATE = 5
"""Requests per second of a client that has no rate limit."""


class Run(ABC):
    """Sends one request per row, and records it in the ledger, so that no row is processed twice.

    Args:
        client: the client. Its rate limit counts for all requests; without one, a run sends 5 requests per second.
        period: what the run belongs to, such as `2026-11`.
        name: name of the run in its period; empty for the first.
        ledger: the ledger, or its path or URL; by default, that in INVOICED_LEDGER, otherwise a file in the user's data
            directory.
        concurrency: maximum number of requests in flight, up to 16. The API accepts 20 at a time from all programs with
            the same key.
        stop_after_errors: number of failed or unknown rows after which the run stops; None means no limit.
        account: the account of the client, if another run has recognized it.

    Raises:
        LedgerError: the ledger cannot be used.
        ValueError: an argument is invalid.
    """

    _kind: ClassVar[str]
    """Kind of the run, as recorded in the ledger."""

    _reopened: ClassVar[Sequence[str]] = ()
    """States of entries that are processed again, because looking them up says whether that is necessary."""

    _reason_if_found: ClassVar[str] = ""
    """What is recorded of rows that were found in the account, although the ledger does not say so."""

    def __init__(
        self,
        client: Client,
        period: str,
        name: str = "",
        *,
        ledger: Ledger | str | PathLike[str] | None = None,
        concurrency: int = 4,
        stop_after_errors: int | None = None,
        account: KnownAccount | None = None,
    ) -> None:
        for argument, number in (("concurrency", concurrency), ("stop_after_errors", stop_after_errors)):
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
                raise ValueError(f"{argument} must be a number from 1, not {number!r}")
        if concurrency > MAX_CONCURRENCY:
            raise ValueError(f"concurrency must be at most {MAX_CONCURRENCY}, because the API accepts 20 at a time")
        self.period, self.name = period, name
        self.ledger = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
        self._limit = limit_of(client)
        self._client = client.with_options(rate=self._limit)
        # The run retries and waits by itself: an entry is started in the ledger when its request may leave.
        self._sending_client = client.with_options(max_retries=0, rate=RateLimit(float("inf")))
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self._account = account or KnownAccount(self._client, self.ledger)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(filter(None, (self.period, self.name)))!r}>"

    @abstractmethod
    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        """Send the request of a row, with an idempotency key."""

    def _addresses(self, entry: Entry, content: Mapping[str, Any]) -> Iterable[str]:
        """Return the addresses to which an entry was sent, as far as the response or the request says so."""
        return ()

    def _retried(self, entries: RunEntries) -> set[str]:
        """Return the keys of unknown entries whose requests are sent again with their idempotency keys."""
        return set()

    def _prepare(self, plan: Plan, entries: RunEntries) -> None:  # noqa: B027, most runs have nothing to prepare
        """Record what the plan decides, before its list is taken over."""

    def _delay(self, plan: Plan, entries: RunEntries) -> float:
        """Return the seconds to wait before the first request, because of what was sent a short time ago."""
        return 0

    def send(self, plan: Plan, *, strict: bool = False) -> Results:
        """Send what is planned, while iterating. Rows that cannot be sent come first.

        Args:
            plan: a plan of this run.
            strict: refuse the plan if a row cannot be sent.

        Yields:
            The result of each row.

        Raises:
            PlanError: no row can be sent, or `strict` is true and a row cannot be sent. Nothing was sent.
            LedgerError: the ledger cannot be written, or the period is closed; while iterating: requests in flight may
                have been processed.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: while iterating: AuthenticationError.
            ValueError: the plan is that of another run.
        """
        if plan.run != (self._kind, self.period, self.name):
            raise ValueError(f"This plan is not for {self!r}. Create a plan with its own method plan()")
        plan.use(strict=strict)
        return self._results_of(plan)

    def run(self, plan: Plan, *, strict: bool = False) -> Status:
        """Send what is planned, and return the status of the run afterwards.

        Raises:
            PlanError, LedgerError, RunStopped, InvoicedError: as by `send`.
        """
        for _ in self.send(plan, strict=strict):
            pass
        return self.status()

    def status(self, plan: Plan | None = None) -> Status:
        """Return the status of the run, also while it runs.

        Args:
            plan: a plan whose rows are counted, as they are now; by default, those of all sessions.

        Raises:
            LedgerError: the ledger cannot be read.
            InvoicedError: the account could not be recognized.
        """
        entries = self._entries()
        if entries:
            entries.recover()
        counts: Mapping[str, int] = entries.counts() if entries else {}
        if plan:
            counts = Counter(result.outcome for result, _ in self._current(plan, entries))
        return status_of(self.period, self.name, counts, entries.closed if entries else None)

    def results(self, *outcomes: str) -> Iterator[Result]:
        """Yield the current result of every row, or of those with one of these outcomes, over all sessions.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        entries = self._entries()
        if entries is None:
            return
        entries.recover()
        states = [STARTED if outcome == "in flight" else outcome for outcome in outcomes]
        yield from map(result_of_entry, entries.read(*states))

    def report(self, path: str | PathLike[str], plan: Plan | None = None) -> int:
        """Write the current result of every row to a workbook or a CSV file that only you can read.

        Args:
            path: the file, whose ending says what it is: .xlsx or .csv. An earlier report is replaced.
            plan: a plan whose rows are reported, as they are now; by default, those of all sessions.

        Returns:
            The number of rows.

        Raises:
            RunError: nothing was listed yet, or the file cannot be written or is not a report.
            LedgerError: the ledger cannot be read.
            ValueError: the file has another ending.
        """
        entries = self._entries()
        if entries is None:
            where = f" in {self.period}" if self.period else ""
            raise RunError(f"Nothing was sent{where} yet, so there is nothing to report.")
        entries.recover()
        content = json.loads(entries.content)
        found = self._current(plan, entries) if plan else ((result_of_entry(each), each) for each in entries.read())
        rows = (
            report_row(self.period, self.name, result, self._addresses(entry, content) if entry else ())
            for result, entry in found
        )
        return write_report(rows, path)

    def history(self, customer: str | int) -> list[Event]:
        """Return what happened to a customer's row, in order: attempts with their outcomes, and decisions.

        Args:
            customer: number (text) or ID of the customer.
        """
        entries = self._entries()
        if entries is None:
            return []
        return [event for entry in entries.find(str(customer)) for event in entries.events(entry.key)]

    def _entries(self) -> RunEntries | None:
        """Return the entries of the run, or None if nothing was listed yet."""
        account = self._account.find()
        entries = account and self._entries_of(account)
        return None if entries is None or entries.is_new else entries

    def _entries_of(self, account: Account) -> RunEntries:
        return RunEntries(self.ledger, RunKey(account.id, self._kind, self.period, self.name))

    def _current(self, plan: Plan, entries: RunEntries | None) -> Iterator[tuple[Result, Entry | None]]:
        """Yield the result of each row of a plan as it is now, and its entry, if it has one of its own."""
        rows = iter(plan)
        while page := [*islice(rows, _PAGE)]:
            keys = [row.key for row in page if row.key and row.state not in PROBLEMS]
            known = entries.with_keys(keys) if entries else {}
            for row in page:
                if row.state in PROBLEMS or not (entry := known.get(row.key or "")):
                    yield result_of_row(row), None
                else:
                    yield replace(result_of_entry(entry), row=row.number, customer=row.customer), entry

    def _make_plan(
        self,
        rows: Iterable[Row],
        content: Mapping[str, Any],
        complete: Callable[[StagedRows, Mapping[str, Any]], None],
        *,
        reopened: Sequence[str] = (),
        again: str = "",
    ) -> Plan:
        """Return the plan of rows, compared with the ledger.

        Args:
            rows: the rows.
            content: what is sent with each row.
            complete: looks up the records of the rows, given the content, checks the rows, and sets their keys.
            reopened: states of entries that are sent again.
            again: why they are.
        """
        self.ledger.check()
        # Encode the content like a request, so that content that cannot be sent is refused here.
        content = json.loads(encode_json(content))
        entries = self._entries()
        if entries and entries.closed:
            raise LedgerError(f"The period {self.period} is closed. Nothing was sent.")
        staged = StagedRows(rows)
        complete(staged, content)
        staged.set_states()
        reopened = (*self._reopened, *reopened)
        notes, retried = list[str](), set[str]()
        if entries:
            entries.recover()
            staged.compare(entries.read(), reopened)
            notes = self._differences(json.loads(entries.content), content)
            retried = set() if again else self._retried(entries)
        run = (self._kind, self.period, self.name)
        return Plan(staged, content, run=run, notes=notes, reopened=reopened, retried=retried, again=again)

    def _differences(self, before: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
        """Return what is sent otherwise than by the session before."""
        names = [name for name in {**before, **content} if before.get(name) != content.get(name)]
        return [f"{name} was {before.get(name)!r}, and is now {content.get(name)!r}" for name in names]

    def _results_of(self, plan: Plan) -> Results:
        entries, session = self._entries_of(self._account.add()), self.ledger.start_session()
        try:
            delay = self._delay(plan, entries)
            self._prepare(plan, entries)
            content = json.dumps(plan.content)
            entries.replace_list(plan.listed(), session, content, plan.reopened, withdraws=not plan.again)
            yield from map(result_of_row, plan.rows(*PROBLEMS))
            found = ((row.key or "", row.state, json.dumps(row.found)) for row in plan.rows_found())
            entries.record_found(found, self._reason_if_found)
            yield from (replace(result_of_row(row), reason=self._reason_if_found) for row in plan.rows_found())
            perform = partial(self._perform, plan.content)
            execution = Execution(
                entries, session, perform, self._probe, self._limit, self._concurrency, self._stop_after_errors
            )
            execution.pause(delay)
            yield from execution.run(plan.rows_to_send())
        finally:
            session.end()

    def _probe(self) -> object:
        return self._sending_client.Customer.list(per_page=1)


def limit_of(client: Client) -> RateLimit:
    """Return the rate limit of a client; if it has none, that of a run."""
    return client.rate_limit or RateLimit(RATE)
