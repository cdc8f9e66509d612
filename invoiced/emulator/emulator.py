"""The emulator as programs and tests hold it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any
from uuid import uuid4

from typing_extensions import Unpack

from invoiced.emulator.adapter import EmulatorAdapter
from invoiced.emulator.application import Application
from invoiced.emulator.balances import FIGURES
from invoiced.emulator.clock import Clock
from invoiced.emulator.errors import ApiError
from invoiced.emulator.fault_schema import Rule
from invoiced.emulator.faults import Fault
from invoiced.emulator.gateway import Gateway
from invoiced.emulator.request_log import RequestLog
from invoiced.emulator.server import Server
from invoiced.emulator.store import Store
from invoiced.emulator.tokens import Tokens


class Emulator:
    """A stand-in for the Invoiced API on this machine.

    It listens while it is started. Each customer's `statement_pdf_url` leads to it, and it gives a small PDF to whoever
    has the link.

    Example:
        .. code-block:: python

            from invoiced.emulator import Emulator

            with Emulator() as emulator:
                client = invoiced.Client("any key", base_url=emulator.url)
                client.Customer.create(name="Acme")

    Args:
        host: name or address that it listens on.
        port: port that it listens on; 0 is a free one.
        data: file that keeps everything; without it, memory does. It is made when missing and holds every write that
            was answered, even if the process is killed.
        api_key: the only key accepted; None accepts any.
        idempotency: whether a write repeated with the same Idempotency-Key has its first answer again, which the
            reference does not promise.
        clock: tells the time in Unix seconds.
        seed: with it, the IDs of e-mails, the addresses of statements and the chance of faults are the same for the
            same calls in the same order.

    Raises:
        OSError: `data` cannot be used, or is not a file of the emulator.
        ValueError: `port` or `seed` is none.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data: str | PathLike[str] | None = None,
        api_key: str | None = None,
        idempotency: bool = True,
        clock: Callable[[], float] = time.time,
        seed: int | None = None,
    ) -> None:
        if isinstance(port, bool) or port not in range(65536):
            raise ValueError(f"A port is a number from 0 to 65535, not {port!r}.")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ValueError(f"A seed is a whole number, not {seed!r}.")
        self._host = host
        self._port = port
        self._store = Store(None if data is None else Path(data))
        self._clock = Clock(clock)
        self._application = Application(
            self._store, self._clock, Tokens(seed), api_key=api_key, idempotency=idempotency
        )
        self._gateway = Gateway(self._application, self._clock, seed=seed)
        self._server: Server | None = None

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> Emulator:
        """Start to listen, unless it does.

        Returns:
            The emulator itself.

        Raises:
            OSError: the port is taken, or the data file cannot be used.
        """
        if self._server is None:
            self._server = Server(self._gateway, self._host, self._port)
            try:
                self._store.open()
            except OSError:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop listening and close the data file. Nothing is forgotten: it can be started again."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._store.close()

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8065`.

        Raises:
            RuntimeError: it does not listen.
        """
        if self._server is None:
            raise RuntimeError("The emulator has no URL until it is started: use `with Emulator() as emulator`.")
        return self._server.url

    def adapter(self) -> EmulatorAdapter:
        """Make an adapter that answers sessions of `requests` in process. The emulator need not be started."""
        return EmulatorAdapter(self._gateway)

    @property
    def outbox(self) -> list[dict[str, Any]]:
        """The e-mails sent, in order; yours to change.

        Each has the fields of an Email (times are Unix seconds), the ID of its `customer`, the list of `bcc`
        addresses, and `type`, `start`, `end` and `items` of the statement, where given.
        """
        return self._application.outbox()

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
        """Set figures of the balance of a customer; what is left out stays.

        Amounts are in units of the currency. New credits are entered in the history, unless it is given.

        Args:
            customer: ID of the customer.
            available_credits: credit that can be used now.
            total_outstanding: what the customer owes.
            past_due: whether anything is past due.
            due_now: the part of it that is due now.
            history: entries of `timestamp` (Unix seconds), `currency` and `balance`, the newest first.
            currency: ISO 4217 code of the amounts; without it, the customer's own, else US dollars.

        Returns:
            All of the balance.

        Raises:
            LookupError: there is no such customer.
            ValueError: a figure cannot be one.
            TypeError: `customer` is not an ID.
        """
        if not isinstance(customer, int) or isinstance(customer, bool):
            raise TypeError(f"Give the customer's ID, a whole number, not {customer!r}.")
        figures = {
            "available_credits": available_credits,
            "total_outstanding": total_outstanding,
            "past_due": past_due,
            "due_now": due_now,
            "history": None if history is None else list(history),
            "currency": currency,
        }
        try:
            return self._application.set_balance(customer, FIGURES.checked(figures))
        except ApiError as error:
            kind = LookupError if error.status == 404 else ValueError
            raise kind(error.message) from None

    def fail(self, request: str, **rule: Unpack[Rule]) -> Fault:
        """Add a rule by which requests fail.

        Rules are tried in the order in which they were added, and the first that strikes is the only one; those behind
        it do not see the request. With a `status`, or a `connection` that sends no answer, the API does not carry out
        the request, unless it is `committed`. All other effects change or delay the API's own answer. They can be
        combined where there is an answer to have them.

        Example:
            .. code-block:: python

                emulator.fail("POST /customers/*/emails", status=502, body="<html>", committed=True)

        Args:
            request: a method and a path: `*` is any method, or any one segment of the path, and `**` at the end is any
                rest.
            **rule: those of `Rule`: query, times, skip, probability, committed, status, headers, body, connection,
                latency, drip, drip_head, cut and changes.

        Returns:
            The rule, whose `hits` tell how often it struck.

        Raises:
            ValueError: there is no effect, or an argument cannot be what it is.
        """
        try:
            return self._gateway.faults.add({"request": request, **rule})
        except ApiError as error:
            raise ValueError(error.message) from None

    @property
    def faults(self) -> list[Fault]:
        """The rules, in the order in which they are tried."""
        return self._gateway.faults.rules()

    def clear_faults(self) -> None:
        """Remove all rules."""
        self._gateway.faults.clear()

    @property
    def requests(self) -> RequestLog:
        """The last 10,000 requests to the API, in order. It grows while requests come; `clear()` empties it."""
        return self._gateway.requests

    @property
    def now(self) -> float:
        """The emulator's time in Unix seconds."""
        return self._clock()

    def set_time(self, moment: float | datetime) -> None:
        """Stop the clock.

        Args:
            moment: Unix seconds, or a time with a time zone.

        Raises:
            ValueError: it is none.
        """
        self._clock.set(moment)

    def advance(self, seconds: float) -> None:
        """Move the clock, whether it goes or not.

        Args:
            seconds: how far; back if they are negative.

        Raises:
            ValueError: they are no number, or lead out of the years 1970 to 9999.
        """
        self._clock.advance(seconds)

    def snapshot(self, path: str | PathLike[str]) -> None:
        """Write all records, e-mails, balances, idempotency keys and counters to a file, as lines of JSON.

        Args:
            path: the file, which is replaced.
        """
        beside = Path(f"{path}.{uuid4().hex}")
        beside.write_text(self._application.snapshot(), encoding="utf-8", newline="\n")
        beside.replace(path)

    def load(self, path: str | PathLike[str]) -> None:
        """Replace all of these by what a file holds that `snapshot` wrote.

        Args:
            path: the file.

        Raises:
            ValueError: a line cannot be read, the first of which is named; then nothing is changed.
        """
        self._application.load(Path(path).read_bytes())

    def reset(self) -> None:
        """Forget all records, e-mails, balances and idempotency keys; IDs start again.

        So do the seed and the clock. Rules for faults and the requests that came are forgotten, too, and who
        still waits for an answer is released.
        """
        self._gateway.reset()
