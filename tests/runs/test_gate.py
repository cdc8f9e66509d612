"""Pauses that all threads of a run share."""

from __future__ import annotations

import threading
import time

import pytest

from invoiced.runs.gate import Gate


def passed(gate: Gate, count: int) -> list[tuple[bool, float]]:
    """Return whether each of some threads may pass, and after how many seconds."""
    results, start = list[tuple[bool, float]](), time.perf_counter()

    def pass_gate() -> None:
        results.append((gate.passes(), time.perf_counter() - start))

    threads = [threading.Thread(target=pass_gate) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_a_pause_is_as_long_as_it_was_asked_for_however_many_threads_wait() -> None:
    gate = Gate()
    gate.pause(1.2)
    results = passed(gate, 8)
    assert [may_pass for may_pass, _ in results] == [True] * 8
    assert min(seconds for _, seconds in results) > 1.1


def test_a_pause_ends_even_if_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, now = Gate(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    gate.pause(0.6)
    assert passed(gate, 3)[-1][0]


def test_a_longer_pause_is_not_shortened_by_a_shorter_one_and_a_stop_ends_it_for_all_threads() -> None:
    gate = Gate()
    gate.pause(60)
    gate.pause(0)
    threading.Timer(0.2, gate.stop).start()
    assert [may_pass for may_pass, _ in passed(gate, 4)] == [False] * 4
