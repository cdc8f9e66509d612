"""The public interface of the emulator."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from typing_extensions import Unpack

from invoiced.emulator.api.application import Application
from invoiced.emulator.errors import ApiError
from invoiced.emulator.events.deliveries import WEBHOOK_SECRET
from invoiced.emulator.faults.fault_schema import Rule
from invoiced.emulator.faults.faults import Fault
from invoiced.emulator.pages import pages_of
from invoiced.emulator.payments.balances import FIGURES
from invoiced.emulator.protocol.hosts import valid_name
from invoiced.emulator.records.account import Settings
from invoiced.emulator.sample.company import add_sample, has_sample
from invoiced.emulator.schedule.clock import Clock
from invoiced.emulator.server.adapter import EmulatorAdapter
from invoiced.emulator.server.components import Components
from invoiced.emulator.server.gateway import Gateway
from invoiced.emulator.server.request_log import RequestLog
from invoiced.emulator.server.server import Server
from invoiced.emulator.storage import private_files
from invoiced.emulator.storage.store import Store
from invoiced.emulator.storage.tokens import Tokens


class Emulator:
    """A stand-in for the Invoiced API on this machine.

    It listens between `start` and `stop`. Opened in a browser, its `url` shows what is in the account. Each customer's
    `statement_pdf_url` points to it, and anyone with the link can download a small PDF.

    Example:
        .. code-block:: python

            from invoiced.emulator import Emulator

            with Emulator() as emulator:
                client = invoiced.Client("any key", base_url=emulator.url)
                client.Customer.create(name="Acme")

    Args:
        host: name or address to listen on.
        port: port to listen on; 0 takes a free port.
        allowed_hosts: names, without a port, by which others reach the emulator, besides those that it knows: `host`,
            localhost and the addresses of this machine; and if it listens on more than these, every IP address and
            every name that nobody can register, such as emulator, emulator.local and emulator.internal. Over HTTP, a
            request with another `Host` is refused with 421.
        data: file for all data; by default, data is kept in memory. A missing file is created. It contains every write
            that was confirmed by a response, even if the process is killed. Only its owner can read it: the access of
            others to an existing file is removed.
        api_key: the only key accepted; None accepts any key.
        idempotency: whether a POST or a PATCH with an Idempotency-Key that was used in the last 24 hours gets the first
            response again, which the reference does not promise. False ignores all keys.
        documented_responses: whether the response to a statement is as the reference documents: an e-mail per recipient
            with `id`, `email` and `state`, and none is dropped. The service responds with one for the request, which is
            not sent yet and has none of these; and it drops a second one within 5 minutes.
        offset_paging: whether each page of a list starts at its offset, and total counts are current. By default, as on
            the service, a page in ID order starts behind the last ID of the page before, which is remembered for five
            minutes, like the total count.
        auto_apply_credits: whether the credit balance and open credit notes of a customer are applied to each invoice
            when it is issued, which is a setting of the account.
        after_subscription_nonpayment: "cancel" to cancel a subscription when AutoPay has failed to collect an invoice
            of it for the last time, which is a setting of the account.
        max_concurrency: number of requests that an API key can have in flight. More are refused with 429. None means
            any number.
        clock: function that returns the time in Unix seconds.
        webhook_secret: secret of all webhooks, which signs their events. The API tells no secrets: those of the service
            are in the settings of the account.
        seed: makes the IDs of e-mails, the links to statements and random faults repeatable for the same calls in the
            same order.

    Raises:
        OSError: `data` cannot be used, or is not a data file of the emulator.
        TypeError: `allowed_hosts` is a single text.
        ValueError: one of the other arguments is invalid.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
        data: str | PathLike[str] | None = None,
        api_key: str | None = None,
        idempotency: bool = True,
        max_concurrency: int | None = 20,
        documented_responses: bool = False,
        offset_paging: bool = False,
        auto_apply_credits: bool = False,
        after_subscription_nonpayment: Literal["cancel"] | None = None,
        webhook_secret: str = WEBHOOK_SECRET,
        clock: Callable[[], float] = time.time,
        seed: int | None = None,
    ) -> None:
        if isinstance(port, bool) or port not in range(65536):
            raise ValueError(f"invalid port {port!r} (expected 0 to 65535)")
        if isinstance(allowed_hosts, str):
            raise TypeError(f"Expected a list of allowed_hosts, got {allowed_hosts!r}.")
        self._host = host
        self._port = port
        self._allowed_hosts = [valid_name(name) for name in allowed_hosts]
        self._store = Store(None if data is None else Path(data))
        self._clock = Clock(clock)
        self._application = Application(
            self._store,
            self._clock,
            Tokens(seed),
            api_key=api_key,
            idempotency=idempotency,
            max_concurrency=max_concurrency,
            webhook_secret=webhook_secret,
            documented_responses=documented_responses,
            settings=Settings(auto_apply_credits, after_subscription_nonpayment),
            offset_paging=offset_paging,
        )
        self._clock.when_moved = lambda until: self._application.let_time_pass(self._origin, until, self._clock.pass_to)
        self._components = Components(self._application, self._clock, seed=seed)
        self._gateway = Gateway(self._components, pages_of(self._components, self.load_sample))
        self._server: Server | None = None

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> Emulator:
        """Start listening, unless the emulator is listening already.

        Returns:
            The emulator itself.

        Raises:
            OSError: the port is in use, or the data file cannot be used.
        """
        if self._server is None:
            self._server = Server(self._gateway, self._host, self._port, self._allowed_hosts)
            try:
                self._store.open()
            except OSError:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop listening and close the data file. All data is kept: the emulator can be started again."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._application.deliveries.clear()
        self._store.close()

    @property
    def url(self) -> str:
        """URL of the emulator, such as `http://127.0.0.1:8065`.

        Raises:
            RuntimeError: the emulator is not started.
        """
        if self._server is None:
            raise RuntimeError("The emulator is not started. Use `with Emulator() as emulator`.")
        return self._server.url

    @property
    def is_local(self) -> bool:
        """Whether the emulator is started, and only this machine can reach it."""
        return self._server is not None and self._server.is_local

    def adapter(self) -> EmulatorAdapter:
        """Return an adapter that serves sessions of `requests` in process. The emulator does not have to be started."""
        return EmulatorAdapter(self._gateway)

    @property
    def outbox(self) -> list[dict[str, Any]]:
        """The e-mails sent, in order, one per recipient, as a copy.

        Each has the documented fields of an Email (times are Unix seconds), the `message_id` that the response has,
        the ID of its `customer`, the list of `bcc` addresses, and `type`, `start`, `end`, `items` and `currency` of the
        statement, where given.
        """
        return self._application.outbox()

    def file_content(self, file_id: int) -> bytes:
        """Return the content of a file: what was sent, or what was at its URL when it was created.

        Args:
            file_id: ID of the file.

        Raises:
            LookupError: the file does not exist.
        """
        return self._application.file_content(file_id)

    def block(self, address: str) -> None:
        """Send no e-mails to an address any more, as the service does after a bounce or complaints.

        Args:
            address: the e-mail address, in any case.
        """
        self._application.block(address)

    def set_balance(
        self,
        customer: int,
        *,
        available_credits: float | Decimal | None = None,
        total_outstanding: float | Decimal | None = None,
        past_due: bool | None = None,
        due_now: float | Decimal | None = None,
        history: Sequence[dict[str, Any]] | None = None,
        currency: str | None = None,
    ) -> dict[str, Any]:
        """Set figures of a customer's balance, in place of those that follow from documents and credits.

        A figure that was set stands until it is set again, whatever is invoiced or paid in the meantime; figures that
        were never set follow from the documents. The filters of the list of customers see both. Credit that is only
        set can be seen, but not spent: use `CreditBalanceAdjustment.create` to grant it.

        Amounts are in units of the currency. New credits are added to the history, unless `history` is given.

        Args:
            customer: ID of the customer.
            available_credits: credit that can be used now.
            total_outstanding: amount that the customer owes.
            past_due: whether anything is past due.
            due_now: part of `total_outstanding` that is due now.
            history: entries of `timestamp` (Unix seconds), `currency` and `balance`, the newest first.
            currency: ISO 4217 code of the amounts; by default the customer's currency, or US dollars.

        Returns:
            The whole balance.

        Raises:
            LookupError: the customer does not exist.
            ValueError: a figure is invalid.
            TypeError: `customer` is not an ID.
        """
        if not isinstance(customer, int) or isinstance(customer, bool):
            raise TypeError(f"Expected a customer ID (an integer), got {customer!r}.")
        figures = {
            "available_credits": available_credits,
            "total_outstanding": total_outstanding,
            "past_due": past_due,
            "due_now": due_now,
            "history": None if history is None else list(history),
            "currency": currency,
        }
        try:
            return self._application.set_balance(customer, FIGURES.validate(figures))
        except ApiError as error:
            kind = LookupError if error.status == 404 else ValueError
            raise kind(error.message) from None

    def fail(self, request: str, **rule: Unpack[Rule]) -> Fault:
        """Add a rule that makes requests fail.

        Rules are matched in the order in which they were added, and only the first match is applied; later rules do not
        count the request. With a `status`, or a `connection` that sends no response, the API does not process the
        request, unless the rule is `committed`. All other effects change or delay the API's own response. Effects can
        be combined if a response is sent.

        Example:
            .. code-block:: python

                emulator.fail("POST /customers/*/emails", status=502, body="<html>", committed=True)

        Args:
            request: a method and a path: `*` is any method, or any single segment of the path; `**` at the end is any
                number of segments.
            **rule: the keys of `Rule`: query, times, skip, probability, committed, status, headers, body, connection,
                latency, drip, drip_head, cut and changes.

        Returns:
            The rule, whose `hits` count how often it was applied.

        Raises:
            ValueError: the rule has no effect, or an argument is invalid.
        """
        try:
            return self._components.faults.add({"request": request, **rule})
        except ApiError as error:
            raise ValueError(error.message) from None

    @property
    def faults(self) -> list[Fault]:
        """The rules, in the order in which they are matched."""
        return self._components.faults.rules()

    def clear_faults(self) -> None:
        """Remove all rules."""
        self._components.faults.clear()

    @property
    def requests(self) -> RequestLog:
        """The last 10,000 requests to the API, in order. The log grows with new requests; `clear()` empties it."""
        return self._components.requests

    @property
    def clock(self) -> Clock:
        """The emulator's clock: `emulator.clock.advance(days=31)` moves it, and does what has become due."""
        return self._clock

    @property
    def now(self) -> float:
        """The emulator's time in Unix seconds."""
        return self._clock()

    def set_time(self, moment: float | datetime) -> None:
        """Stop the clock at a time: `clock.set`."""
        self._clock.set(moment)

    def advance(self, seconds: float) -> None:
        """Move the clock by seconds, and do what is due by then: `clock.advance`."""
        self._clock.advance(seconds)

    def wait_for_webhooks(self, timeout: float = 60) -> None:
        """Wait until all webhooks are posted that are due by now, so that a test knows that none is on its way.

        A receiver that fails is named by a warning in the log, and gets the event again each hour.

        Example:
            .. code-block:: python

                client.Customer.create(name="Acme")
                emulator.wait_for_webhooks()  # now the receivers have customer.created

        Args:
            timeout: number of seconds.

        Raises:
            TimeoutError: a receiver has not responded yet; the message names its URL.
        """
        self._application.run_due_tasks(self._origin)
        if not self._application.deliveries.wait(timeout):
            urls = ", ".join(self._application.deliveries.urls)
            raise TimeoutError(f"After {timeout} seconds, webhooks are still being posted to {urls}.")

    @property
    def _origin(self) -> str:
        return self._server.url if self._server else "http://127.0.0.1"

    def snapshot(self, path: str | PathLike[str]) -> None:
        """Write all records, e-mails, balances, idempotency keys and counters to a file, as lines of JSON.

        Args:
            path: the file, which is overwritten. Only its owner can read it.
        """
        private_files.write(Path(path), self._application.snapshot())

    def load(self, path: str | PathLike[str]) -> None:
        """Replace all data with a file that `snapshot` wrote.

        Args:
            path: the file.

        Raises:
            ValueError: a line is invalid; the message names the first such line, and nothing is changed.
        """
        self._application.load(Path(path).read_bytes())

    @property
    def has_sample(self) -> bool:
        """Whether there is a sample company already, which `load_sample` has added."""
        return has_sample(self._application)

    def load_sample(self, customers: int = 200, *, seed: int = 7) -> None:
        """Add a sample company: a year of invoices, payments, credit notes, estimates and subscriptions until now.

        Some invoices are overdue or disputed. The company trades in several languages and currencies. All is made
        through the API, by a clock that goes through the year, and is the same for the same seed and day.

        Args:
            customers: number of customers.
            seed: number that decides what happens.

        Raises:
            ValueError: `customers` is not a positive number, or there is a sample already, or another record with the
                ID of one of the sample. Then nothing is changed.
        """
        add_sample(self._application, self._clock, customers=customers, seed=seed)

    def reset(self) -> None:
        """Remove all records, e-mails, balances and idempotency keys; IDs, the seed and the clock start again.

        The fault rules and the request log are cleared as well, and callers that wait for a response are released.
        """
        self._components.reset()
