"""What people decide about statements, and what is known about those whose outcome is not."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from invoiced.ledger.entries import Entry
from invoiced.ledger.ledger import RunKey
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import (
    FAILED,
    HELD,
    INVALID,
    NO_ADDRESS,
    NOT_ON_THE_LIST,
    PARTLY_SENT,
    SENT,
    SKIPPED,
    STARTED,
    TO_DO,
    UNKNOWN,
)
from invoiced.runs.errors import RunError
from invoiced.runs.lookup import look_up
from invoiced.runs.plan import Plan
from invoiced.runs.recipients import parse_rows
from invoiced.runs.results import Result, Status, result_of_entry
from invoiced.runs.run import Run
from invoiced.runs.staged_rows import StagedRows
from invoiced.tables import comparable

from .addresses import addresses_of
from .archive import Archive, Wanted
from .emails import rejection
from .mailbox import read_mailbox
from .settling import Decision, read_decisions, write_unknown

_CAN_BE_SETTLED = (UNKNOWN, PARTLY_SENT)
_CAN_BE_SKIPPED = (TO_DO, FAILED, HELD, NO_ADDRESS, INVALID, PARTLY_SENT, NOT_ON_THE_LIST)


class Decisions(Run):
    """A run of statements, and what people decide about its rows."""

    def unknown(self) -> list[Result]:
        """Return the statements that may have been sent, but no response confirms it, and those sent only partly."""
        return [*self.results(UNKNOWN, PARTLY_SENT)]

    def settle(
        self, *, sent: Collection[str | int] = (), not_sent: Collection[str | int] = (), reason: str
    ) -> list[Result]:
        """Record which unknown statements were sent, as you found out. The next session sends those that were not.

        Args:
            sent: numbers (text) or IDs of the customers who got a statement, or of whom nothing further is expected.
            not_sent: numbers or IDs of those who got none.
            reason: how you know, which is kept with your name and the time.

        Raises:
            RunError: a customer has no unknown statement. Nothing was recorded.
            ValueError: the reason is blank, or a customer is in both lists.
        """
        if both := {*map(str, sent)} & {*map(str, not_sent)}:
            raise ValueError(f"sent and not_sent have the same customers: {', '.join(sorted(both))}")
        decisions = [(customer, SENT) for customer in sent] + [(customer, TO_DO) for customer in not_sent]
        return self._decide(decisions, reason, _CAN_BE_SETTLED, "has no unknown statement")

    def write_unknown(self, path: str | PathLike[str]) -> int:
        """Write a sheet of the unknown statements, with an empty column `sent?`, and return their number.

        Args:
            path: the file, whose ending says what it is: .xlsx or .csv. There must be none yet.

        Raises:
            RunError: it cannot be written, or there is one already.
            ValueError: it has another ending.
            InvoicedError: the addresses of contacts could not be looked up.
        """
        _, unknown, content = self._unknown()
        rows = ((entry, self._recipients(entry, content)) for entry in unknown)
        return write_unknown(path, self.period, self.name, rows)

    def settle_from(self, path: str | PathLike[str], *, reason: str = "") -> list[Result]:
        """Record what a sheet says, which `write_unknown` wrote: `yes` or `no` in the column `sent?`.

        Rows in which it is blank stay unknown.

        Args:
            path: the sheet, in any format that `read_table` reads.
            reason: how you know; by default, the name of the sheet.

        Raises:
            PlanError: a row cannot be used; `problems` says which. Nothing was recorded.
            TableError: the sheet cannot be read. Nothing was recorded.
        """
        _, unknown, _ = self._unknown()
        reason = reason.strip() or f"according to {Path(path).name}"
        return self._record(read_decisions(path, self.period, self.name, unknown, reason), _CAN_BE_SETTLED)

    def settle_from_mailbox(
        self, path: str | PathLike[str], *, complete_until: datetime | None = None
    ) -> tuple[list[Result], list[Result]]:
        """Record which unknown statements have a copy in a mailbox, to which they were sent as `bcc`.

        Args:
            path: a mailbox file (mbox).
            complete_until: the mailbox has everything that came until then. So a statement that was sent an hour
                earlier or more, and has no copy, was not sent: if there is a copy of another one of the same session.

        Returns:
            Those that were decided, and those that stay unknown. The `reason` of each says why.

        Raises:
            RunError: the mailbox cannot be read. Nothing was recorded.
            InvoicedError: the addresses of contacts could not be looked up. Nothing was recorded.
        """
        entries, unknown, content = self._unknown()
        wanted = [self._wanted(entry, content) for entry in unknown if entry.state == UNKNOWN]
        archive = Archive(Path(path).name, wanted)
        for message in read_mailbox(path):
            archive.add(message)
        keys = {each.entry.key for each in wanted}
        for run in self._runs():
            its_content = json.loads(run.content)
            for entry in run.read(SENT, PARTLY_SENT, UNKNOWN, STARTED):
                if entries is None or run.key != entries.key or entry.key not in keys:
                    archive.compare(entry, its_content)
        decided, left = archive.decide(None if complete_until is None else int(complete_until.timestamp()))
        still_unknown = [result_of_entry(each.entry._replace(reason=each.reason)) for each in left]
        return self._record(decided, (UNKNOWN,)), still_unknown

    def skip(self, *customers: str | int, reason: str) -> list[Result]:
        """Record that customers are not sent a statement by e-mail. They need not be on a list yet.

        Args:
            *customers: numbers (text) or IDs of the customers.
            reason: why, such as "by post", which is kept with your name and the time.

        Raises:
            RunError: there is no such customer, or the statement was sent. Nothing was recorded.
            ValueError: the reason is blank.
            InvoicedError: a customer could not be looked up. Nothing was recorded.
        """
        if reason.strip():
            self._add([customer for customer in customers if not self._find(customer)])
        decisions = [(customer, SKIPPED) for customer in customers]
        return self._decide(decisions, reason, _CAN_BE_SKIPPED, "has no statement that can be skipped")

    def close(self) -> Status:
        """Close the run: nothing of it can be sent any more. Refused while something is left to do or to decide.

        Raises:
            RunError: something is left, or there was never a list.
        """
        status = self.status()
        entries = self._entries()
        if entries is None:
            raise RunError(f"Nothing was sent in {self.period}, so it cannot be closed.")
        if status.left:
            raise RunError(f"{self.period} cannot be closed: {status.left} are left ({status}).")
        entries.close()
        return self.status()

    def _add(self, customers: Sequence[str | int]) -> None:
        """Add entries for customers that no list has had yet."""
        if not customers:
            return
        staged = StagedRows(row for _, row in parse_rows(customers, None))
        look_up(staged, self._client)
        staged.set_customers_as_keys()
        staged.set_states()
        plan = Plan(staged, {})
        if problems := [f"{row.problem[:1].upper()}{row.problem[1:]}." for row in plan.rows(HELD, INVALID)]:
            raise RunError(f"{' '.join(problems)} Nothing was recorded.")
        self._take_over(({**row, "idempotency_key": None, "ended_at": None} for row in plan.listed()), {})

    def _take_over(self, rows: Iterable[Mapping[str, Any]], content: Mapping[str, Any]) -> int:
        """Add entries of which the ledger knows nothing yet, and return their number."""
        entries, session = self._entries_of(self._account.add()), self.ledger.start_session()
        try:
            return entries.take_over(rows, session, json.dumps(content))
        finally:
            session.end()

    def _find(self, customer: str | int) -> list[Entry]:
        entries = self._entries()
        return entries.find(str(customer)) if entries else []

    def _decide(
        self, decisions: Iterable[tuple[str | int, str]], reason: str, allowed: Sequence[str], problem: str
    ) -> list[Result]:
        if not reason.strip():
            raise ValueError("A decision needs a reason, such as: by post")
        found = list[Decision]()
        if entries := self._entries():
            entries.recover()
        for customer, state in decisions:
            matches = [entry for entry in self._find(customer) if entry.state in allowed]
            if not matches:
                raise RunError(f"Customer {customer} {problem} in {self.period}. Nothing was recorded.")
            found += [Decision(entry, state, reason) for entry in matches]
        return self._record(found, allowed)

    def _record(self, decisions: Sequence[Decision], allowed: Sequence[str]) -> list[Result]:
        entries = self._entries()
        for entry, state, reason in decisions:
            if entries and not entries.decide(entry.key, state, reason, allowed=allowed):
                raise RunError(f"Another program has just changed {entry.customer_number or entry.key}. Try again.")
        changed = (entries.entry(decision.entry.key) if entries else None for decision in decisions)
        return [result_of_entry(entry) for entry in changed if entry]

    def _unknown(self) -> tuple[RunEntries | None, list[Entry], Mapping[str, Any]]:
        """Return the entries of the run, those that can be settled, and what the latest session sent."""
        entries = self._entries()
        if entries is None:
            return None, [], {}
        entries.recover()
        return entries, [*entries.read(*_CAN_BE_SETTLED)], json.loads(entries.content)

    def _runs(self) -> Iterator[RunEntries]:
        """Return the entries of each run of statements of the account."""
        return (RunEntries(self.ledger, key) for key in self._run_keys())

    def _run_keys(self) -> Iterator[RunKey]:
        account = self._account.find()
        return self.ledger.runs(account.id, self._kind) if account else iter(())

    def _wanted(self, entry: Entry, content: Mapping[str, Any]) -> Wanted:
        others = (found.started_at for run in self._runs() if (found := run.entry(entry.key)))
        later = [at for at in others if at is not None and at > (entry.started_at or 0)]
        subject = json.loads(entry.request).get("subject") or content.get("subject") or ""
        addresses = frozenset(map(comparable, self._recipients(entry, content)))
        return Wanted(entry, addresses, subject, min(later, default=None))

    def _addresses(self, entry: Entry, content: Mapping[str, Any]) -> Iterable[str]:
        emails = json.loads(entry.details).get("emails") or []
        if accepted := [str(email["email"]) for email in emails if email.get("email") and not rejection(email)]:
            return accepted
        to = json.loads(entry.request).get("to") or content.get("to") or []
        return [recipient["email"] for recipient in to] if entry.started_at is not None else []

    def _recipients(self, entry: Entry, content: Mapping[str, Any]) -> list[str]:
        """Return the addresses that get a statement: the given ones, or else the customer's and its contacts'."""
        given = [*self._addresses(entry, content)]
        return given or addresses_of(self._client, result_of_entry(entry).customer)
