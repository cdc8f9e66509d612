"""The emulator as programs and tests hold it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

from invoiced.emulator.adapter import EmulatorAdapter
from invoiced.emulator.application import Application
from invoiced.emulator.balances import FIGURES
from invoiced.emulator.errors import ApiError
from invoiced.emulator.server import Server
from invoiced.emulator.store import Store


class Emulator:
    """A stand-in for the Invoiced API on this machine.

        with Emulator() as emulator:
            client = invoiced.Client("any key", base_url=emulator.url)

    It listens on `host` and `port` (0: a free one) while it is started. Everything is kept in memory, or in
    the file `data`, which is made when missing and holds every write that was answered, even if the process
    is killed. `api_key` is the only key accepted; None accepts any. With `idempotency`, a write repeated with
    the same Idempotency-Key has its first answer again, which the reference does not promise. `clock` tells
    the Unix time in seconds.

    Raises `OSError` when `data` cannot be used, or is not a file of the emulator, and `ValueError` when `port`
    is none.
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
    ) -> None:
        if port not in range(65536):
            raise ValueError(f"A port is a number from 0 to 65535, not {port!r}.")
        self._host = host
        self._port = port
        self._store = Store(None if data is None else Path(data))
        self._application = Application(self._store, clock, api_key=api_key, idempotency=idempotency)
        self._server: Server | None = None

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> Emulator:
        """Starts to listen, if it does not yet; answers itself.

        Raises `OSError` when the port is taken or the data file cannot be used.
        """
        if self._server is None:
            self._server = Server(self._application, self._host, self._port)
            try:
                self._store.open()
            except OSError:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stops listening and closes the data file. Nothing is forgotten: it can be started again."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._store.close()

    @property
    def url(self) -> str:
        """Where it listens, such as "http://127.0.0.1:8065". Raises `RuntimeError` when it does not."""
        if self._server is None:
            raise RuntimeError("The emulator has no URL until it is started: use `with Emulator() as emulator`.")
        return self._server.url

    def adapter(self) -> EmulatorAdapter:
        """An adapter that answers sessions of `requests` in process. The emulator need not be started."""
        return EmulatorAdapter(self._application)

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
        """Sets figures of the balance of the customer with this ID and answers all of it; what is left out stays.

        Amounts are in units of `currency`: the customer's own when left out, else US dollars. New credits are
        entered in the history, unless it is given: entries of `timestamp` (Unix seconds), `currency` and
        `balance`, newest first. Raises `LookupError` when there is no such customer, `ValueError` when a figure
        cannot be one, and `TypeError` when `customer` is not an ID.
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

    def reset(self) -> None:
        """Forgets all records, e-mails, balances and idempotency keys; IDs start again."""
        self._application.reset()
