"""Statement runs: account statements by e-mail to many customers, each at most once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import Unpack

from invoiced import Customer, Email, StatementEmail
from invoiced.runs import Results, Run, RunPlan
from invoiced.runs.execution import Outcome, RejectedByApi
from invoiced.runs.journal import Journal
from invoiced.runs.lookup import look_up
from invoiced.runs.recipients import Recipients, check_recipients, parse_rows
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows
from invoiced.tables import TableRow, is_address

from .content import ROW_FIELDS, check_request, checked_content, recipients_in
from .spacing import seconds_to_wait

_DETAILS = ("id", "email", "message_id")
"""Fields of an e-mail that details have, if the response has them."""

_REJECTED = ("invalid", "rejected", "bounced")
"""States of an e-mail that the recipient will not get."""


class StatementRun(Run):
    """Sends an account statement to each of many customers (section "Send a statement").

    The API drops a second statement to the same customer, address and template within 5 minutes, without an error. So a
    run waits that long after other runs that sent statements to the same customers, if their journals are in the same
    folder.

    Example:
        .. code-block:: python

            from invoiced.statements import StatementRun

            run = StatementRun(client, journal="statements-2026-11.journal")
            for result in run.send(client.Customer.all(open_balance=True, strict=True), type="open_item"):
                print(result.customer, result.outcome)
            print(run.report())
    """

    _kind = "statements"
    _trust_numbers = False

    def plan(
        self,
        recipients: Recipients,
        *,
        source: str | None = None,
        by: str | None = None,
        trust_numbers: bool = False,
        **content: Unpack[StatementEmail],
    ) -> RunPlan:
        """Plan the run, as a dry run. Nothing is sent, and no journal is created.

        Args:
            recipients: recipients as for `send`.
            source: name of the recipients, as for `send`.
            by: field that alone identifies the customer of a row, even if others are there: `id`, `number` or `email`.
                What else the row says of the customer must still fit, except an ID.
            trust_numbers: whether the name and the e-mail address beside an ID or a number are ignored. By default,
                they must fit the customer, or the row is held.
            **content: fields of `StatementEmail`, for all statements.

        Raises:
            JournalError: the journal belongs to another run.
            InvoicedError: customers could not be looked up.
            ValueError: a value of the content is invalid, or `by` is not one of these fields.
            TypeError: the content has an unknown field or a value of a wrong type, or there is only a single recipient.
        """
        check_recipients(recipients)
        self._trust_numbers = trust_numbers
        return self._plan(recipients, checked_content(content), source, by)

    def send(
        self,
        recipients: Recipients | RunPlan,
        *,
        strict: bool = False,
        source: str | None = None,
        by: str | None = None,
        trust_numbers: bool = False,
        **content: Unpack[StatementEmail],
    ) -> Results:
        """Send the statements while iterating. All rows are checked before the first statement is sent.

        Rows that cannot be sent come first, as `skipped`: the customer is unknown, ambiguous or a duplicate, or there
        is no e-mail address. If you leave the loop, requests in flight are completed and no more are sent; the same
        call with the same journal continues the run. After Ctrl-C, the loop still gets the results of the requests in
        flight.

        Args:
            recipients: customers, their IDs (whole numbers), their numbers (text), or rows: mappings with an `id`,
                `number` or `email` of the customer, and optionally their own `to`, `subject` and `message`; blank
                cells count as absent, and other columns are ignored. Or a plan from `plan`.
            strict: refuse the run if a row would be skipped.
            source: name of the recipients. A run that is resumed with the same name does not read its recipients
                again. Without a name, the recipients must be the same.
            by: field that alone identifies the customer of a row, even if others are there: `id`, `number` or `email`.
                What else the row says of the customer must still fit, except an ID.
            trust_numbers: whether the name and the e-mail address beside an ID or a number are ignored. By default,
                they must fit the customer, or the row is held.
            **content: fields of `StatementEmail`, for all statements.

        Yields:
            The result of each row.

        Raises:
            PlanError: all rows would be skipped, or `strict` is true and a row would be. Nothing was sent.
            JournalError: the journal is damaged, in use, or belongs to another run. Nothing was sent.
            ValueError: a value of the content is invalid, or `by` is not one of these fields. Nothing was sent.
            TypeError: the content has an unknown field or a value of a wrong type, or there is only a single recipient.
                Nothing was sent.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: customers could not be looked up; or, while iterating, AuthenticationError.
        """
        plan = recipients
        if not isinstance(plan, RunPlan):
            plan = self.plan(plan, source=source, by=by, trust_numbers=trust_numbers, **content)
        elif content or source or by or trust_numbers:
            raise TypeError("A plan has its own source and content. Pass them to plan(), not to send()")
        plan.check(strict=strict)
        return self._begin(plan)

    def _parse(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        for item, row in parse_rows(items, by, self._rate_limiter, ROW_FIELDS):
            if isinstance(item, TableRow):
                try:
                    row.request = _request_of(item)
                except ValueError as error:
                    row.problem = row.problem or str(error)
            yield row

    def _complete(self, staged: StagedRows, content: Mapping[str, Any]) -> None:
        look_up(staged, self._client, self._rate_limiter, trust_numbers=self._trust_numbers)
        for row in staged.rows("problem = ''"):
            row.target = str(row.customer.id)
            if "to" not in content and "to" not in row.request and not self._has_address(row):
                row.problem = "neither the customer nor a contact has an e-mail address"
            staged.update(row)
        staged.mark_duplicates()

    def _has_address(self, row: Row) -> bool:
        if is_address(row.customer.email):
            return True
        self._rate_limiter.wait()
        contacts = self._customer(row).contacts().all()
        return any(is_address(contact.email) for contact in contacts)

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        request: Any = {**content, **row.request}
        emails = self._customer(row).send_statement(idempotency_key=key, **request)
        reasons = [_rejection(email) for email in emails]
        if all(reasons):
            raise RejectedByApi(f"no e-mail was sent: {', '.join(map(str, reasons)) or 'the API found no recipients'}")
        return "sent", {
            "emails": [{name: email[name] for name in _DETAILS if email.get(name) is not None} for email in emails]
        }

    def _check_stored(self, content: Mapping[str, Any], requests: Iterable[Mapping[str, Any]]) -> None:
        checked_content(content)
        for request in requests:
            check_request(request)

    def _delay(self, journal: Journal) -> float:
        return seconds_to_wait(journal, self._to_do)

    def _customer(self, row: Row) -> Customer:
        return Customer(self._client_without_retries, row.customer.id or 0)


def _rejection(email: Email) -> str | None:
    """Return why an e-mail will not arrive, as far as the response says so."""
    state = email.get("state")
    return email.get("reject_reason") or (state if state in _REJECTED else None)


def _request_of(row: TableRow) -> dict[str, Any]:
    """Return the row's own recipients, subject and message."""
    texts = {name: row.text(name) for name in ("subject", "message")}
    request: dict[str, Any] = {name: text for name, text in texts.items() if text}
    to = row.get("to")
    to = to if isinstance(to, (list, tuple, Mapping)) else row.text("to")
    return request if to is None else {"to": recipients_in(to), **request}
