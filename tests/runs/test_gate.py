"""The gate of a run, under clocks that run, stand still, jump and tick."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from clocks import CLOCKS, Clock, duration_of, every_clock

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs.gate import Gate
from invoiced.statements import Statements

EVERY_CLOCK = every_clock(past="2001-01-01")


@EVERY_CLOCK
def test_a_pause_ends_under_any_clock(clock: Clock) -> None:
    with clock():
        gate = Gate()
        gate.pause(0.3)
        assert 0.25 < duration_of(gate.passes) < 3


@EVERY_CLOCK
def test_a_pause_is_not_shorter_if_several_threads_wait_for_it(clock: Clock) -> None:
    with clock():
        gate = Gate()
        gate.pause(1.2)
        assert 1.1 < duration_of(*[gate.passes] * 16) < 5


@EVERY_CLOCK
def test_a_clock_that_is_changed_during_a_pause_does_not_prolong_it(clock: Clock) -> None:
    gate = Gate()
    gate.pause(0.3)
    with clock():
        assert duration_of(gate.passes) < 3
        gate.pause(0.3)
    assert duration_of(gate.passes) < 3


def test_time_in_which_nobody_waits_counts() -> None:
    gate = Gate()
    gate.pause(0.3)
    threading.Event().wait(0.35)
    assert duration_of(gate.passes) < 0.2


def test_the_longest_of_several_pauses_counts() -> None:
    gate = Gate()
    for seconds in (0.1, 0.4, 0.2):
        gate.pause(seconds)
    assert 0.35 < duration_of(gate.passes) < 3


def test_a_stopped_gate_lets_nobody_pass_at_once() -> None:
    gate, passed = Gate(), list[bool]()
    gate.pause(60)
    threading.Timer(0.1, gate.stop).start()
    assert duration_of(*[lambda: passed.append(gate.passes())] * 4) < 3
    assert passed == [False] * 4
    assert not gate.passes()


@EVERY_CLOCK
def test_runs_end_under_any_clock(clock: Clock, tmp_path: Any) -> None:
    def run() -> None:
        customers = [*client.Customer.all()]
        period = Statements(client).period("2026-11")
        outcomes.extend(each.outcome for each in period.send(period.plan(customers)))

    outcomes: list[str] = []
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url).with_options(rate=100) as client:
        for number in range(1, 4):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        with clock():
            duration_of(run)
    assert outcomes == ["sent"] * 3


@pytest.mark.parametrize("clock", [CLOCKS["freezegun"], CLOCKS["time-machine"]], ids=["freezegun", "time-machine"])
def test_a_run_that_the_api_asks_to_wait_ends_while_the_clock_is_frozen(clock: Clock) -> None:
    def run() -> None:
        period = Statements(client).period("2026-11")
        outcomes.extend(each.outcome for each in period.send(period.plan([1])))

    outcomes: list[str] = []
    with clock(), Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        client.Customer.create(name="Acme", email="billing@example.com")
        emulator.fail("POST /customers/1/emails", status=429, headers={"Retry-After": "1"})
        assert duration_of(run) < 10
    assert outcomes == ["sent"]
