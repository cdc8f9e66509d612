"""Statements by e-mail to many customers, each once per period."""

from __future__ import annotations

from os import PathLike

from invoiced import Client
from invoiced.ledger import Ledger
from invoiced.runs.accounts import KnownAccount
from invoiced.runs.results import Status

from .account_lock import Lock
from .key_check import KeyCheck, check_keys
from .period import Period


class Statements:
    """The statements of an account, period by period (section "Send a statement").

    Example:
        .. code-block:: python

            from invoiced.statements import Statements

            period = Statements(client).period("2026-11")
            plan = period.plan(client.Customer.all(open_balance=True, strict=True), type="open_item")
            for result in period.send(plan):
                print(result.customer, result.outcome)
            print(period.status())

    Args:
        client: the client. Its rate limit counts for all requests; without one, 5 requests are sent per second.
        ledger: the ledger, or its path or URL; by default, that in INVOICED_LEDGER, otherwise a file in the user's data
            directory.
        concurrency: maximum number of requests in flight, up to 16. The API accepts 20 at a time from all programs with
            the same key.
        stop_after_errors: number of failed or unknown statements after which a session stops; None means no limit.
        lock: `metadata` for a second lock in the account, the metadata `statement` of each customer, which other
            ledgers see. It takes two requests more for each statement.

    Raises:
        LedgerError: the ledger cannot be used.
        ValueError: an argument is invalid.
    """

    def __init__(
        self,
        client: Client,
        *,
        ledger: Ledger | str | PathLike[str] | None = None,
        concurrency: int = 4,
        stop_after_errors: int | None = None,
        lock: Lock | None = None,
    ) -> None:
        self._client = client
        self._lock: Lock | None = lock
        self._concurrency, self._stop_after_errors = concurrency, stop_after_errors
        self.ledger = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
        self._account = KnownAccount(client, self.ledger)
        self._any = self.period("2000-01")  # checks the arguments

    def __repr__(self) -> str:
        return f"<Statements {self.ledger.name!r}>"

    def period(self, period: str, run: str = "") -> Period:
        """Return the statements of a period.

        Args:
            period: a month such as `2026-11`, a day, a quarter such as `2026-Q4`, or a year.
            run: name of a further run in the same period, such as `reminder-1`.

        Raises:
            ValueError: the period or the name is invalid.
        """
        return Period(
            self._client,
            period,
            run,
            ledger=self.ledger,
            concurrency=self._concurrency,
            stop_after_errors=self._stop_after_errors,
            account=self._account,
            lock=self._lock,
        )

    def check_keys(self, to: str, customer: str | int | None = None) -> KeyCheck:
        """Find out whether the API repeats its response to an idempotency key, by sending a statement to oneself.

        It is sent twice with one key, and once with another. If the response to the first two is the same message,
        later sessions send statements again by themselves whose response was lost, with their keys: within 23 hours,
        with the same API key. Otherwise, never. The verdict is recorded in the ledger.

        Args:
            to: your own address.
            customer: number (text) or ID of the customer whose statement is sent; by default, the first one.

        Raises:
            RunError: there is no such customer. Nothing was sent.
            ValueError: the address is invalid. Nothing was sent.
            InvoicedError: a request failed. Nothing was recorded.
        """
        return check_keys(self._client, self.ledger, self._account, to, customer)

    def periods(self) -> list[Status]:
        """Return the status of each run in each period.

        Raises:
            LedgerError: the ledger cannot be read.
            InvoicedError: the account could not be recognized.
        """
        return [self.period(period, run).status() for period, run in self._any.others()]
