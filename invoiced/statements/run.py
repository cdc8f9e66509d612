"""Runs of statements: an account statement by e-mail to each of many customers, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin, get_type_hints

from typing_extensions import Unpack

from invoiced import Customer, StatementEmail
from invoiced.runs import Results, Run, RunPlan
from invoiced.runs.execution import Outcome, RejectedByApi
from invoiced.runs.lookup import look_up
from invoiced.runs.recipients import Recipients, tasks_of, text_of
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows

_CONTENT = get_type_hints(StatementEmail)
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


class StatementRun(Run):
    """Sends the account statement to each of many customers (section "Send a statement").

    Example:
        .. code-block:: python

            from invoiced.statements import StatementRun

            run = StatementRun(client, journal="statements-2026-11.journal")
            for result in run.send(client.Customer.all(open_balance=True, sort="id desc"), type="open_item"):
                print(result.customer, result.outcome)
            print(run.report())
    """

    _kind = "statements"

    def plan(
        self,
        recipients: Recipients,
        *,
        source: str | None = None,
        by: str | None = None,
        **content: Unpack[StatementEmail],
    ) -> RunPlan:
        """Plan what `send` would do, for a look at it. Nothing is sent, and no journal is made.

        Args:
            recipients: what `send` takes.
            source: what the recipients are, in words that stay the same.
            by: the only field that names the customer of a row: `id`, `number` or `email`.
            **content: those of `StatementEmail`, for all of them.

        Raises:
            JournalError: there is a journal, but not that of this run.
            InvoicedError: customers could not be looked up.
            ValueError: the content cannot be sent as it is meant, or `by` is no such field.
            TypeError: the content is of a type that cannot be sent, or the recipients are not several.
        """
        _refuse_unknown(content)
        return self._plan(recipients, content, source, by)

    def send(
        self,
        recipients: Recipients | RunPlan,
        *,
        strict: bool = False,
        source: str | None = None,
        by: str | None = None,
        **content: Unpack[StatementEmail],
    ) -> Results:
        """Send the statements. All rows are checked before the first is sent; the results come as the loop goes.

        A row that cannot be sent (its customer is unknown, ambiguous or in another row, or there is no address to send
        to) comes first, as `skipped`. If the loop is left, what is under way is finished, and no more is sent; the same
        call with the same journal goes on. So it does after Ctrl-C, which lets the loop have the last results.

        Args:
            recipients: customers, their IDs (whole numbers), their numbers (text), or rows: mappings with an `id`,
                `number` or `email` of the customer, and if wanted `to`, `subject` and `message` of their own; blank
                cells count as absent, other columns do not matter. Or what `plan` answered.
            strict: refuse the run when a row would be skipped.
            source: what the recipients are, in words that stay the same: a run that is resumed with the same words does
                not read its recipients again. Without it, they must be the same ones.
            by: the only field that names the customer of a row: `id`, `number` or `email`.
            **content: those of `StatementEmail`, for all of them.

        Yields:
            What came of each row.

        Raises:
            PlanError: none of the rows can be sent, or not all of them and it is strict. Nothing was sent.
            JournalError: the journal is damaged, in use, or that of another run. Nothing was sent.
            ValueError: the content cannot be sent as it is meant, or `by` is no such field. Nothing was sent.
            TypeError: the content is of a type that cannot be sent. Nothing was sent.
            RunStopped: while looping: the run ended early.
            InvoicedError: customers could not be looked up; or, while looping, AuthenticationError.
        """
        plan = recipients
        if not isinstance(plan, RunPlan):
            plan = self.plan(plan, source=source, by=by, **content)
        elif content or source or by:
            raise TypeError("A plan has its source and content: give them to plan(), and not to send()")
        plan.check(strict=strict)
        return self._begin(plan)

    def _tasks(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        """The statements of the rows, with what is each row's own."""
        for item, task in tasks_of(items, by, self._rate_limiter):
            if isinstance(item, Mapping):
                own = {name: text_of(item.get(name)) for name in ("subject", "message")}
                task.request = {name: text for name, text in own.items() if text}
                to = _recipients(item.get("to"))
                if to:
                    task.request = {"to": to, **task.request}
                wrong = [one["email"] for one in to if not _ADDRESS.fullmatch(one["email"])]
                task.problem = task.problem or (f"{wrong[0]!r} is no e-mail address" if wrong else "")
            yield task

    def _complete(self, draft: StagedRows, content: Mapping[str, Any]) -> None:
        look_up(draft, self._client, self._rate_limiter)
        for task in draft.tasks("problem = ''"):
            task.target = str(task.customer.id)
            if "to" not in content and "to" not in task.request and not self._has_address(task):
                task.problem = "neither the customer nor a contact has an e-mail address"
            draft.change(task)
        draft.mark_duplicates()

    def _has_address(self, task: Row) -> bool:
        if _ADDRESS.fullmatch(task.customer.email or ""):
            return True
        self._rate_limiter.wait()
        contacts = self._customer(task).contacts().all()
        return any(_ADDRESS.fullmatch(contact.email or "") for contact in contacts)

    def _perform(self, content: Mapping[str, Any], task: Row, key: str) -> Outcome:
        request: Any = {**content, **task.request}
        emails = self._customer(task).send_statement(idempotency_key=key, **request)
        reasons = [email.get("reject_reason") for email in emails]
        if all(reasons):
            raise RejectedByApi(
                f"no e-mail was sent: {', '.join(map(str, reasons)) or 'the API knows nobody to write to'}"
            )
        return "sent", {"emails": [{"id": email.get("id"), "email": email.get("email")} for email in emails]}

    def _customer(self, task: Row) -> Customer:
        return Customer(self._client_without_retries, task.customer.id or 0)


def _refuse_unknown(content: Mapping[str, Any]) -> None:
    """Refuse what no statement has: a misspelt name that the API ignores would be a wrong statement to everybody."""
    for name, value in content.items():
        if name not in _CONTENT:
            raise TypeError(f"A statement has no {name!r}. It has {', '.join(_CONTENT)}")
        choices = get_args(_CONTENT[name]) if get_origin(_CONTENT[name]) is Literal else ()
        if choices and value is not None and value not in choices:
            raise ValueError(f"{name} is {' or '.join(choices)}, and not {value!r}")


def _recipients(to: Any) -> Sequence[dict[str, str]]:
    """The recipients in a cell: addresses that are separated by commas, or what `send_statement` takes."""
    parts: Any = re.split("[,;]", to) if isinstance(to, str) else to if isinstance(to, (list, tuple)) else [to]
    recipients = [dict(one) if isinstance(one, Mapping) else {"email": one} for one in parts]
    stripped = [{**one, "email": text_of(one.get("email")) or ""} for one in recipients]
    return [one for one in stripped if one["email"]]
