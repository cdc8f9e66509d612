"""An emulated account with statements whose responses were lost, for tests of how they are settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Period, Statements

ARCHIVE = "archive@example.com"


@contextmanager
def an_account(customers: int = 5, **options: Any) -> Iterator[tuple[Emulator, Statements]]:
    """Yield an account in which customer 1 has the number CUST-00001 and the address 1@example.com, and so on."""
    with Emulator(**options) as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        for number in range(1, customers + 1):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield emulator, Statements(client.with_options(rate=10_000))


def send(period: Period, customers: list[int] | None = None, **content: Any) -> dict[int, str]:
    """Send statements, and return the outcomes by the ID of the customer."""
    plan = period.plan(customers or [1, 2, 3, 4, 5], type="open_item", bcc=ARCHIVE, **content)
    return {int(result.customer.id or 0): result.outcome for result in period.send(plan)}


def lose_responses(emulator: Emulator, *, sent: tuple[int, ...] = (2,), not_sent: tuple[int, ...] = (4,)) -> None:
    """Lose the responses to statements of these customers, which were sent or not."""
    for customer in sent:
        emulator.fail(f"POST /customers/{customer}/emails", connection="reset", committed=True)
    for customer in not_sent:
        emulator.fail(f"POST /customers/{customer}/emails", connection="reset")
