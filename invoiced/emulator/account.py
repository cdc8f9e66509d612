"""The account that the emulator stands in for, as the API and the tests that use it share it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from invoiced.emulator.balances import set_balance
from invoiced.emulator.lists import PageOrder
from invoiced.emulator.store import Record, Store


class Account:
    """Its records in `store`, and what time it is: `clock` tells the Unix time in seconds."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.store = store
        self.page_order = PageOrder()
        self._clock = clock

    @property
    def now(self) -> int:
        """Unix time in whole seconds."""
        return int(self._clock())

    def outbox(self) -> list[Record]:
        """The e-mails sent, in order."""
        with self.store.transaction():
            return self.store.outbox()

    def empty_outbox(self) -> None:
        with self.store.transaction():
            self.store.empty_outbox()

    def set_balance(self, customer_id: int, figures: dict[str, Any]) -> Record:
        """Changes figures of a balance, answers all of it. `ApiError` 404 when there is no such customer."""
        with self.store.transaction():
            return set_balance(self.store, customer_id, self.now, figures)

    def reset(self) -> None:
        """Forgets everything."""
        with self.store.transaction():
            self.store.forget()
            self.page_order.forget()
