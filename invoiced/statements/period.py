"""The statements of a period: what is planned, sent, and left."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from os import PathLike
from typing import Any

from typing_extensions import Unpack

from invoiced import Client, Customer, StatementEmail
from invoiced.ledger import Ledger
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import NO_ADDRESS, PARTLY_SENT, SENT, TO_DO
from invoiced.runs.accounts import KnownAccount
from invoiced.runs.execution import Outcome
from invoiced.runs.lookup import look_up
from invoiced.runs.periods import checked_name, checked_period
from invoiced.runs.plan import Plan
from invoiced.runs.recipients import Recipients, check_recipients, parse_rows
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows
from invoiced.tables import TableRow, is_address

from .account_lock import SENT_BEFORE, AccountLock, Lock
from .addresses import addresses_of
from .content import ROW_FIELDS, checked_content, recipients_in
from .decisions import Decisions
from .emails import outcome_of
from .journal_import import JournalImport, JournalRows
from .key_check import repeatable, without_proof_of_same_api_key
from .spacing import seconds_to_wait

logger = logging.getLogger("invoiced")


class Period(Decisions):
    """The statements of a period, or a further run of them, such as a reminder.

    `Statements.period` returns it. Each customer gets one statement per period and run: whatever the list, the program
    or the machine. Each plan compares the list with what was sent before.

    The API drops a second statement to the same customer, address and template within 5 minutes, without an error. So a
    session waits that long after another run of the ledger sent statements to the same customers.
    """

    _kind = "statements"
    _reason_if_found = SENT_BEFORE

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
        self._lock: AccountLock | None = None

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
        checked, lock = checked_content(content), self._new_lock(again)
        rows = self._parse(_named(recipients) if again else recipients, by, lock)
        complete = partial(self._complete, lock=lock, trust_numbers=trust_numbers)
        return self._make_plan(rows, checked, complete, reopened=(SENT, PARTLY_SENT) if again else (), again=again)

    def import_journals(self, *paths: str | PathLike[str]) -> JournalImport:
        """Take over what journals of invoiced 4.0 recorded, so that nobody gets a statement twice.

        Rows that were not tried are not taken over: the next session sends them.

        Raises:
            JournalError: a journal cannot be used. Nothing was taken over.
            RunError: a journal is of another account, or not of statements. Nothing was taken over.
            LedgerError: the ledger cannot be written, or the period is closed.
        """
        self.ledger.check()
        rows = JournalRows(self._client, paths)
        taken_over = self._take_over(rows.values(), rows.content)
        return JournalImport(rows.counts, taken_over, len(rows) - taken_over, rows.repeated)

    def others(self) -> Iterator[tuple[str, str]]:
        """Yield the period and the name of each run of statements in the ledger."""
        return ((key.period, key.name) for key in self._run_keys())

    def _new_lock(self, again: str = "") -> AccountLock | None:
        if not self._has_lock:
            return None
        run = f"{self.period} {self.name}".strip()
        return AccountLock(self._client, run, self.ledger.identity, sends_again=bool(again))

    def _parse(self, items: Recipients, by: str | None, lock: AccountLock | None) -> Iterator[Row]:
        for item, row in parse_rows(items, by, ROW_FIELDS):
            if lock and isinstance(item, Customer):
                lock.read(item)
            if isinstance(item, TableRow):
                try:
                    row.request = _request_of(item)
                except ValueError as error:
                    row.problem = row.problem or str(error)
            yield row

    def _complete(
        self, staged: StagedRows, content: Mapping[str, Any], *, lock: AccountLock | None, trust_numbers: bool
    ) -> None:
        entries = self._entries() if lock else None
        read = lock.read if lock else lambda customer: {}
        look_up(staged, self._client, read, trust_numbers=trust_numbers)
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

    def _retried(self, entries: RunEntries) -> set[str]:
        return repeatable(self.ledger, entries)

    def _prepare(self, plan: Plan, entries: RunEntries) -> None:
        self._lock = self._new_lock(plan.again)
        if plan.retried and (others := without_proof_of_same_api_key(self._client, entries, plan.retried)):
            plan.retried -= others
            logger.warning("%d unknown statements are not sent again: another API key may have sent them.", len(others))
        if plan.again:
            for row in plan.rows(TO_DO):
                entries.decide(row.key or "", TO_DO, f"again: {plan.again}", allowed=(SENT, PARTLY_SENT))

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        send = partial(self._send_statement, content, row, key)
        return self._lock.send(row, send) if self._lock else send()

    def _send_statement(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        request: Any = {**content, **row.request}
        emails = Customer(self._sending_client, row.customer.id or 0).send_statement(idempotency_key=key, **request)
        return outcome_of(emails)

    def _delay(self, plan: Plan, entries: RunEntries) -> float:
        # Another session of this run sends each statement in place of this one, so they do not follow each other.
        runs = self._runs() if plan.again else (run for run in self._runs() if run.key != entries.key)
        return seconds_to_wait(runs, plan)


def _named(recipients: Recipients) -> list[str | int]:
    """Return customers that are named one by one."""
    names = [*recipients] if isinstance(recipients, (list, tuple)) else []
    if not names or not all(isinstance(name, (str, int)) for name in names):
        raise TypeError("To send statements again, name the customers one by one: a list of numbers (text) or IDs")
    return [name for name in names if isinstance(name, (str, int))]


def _request_of(row: TableRow) -> dict[str, Any]:
    """Return the row's own recipients, subject and message."""
    texts = {name: row.text(name) for name in ("subject", "message")}
    request: dict[str, Any] = {name: text for name, text in texts.items() if text}
    to = row.get("to")
    to = to if isinstance(to, (list, tuple, Mapping)) else row.text("to")
    return request if to is None else {"to": recipients_in(to), **request}
