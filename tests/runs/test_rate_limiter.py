"""Tests of the rate limiter of a run, under clocks that run, stand still, jump and tick."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time

import invoiced
from invoiced.emulator import Emulator
from invoiced.imports import ContactImport
from invoiced.runs.rate_limiter import RateLimiter
from invoiced.statements import StatementDownload, StatementRun

Clock = Callable[[], AbstractContextManager[Any]]

CLOCKS: dict[str, Clock] = {
    "real": nullcontext,
    "freezegun": lambda: freeze_time("2026-11-30"),
    "freezegun in the past": lambda: freeze_time("2001-01-01"),
    "freezegun that ticks": lambda: freeze_time("2026-11-30", tick=True),
    "time-machine": lambda: time_machine.travel("2026-11-30", tick=False),
    "time-machine that ticks": lambda: time_machine.travel("2026-11-30"),
}
EVERY_CLOCK = pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS.keys())


@pytest.fixture
def client() -> Iterator[invoiced.Client]:
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        for number in range(1, 4):
            client.Customer.create(name=f"Customer {number}", number=f"A-{number}", email=f"{number}@example.com")
        yield client


def duration_of(function: Callable[[], object]) -> float:
    """Return the real seconds that a function takes. It fails after ten."""
    began = os.times().elapsed  # a clock that is never frozen
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it does not end"
    return os.times().elapsed - began


def take_turns(limiter: RateLimiter, count: int) -> None:
    for _ in range(count):
        with limiter.turn() as has_turn:
            assert has_turn


@EVERY_CLOCK
def test_requests_are_spaced_under_any_clock(clock: Clock) -> None:
    with clock():
        limiter = RateLimiter(50)
        assert 0.18 < duration_of(lambda: take_turns(limiter, 11)) < 2


@EVERY_CLOCK
def test_a_pause_ends_under_any_clock(clock: Clock) -> None:
    with clock():
        limiter = RateLimiter(None)
        limiter.pause(0.2)
        assert 0.18 < duration_of(lambda: take_turns(limiter, 1)) < 2


@EVERY_CLOCK
def test_a_clock_that_is_changed_during_a_pause_does_not_prolong_it(clock: Clock) -> None:
    limiter = RateLimiter(None)
    limiter.pause(0.3)
    with clock():
        assert duration_of(lambda: take_turns(limiter, 1)) < 2
        limiter.pause(0.3)
    assert duration_of(lambda: take_turns(limiter, 1)) < 2


def test_time_in_which_nobody_waits_counts() -> None:
    limiter = RateLimiter(5)
    take_turns(limiter, 1)
    threading.Event().wait(0.25)
    assert duration_of(lambda: take_turns(limiter, 1)) < 0.15


@EVERY_CLOCK
def test_runs_end_under_any_clock(clock: Clock, client: invoiced.Client, tmp_path: Path) -> None:
    def run() -> None:
        customers = [*client.Customer.all()]
        outcomes.extend(each.outcome for each in StatementRun(client, tmp_path / "s", rate=100).send(customers))
        rows = [{"customer_number": "A-1", "name": "Ann", "email": "ann@example.com"}]
        outcomes.extend(each.outcome for each in ContactImport(client, tmp_path / "c", rate=100).load(rows))
        download = StatementDownload(client, tmp_path / "d", period="2026-11", rate=100)
        outcomes.extend(each.outcome for each in download.fetch(customers))

    outcomes: list[str] = []
    with clock():
        duration_of(run)
    assert outcomes == ["sent"] * 3 + ["created"] + ["downloaded"] * 3


@pytest.mark.parametrize("clock", [CLOCKS["freezegun"], CLOCKS["time-machine"]], ids=["freezegun", "time-machine"])
def test_a_run_that_the_api_asks_to_wait_ends_while_the_clock_is_frozen(clock: Clock, tmp_path: Path) -> None:
    def run() -> None:
        outcomes.extend(each.outcome for each in StatementRun(client, tmp_path / "s", rate=None).send([1]))

    outcomes: list[str] = []
    with clock(), Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        client.Customer.create(name="Acme", email="billing@example.com")
        emulator.fail("POST /customers/1/emails", status=429, headers={"Retry-After": "1"})
        assert duration_of(run) < 10
    assert outcomes == ["sent"]


@pytest.mark.parametrize("day", ["2001-01-01", "2040-01-01"])
def test_the_wait_for_another_run_is_never_longer_than_the_api_requires(
    day: str, client: invoiced.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    list(StatementRun(client, tmp_path / "first", rate=None).send([1]))
    monkeypatch.setattr(RateLimiter, "pause", lambda _, seconds: pauses.append(seconds))
    with freeze_time(day):
        list(StatementRun(client, tmp_path / "second", rate=None).send([1]))
    assert max(pauses) <= 330
