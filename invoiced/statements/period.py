"""The statements of a period: what is planned, sent, and left."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import Any

from typing_extensions import Unpack

from invoiced import Client, Customer, Email, StatementEmail
from invoiced.ledger import Ledger
from invoiced.ledger.entries import Entry
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import (
    FAILED,
    HELD,
    INVALID,
    NO_ADDRESS,
    PARTLY_SENT,
    SENT,
    SKIPPED,
    STARTED,
    TO_DO,
    UNKNOWN,
)
from invoiced.runs.accounts import KnownAccount
from invoiced.runs.errors import RunError
from invoiced.runs.execution import Outcome, RejectedByApi
from invoiced.runs.lookup import look_up
from invoiced.runs.periods import checked_name, checked_period
from invoiced.runs.plan import Plan
from invoiced.runs.recipients import Recipients, check_recipients, parse_rows
from invoiced.runs.results import Result, Results, Status, result_of_entry
from invoiced.runs.rows import Row
from invoiced.runs.run import Run
from invoiced.runs.staged_rows import StagedRows
from invoiced.tables import TableRow, is_address

from .account_lock import SENT_BEFORE, AccountLock, Lock
from .addresses import addresses_of
from .content import ROW_FIELDS, checked_content, recipients_in

logger = logging.getLogger("invoiced")

_DETAILS = ("id", "email", "message_id", "state", "reject_reason")
"""Fields of an e-mail that details have, if the response has them."""

_REJECTED = ("invalid", "rejected", "bounced")
"""States of an e-mail that the recipient will not get."""

_SPACING = 330
"""Seconds between two statements: 5 minutes from when the first is sent, which is some time after the response."""

_CAN_BE_SKIPPED = (TO_DO, FAILED, HELD, NO_ADDRESS, INVALID, PARTLY_SENT)
_MAYBE_SENT = (SENT, PARTLY_SENT, UNKNOWN, STARTED)


class Period(Run):
    """The statements of a period, or a further run of them, such as a reminder.

    `Statements.period` returns it. Each customer gets one statement per period and run: whatever the list, the program
    or the machine. Each plan compares the list with what was sent before.
    """

    _kind = "statements"
    _reason_if_found = SENT_BEFORE
    _trust_numbers = False

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
        lock: Lock | None = None,
    ) -> None:
        if lock not in (None, "metadata"):
            raise ValueError(f"lock must be metadata or None, not {lock!r}")
        super().__init__(
            client,
            checked_period(period),
            checked_name(name),
            ledger=ledger,
            concurrency=concurrency,
            stop_after_errors=stop_after_errors,
            account=account,
        )
        self._has_lock = lock is not None
        self._lock = self._new_lock()

    def plan(
        self,
        recipients: Recipients,
        *,
        by: str | None = None,
        trust_numbers: bool = False,
        again: str = "",
        **content: Unpack[StatementEmail],
    ) -> Plan:
        """Plan the statements, as a dry run: check the list, and compare it with what was sent before.

        Args:
            recipients: customers, customer IDs (whole numbers), customer numbers (text), rows (mappings), a table from
                `read_table`, or a data frame. Rows have an `id`, `number` or `email`, and may have their own `to`,
                `subject` and `message`.
            by: field that alone identifies the customer of a row, even if others are there: `id`, `number` or `email`.
                What else the row says of the customer must still fit, except an ID.
            trust_numbers: whether the name and the e-mail address beside an ID or a number are ignored. By default,
                they must fit the customer, or the row is held.
            again: why the statements of these customers, who are named one by one, are sent again. They are sent even
                if they were sent before. The earlier list stays in force.
            **content: fields of `StatementEmail`, for all statements.

        Raises:
            LedgerError: the ledger cannot be used, or the period is closed.
            InvoicedError: customers could not be looked up.
            ValueError: a value of the content is invalid, or `by` is not one of these fields.
            TypeError: the content has an unknown field or a value of a wrong type, there is only a single recipient, or
                `again` is given with rows or records instead of names.
        """
        check_recipients(recipients)
        self._trust_numbers = trust_numbers
        checked = checked_content(content)
        if again:
            recipients = _named(recipients)
        reopened = (SENT, PARTLY_SENT) if again else ()
        self._lock = self._new_lock(again)
        return self._make_plan(self._parse(recipients, by), checked, reopened=reopened, again=again)

    def send(self, plan: Plan, *, strict: bool = False) -> Results:
        """Send what is planned, while iterating. Rows that cannot be sent come first.

        The API drops a second statement to the same customer, address and template within 5 minutes, without an error.
        So a session waits that long after another run of the ledger sent statements to the same customers.

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
        """
        return super().send(plan, strict=strict)

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
        allowed = (UNKNOWN, PARTLY_SENT)
        decisions = [(customer, SENT) for customer in sent] + [(customer, TO_DO) for customer in not_sent]
        return self._decide(decisions, reason, allowed, "has no unknown statement")

    def skip(self, *customers: str | int, reason: str) -> list[Result]:
        """Record that customers of the list are not sent a statement by e-mail.

        Args:
            *customers: numbers (text) or IDs of the customers.
            reason: why, such as "by post", which is kept with your name and the time.

        Raises:
            RunError: a customer is not on the list, or was sent a statement. Nothing was recorded.
            ValueError: the reason is blank.
        """
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

    def others(self) -> Iterator[tuple[str, str]]:
        """Yield the period and the name of each run of statements in the ledger."""
        account = self._account.find()
        runs = self.ledger.runs(account.id, self._kind) if account else iter(())
        return ((run.period, run.name) for run in runs)

    def _decide(
        self, decisions: Iterable[tuple[str | int, str]], reason: str, allowed: Sequence[str], problem: str
    ) -> list[Result]:
        if not reason.strip():
            raise ValueError("A decision needs a reason, such as: by post")
        entries, found = self._entries(), list[tuple[Entry, str]]()
        if entries:
            entries.recover()
        for customer, state in decisions:
            matches = [entry for entry in (entries.find(str(customer)) if entries else ()) if entry.state in allowed]
            if not matches:
                raise RunError(f"Customer {customer} {problem} in {self.period}. Nothing was recorded.")
            found += [(entry, state) for entry in matches]
        for entry, state in found:
            if entries and not entries.decide(entry.key, state, reason, allowed=allowed):
                raise RunError(f"Another program has just changed {entry.customer_number}. Try again.")
        changed = (entries.entry(entry.key) if entries else None for entry, _ in found)
        return [result_of_entry(entry) for entry in changed if entry]

    def _new_lock(self, again: str = "") -> AccountLock | None:
        if not self._has_lock:
            return None
        run = f"{self.period} {self.name}".strip()
        return AccountLock(self._client, run, self.ledger.identity, sends_again=bool(again))

    def _parse(self, items: Recipients, by: str | None) -> Iterator[Row]:
        for item, row in parse_rows(items, by, ROW_FIELDS):
            if self._lock and isinstance(item, Customer):
                self._lock.read(item)
            if isinstance(item, TableRow):
                try:
                    row.request = _request_of(item)
                except ValueError as error:
                    row.problem = row.problem or str(error)
            yield row

    def _complete(self, staged: StagedRows, content: Mapping[str, Any]) -> None:
        entries, lock = self._entries() if self._lock else None, self._lock
        read = lock.read if lock else lambda customer: {}
        look_up(staged, self._client, read, trust_numbers=self._trust_numbers)
        for row in staged.rows("problem = ''"):
            row.key = str(row.customer.id)
            if lock:
                lock.apply(row, entries.entry if entries else lambda key: None)
            has_recipients = row.found is not None or "to" in content or "to" in row.request
            if not has_recipients and not self._has_address(row):
                row.problem, row.state = "neither the customer nor a contact has an e-mail address", NO_ADDRESS
            staged.update(row)

    def _has_address(self, row: Row) -> bool:
        # Contacts are asked for only if they matter.
        return is_address(row.customer.email) or bool(addresses_of(self._client, row.customer))

    def _prepare(self, plan: Plan, entries: RunEntries) -> None:
        self._lock = self._new_lock(plan.again)
        if plan.again:
            for row in plan.rows(TO_DO):
                entries.decide(row.key or "", TO_DO, f"again: {plan.again}", allowed=(SENT, PARTLY_SENT))

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        send = partial(self._send_statement, content, row, key)
        return self._lock.send(row, send) if self._lock else send()

    def _send_statement(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        request: Any = {**content, **row.request}
        emails = Customer(self._sending_client, row.customer.id or 0).send_statement(idempotency_key=key, **request)
        rejections = [text for email in emails if (text := _rejection(email))]
        if len(rejections) == len(emails):
            raise RejectedByApi(f"no e-mail was sent: {', '.join(rejections) or 'the API found no recipients'}")
        details = [{name: email[name] for name in _DETAILS if email.get(name) is not None} for email in emails]
        if rejections:
            return Outcome(PARTLY_SENT, {"emails": details}, f"not sent to all addresses: {', '.join(rejections)}")
        return Outcome(SENT, {"emails": details})

    def _delay(self, plan: Plan, entries: RunEntries) -> float:
        """Return the seconds until no customer gets a statement that the API would drop."""
        recent = dict[str, int]()
        for period, name in self.others():
            other = RunEntries(self.ledger, entries.key._replace(period=period, name=name))
            if json.loads(other.content).get("template") == plan.content.get("template"):
                for key, at in other.recent(_MAYBE_SENT, _SPACING):
                    recent[key] = max(at, recent.get(key, 0))
        last = (
            max((recent[row.key or ""] for row in plan.rows_to_send() if row.key in recent), default=0) if recent else 0
        )
        seconds = max(0.0, last + _SPACING - time.time())
        if seconds:
            logger.warning(
                "Another run has just sent statements to the same customers. This run waits for %.0f s, because the "
                "API would drop its statements without an error.",
                seconds,
            )
        return seconds


def _named(recipients: Recipients) -> list[str | int]:
    """Return customers that are named one by one."""
    names = [*recipients] if isinstance(recipients, (list, tuple)) else []
    if not names or not all(isinstance(name, (str, int)) for name in names):
        raise TypeError("To send statements again, name the customers one by one: a list of numbers (text) or IDs")
    return [name for name in names if isinstance(name, (str, int))]


def _rejection(email: Email) -> str | None:
    """Return which address will not get an e-mail and why, as far as the response says so."""
    state = email.get("state")
    reason = email.get("reject_reason") or (state if state in _REJECTED else None)
    return f"{email.get('email') or 'an address'} ({reason})" if reason else None


def _request_of(row: TableRow) -> dict[str, Any]:
    """Return the row's own recipients, subject and message."""
    texts = {name: row.text(name) for name in ("subject", "message")}
    request: dict[str, Any] = {name: text for name, text in texts.items() if text}
    to = row.get("to")
    to = to if isinstance(to, (list, tuple, Mapping)) else row.text("to")
    return request if to is None else {"to": recipients_in(to), **request}
