"""The API drops a second statement to the same customer within 5 minutes, without an error: a run waits that long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from math import inf
from typing import Any

import pytest
from freezegun import freeze_time

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Period, Statements

NOW = 1_795_000_000


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that drops statements, as the service does."""
    with Emulator() as emulator:
        emulator.set_time(NOW)
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url).with_options(rate=inf) as client:
        for number in range(1, 4):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield client


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Iterator[list[float]]:
    """Let a pause only change the clocks of this program and of the API, and record it."""
    recorded: list[float] = []
    with freeze_time() as clock:
        clock.move_to(datetime.fromtimestamp(NOW, timezone.utc))

        def pause(_: object, seconds: float) -> None:
            recorded.append(seconds)
            clock.tick(seconds)
            emulator.advance(seconds)

        monkeypatch.setattr("invoiced.runs.gate.Gate.pause", pause)
        yield recorded


def send(period: Period, *recipients: Any, **options: Any) -> dict[str, int]:
    return dict(period.run(period.plan([*recipients], **options)).counts)


def addressees(emulator: Emulator) -> list[int]:
    return [email["customer"] for email in emulator.outbox]


def test_a_second_run_waits_until_the_api_sends_its_statements(
    client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    statements = Statements(client)
    send(statements.period("2026-11"), 1, 2)
    send(statements.period("2026-12"), 1, 2)
    assert pauses == [0, 330]
    assert sorted(addressees(emulator)) == [1, 1, 2, 2]


def test_other_customers_and_other_templates_do_not_wait(
    client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    statements = Statements(client)
    send(statements.period("2026-11"), 1, 2)
    send(statements.period("2026-12"), 3)
    send(statements.period("2026-12", "reminder"), 1, template="reminder")
    assert pauses == [0, 0, 0]
    assert sorted(addressees(emulator)) == [1, 1, 2, 3]


def test_a_statement_that_is_sent_again_waits_for_the_first_one(
    client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    period = Statements(client).period("2026-11")
    send(period, 1, 2)
    send(period, 1, again="wrong amount")
    assert pauses == [0, 330]
    assert sorted(addressees(emulator)) == [1, 1, 2]


def test_a_session_does_not_wait_for_another_one_of_the_same_run(
    client: invoiced.Client, emulator: Emulator, pauses: list[float]
) -> None:
    period, other = Statements(client).period("2026-11"), Statements(client).period("2026-11")
    plan = period.plan([1, 2, 3])
    send(other, 1, 2)
    assert {result.customer.id: result.outcome for result in period.send(plan)} == {1: "sent", 2: "sent", 3: "sent"}
    assert pauses == [0, 0]
    assert sorted(addressees(emulator)) == [1, 2, 3]


@pytest.mark.parametrize("days", [-1000, 1000])
def test_a_wait_is_never_longer_than_the_api_requires_nor_negative(
    days: int, client: invoiced.Client, pauses: list[float]
) -> None:
    statements = Statements(client)
    send(statements.period("2026-11"), 1)
    with freeze_time(datetime.fromtimestamp(NOW, timezone.utc) + timedelta(days=days)):
        send(statements.period("2026-12"), 1)
    assert pauses == [0, 330 if days < 0 else 0]
