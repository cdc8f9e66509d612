"""The steps of `invoiced statements send`: plan, show, confirm, and send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from invoiced import Client, Customer
from invoiced.cli.confirmation import confirm, confirm_number, host_of
from invoiced.cli.errors import NotStartedError
from invoiced.cli.ledgers import name_of
from invoiced.cli.runs import RunOptions, exit_before_start
from invoiced.cli.selection import Selection
from invoiced.cli.signals import StopSignals
from invoiced.cli.statement_plan import (
    column_lines,
    content_lines,
    count_line,
    date_warning,
    left_out_lines,
    owed_line,
    row_line,
    sample_lines,
)
from invoiced.cli.streams import is_interactive, pluralize, print_line
from invoiced.contract.hosts import SANDBOX_HOST, is_live
from invoiced.ledger import Ledger
from invoiced.ledger.states import DONE, SKIPPED
from invoiced.runs.accounts import KnownAccount, name_of_account
from invoiced.statements import Period, Plan
from invoiced.statements.account_lock import Lock
from invoiced.statements.content import recipients_in
from invoiced.tables import Table, parse_address

_TESTS = 3
"""Number of statements that are sent as a test."""


class Sending:
    """The statements of a period, as a command sends them.

    Raises:
        NotStartedError: by every step: nothing was sent.
    """

    def __init__(self, client: Client, period: str, run: str, options: RunOptions, *, lock: Lock | None = None) -> None:
        options.check()
        self.client, self._options, self._lock = client, options, lock
        with exit_before_start():
            ledger = Ledger()
            self._account = KnownAccount(client, ledger)
            self._period = Period(
                client,
                period,
                run,
                ledger=ledger,
                concurrency=options.concurrency,
                stop_after_errors=options.stop_after_errors,
                account=self._account,
                lock=lock,
            )
        self._plan: Plan
        self._selection: Selection
        self._name = ""
        self._is_known = False

    def plan(
        self,
        selection: Selection,
        parameters: Mapping[str, Any],
        *,
        to: Sequence[str],
        archive: str | None,
        **options: Any,
    ) -> None:
        """Look up the customers, and compare them with the ledger.

        Args:
            selection: the customers.
            parameters: what is sent with all statements.
            to: addresses to send all statements to; empty for the customers' own.
            archive: address to send blind copies to.
            **options: options of `Period.plan`.
        """
        self._selection = selection
        content = _content_of(parameters, to, archive)
        with exit_before_start():
            self._plan = self._period.plan(selection.recipients, **options, **content)
            account = self._account.find()
            self._name, self._is_known = account.name if account else name_of_account(self.client), bool(account)
        if isinstance(selection.recipients, Table) and not len(self._plan):
            raise NotStartedError(f"{selection.recipients.name} has no rows. Nothing was sent.")

    def show(self, *, owed: bool) -> None:
        """Print the plan on stderr: who, what and how many. In a dry run, the rows come first, on stdout."""
        plan = self._plan
        rows = (row_line(row, plan.content) for row in plan if row.state not in (*DONE, SKIPPED))
        self._options.show(plan, rows, self._lines(owed))

    def confirm(self, *, other_content: bool) -> None:
        """Ask whether the statements are sent."""
        plan, yes = self._plan, self._options.yes
        if not plan.to_send:
            return
        if plan.notes and not other_content:
            if yes or not is_interactive():
                raise NotStartedError(
                    f"Other content than in the session before: {'; '.join(plan.notes)}. To send it, pass "
                    "--other-content. Nothing was sent."
                )
            confirm("Send other content than in the session before?", yes=False)
        confirm_number(f"{self._action()}?", plan.to_send, yes=yes)

    def execute(self, signals: StopSignals) -> None:
        """Send the statements, and show what is left."""
        look = f"invoiced statements status {name_of(self._period.period, self._period.name)}"
        self._options.execute(self._period, self._plan, signals, look=look)

    def send_test(self, address: str) -> None:
        """Send some statements to one address. The ledger does not record them: their customers got none."""
        to = recipients_in(address)
        rows = [*islice(self._plan.rows_to_send(), _TESTS)]
        if not rows:
            raise NotStartedError("Nothing is to be sent, so there is no test either.")
        question = f"Send {pluralize(len(rows), 'test statement')} to {address} only?"
        confirm_number(question, len(rows), yes=self._options.yes)
        for row in rows:
            request: dict[str, Any] = {**self._plan.content, **row.request, "to": to}
            request.pop("bcc", None)
            if request.get("subject"):
                request["subject"] = f"[Test] {request['subject']}"
            Customer(self.client, row.customer.id or 0).send_statement(**request)
            print_line(f"Sent the statement of {row.customer} to {address} as a test.")

    def _lines(self, owed: bool) -> Iterator[str]:
        plan, selection, client = self._plan, self._selection, self.client
        whole = self._options.dry_run or self._options.strict
        yield f"Account: {self._account_name()}, {self._kind()}{'' if self._is_known else ', not in the ledger yet'}"
        lock = ", and the metadata of each customer" if self._lock else ""
        yield f"Ledger: {self._period.ledger.name}{lock}"
        yield f"Period: {self._period.period}{f', run {self._period.name}' if self._period.name else ''}"
        yield from content_lines(plan.content, client)
        yield from column_lines(selection.recipients)
        yield from left_out_lines(plan, owe=selection.owe, all_rows=whole)
        yield from sample_lines(plan, client)
        if owed:
            yield owed_line(plan, client)
        if warning := date_warning(plan.content, self._period.period):
            yield warning
        yield count_line(plan, owe=selection.owe)
        yield f"{self._action()}{' (dry run: nothing was sent)' if self._options.dry_run else ''}."

    def _action(self) -> str:
        return f"Send {pluralize(self._plan.to_send, 'statement')} at {self._account_name()}"

    def _account_name(self) -> str:
        """Return the host of the API and, if the account has pages of its own, their host."""
        host = host_of(self.client)
        return f"{host} ({self._name})" if self._name != host and " " not in self._name else host

    def _kind(self) -> str:
        if is_live(self.client.api_url):
            return "live"
        return "sandbox" if host_of(self.client) == SANDBOX_HOST else "emulator"


def _content_of(parameters: Mapping[str, Any], to: Sequence[str], archive: str | None) -> dict[str, Any]:
    content = {**parameters}
    if to:
        content["to"] = recipients_in(to)
    if archive is not None:
        address = parse_address(archive).email
        content["bcc"] = f"{content['bcc']}, {address}" if content.get("bcc") else address
    return content
