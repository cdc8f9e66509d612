"""Ctrl-C while statements are sent: once, twice, and while results are shown. A real process is in tests/cli."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import execution
from invoiced.statements import Period, Statements

SEND = "POST /customers/*/emails"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def period(emulator: Emulator) -> Iterator[Period]:
    """Yield a period with a customer for each of ten e-mails, of which three are in flight at a time."""
    with invoiced.Client("any key", base_url=emulator.url) as client:
        for id in range(1, 11):
            client.Customer.create(name=f"Customer {id}", email=f"{id}@example.com")
        yield Statements(client.with_options(rate=10_000), concurrency=3).period("2026-11")


class Interrupts:
    """Ctrl-C at given waits for a result, once three requests have arrived. The wait after the last one lets them go.

    Until the first one, a run waits for a queue, and then for the requests themselves.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, *waits: int, answer: threading.Event
    ) -> None:
        self._emulator, self._waits, self._answer = emulator, waits, answer
        self._count, self._queue, self._wait = 0, SimpleQueue[Any](), execution.wait
        self.put = self._queue.put
        monkeypatch.setattr(execution, "SimpleQueue", lambda: self)
        monkeypatch.setattr(execution, "wait", self.wait)

    def get(self, timeout: float) -> Any:
        self._begin()
        return self._queue.get(timeout=timeout)

    def wait(self, *args: Any, **options: Any) -> Any:
        self._begin()
        return self._wait(*args, **options)

    def _begin(self) -> None:
        self._count += 1
        if self._count > max(self._waits):
            self._answer.set()
        if self._count in self._waits:
            wait_until(lambda: len(self._emulator.requests.to(SEND)) >= 3)
            raise KeyboardInterrupt


def test_ctrl_c_completes_requests_in_flight_and_yields_their_results(
    period: Period, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer = threading.Event()
    emulator.fail(SEND, changes=lambda: answer.wait(60) and None, times=3)
    Interrupts(monkeypatch, emulator, 1, answer=answer)
    outcomes = list[str]()
    with pytest.raises(KeyboardInterrupt):
        outcomes.extend(result.outcome for result in period.send(period.plan(range(1, 11))))
    assert outcomes == ["sent"] * 3
    assert period.status().counts == {"sent": 3, "to do": 7}
    assert "Stopping: 3 in flight, up to 60 s; again to leave them unknown." in caplog.messages
    period.run(period.plan(range(1, 11)))
    assert sorted(email["customer"] for email in emulator.outbox) == [*range(1, 11)]


def test_a_second_ctrl_c_leaves_requests_in_flight_unknown_at_once_and_a_late_response_still_counts(
    period: Period, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer = threading.Event()
    emulator.fail(SEND, changes=lambda: answer.wait(60) and None, times=3)
    Interrupts(monkeypatch, emulator, 1, 2, answer=answer)
    results = period.send(period.plan(range(1, 11)))
    with pytest.raises(KeyboardInterrupt):
        list(results)
    assert period.status().counts == {"to do": 7, "unknown": 3}
    assert "Left 3 in flight: they are unknown." in caplog.messages
    assert {result.reason for result in period.unknown()} == {"the run was interrupted before a response arrived"}
    answer.set()
    wait_until(lambda: period.status().counts == {"sent": 3, "to do": 7})
    assert len(emulator.requests.to(SEND)) == 3


def test_a_second_ctrl_c_may_come_while_the_first_is_reported(
    period: Period, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    emulator.fail(SEND, changes=lambda: answer.wait(60) and None, times=3)
    Interrupts(monkeypatch, emulator, 1, answer=answer)
    warning, calls = execution.logger.warning, list[Any]()

    def interrupted(*args: Any) -> None:
        warning(*args)
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(execution.logger, "warning", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(period.send(period.plan(range(1, 11))))
    assert period.status().counts == {"to do": 7, "unknown": 3}
    answer.set()
    wait_until(lambda: period.status().counts == {"sent": 3, "to do": 7})


def assert_all_results_are_yielded(period: Period, emulator: Emulator) -> None:
    numbers = list[Any]()
    with pytest.raises(KeyboardInterrupt):
        numbers.extend(result.customer.id for result in period.send(period.plan(range(1, 11))))
    assert sorted(map(int, numbers)) == sorted(email["customer"] for email in emulator.outbox)
    assert period.status().counts["sent"] == len(numbers) == 3


def test_ctrl_c_when_a_result_was_taken_loses_no_result(
    period: Period, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted:
        def __init__(self) -> None:
            self._queue = SimpleQueue[Any]()
            self.put = self._queue.put

        def get(self, timeout: float) -> Any:
            self._queue.get(timeout=timeout)
            raise KeyboardInterrupt

    monkeypatch.setattr(execution, "SimpleQueue", Interrupted)
    assert_all_results_are_yielded(period, emulator)


def test_ctrl_c_when_a_row_was_submitted_neither_hangs_nor_loses_a_result(
    period: Period, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, submitted = execution.Threads.submit, list[Any]()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def submit_interrupted(*args: Any) -> Any:
        submitted.append(submit(*args))
        if len(submitted) == 3:
            monkeypatch.setattr(submitted[-1], "add_done_callback", interrupted)
        return submitted[-1]

    monkeypatch.setattr(execution.Threads, "submit", submit_interrupted)
    monkeypatch.setattr("invoiced.runs.gate.Gate.stop", lambda _: None)  # otherwise the rows may not be sent any more
    assert_all_results_are_yielded(period, emulator)


def test_ctrl_c_while_a_result_is_shown_can_be_thrown_into_the_results(period: Period, emulator: Emulator) -> None:
    emulator.fail("POST /customers/2/emails", latency=0.5)
    results = period.send(period.plan(range(1, 11)))
    outcomes = [next(results).outcome]

    def interrupt() -> None:
        outcomes.append(results.throw(KeyboardInterrupt()).outcome)
        outcomes.extend(result.outcome for result in results)

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    counts = period.status().counts
    assert counts["sent"] == len(outcomes) == len(emulator.outbox)
    assert set(counts) == {"sent", "to do"}
