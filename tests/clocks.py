"""Clocks that run, stand still, jump and tick, and the real time that something takes under them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time

Clock = Callable[[], AbstractContextManager[Any]]

CLOCKS: dict[str, Clock] = {
    "real": nullcontext,
    "freezegun": lambda: freeze_time("2026-11-30"),
    "freezegun that ticks": lambda: freeze_time("2026-11-30", tick=True),
    "time-machine": lambda: time_machine.travel("2026-11-30", tick=False),
    "time-machine that ticks": lambda: time_machine.travel("2026-11-30"),
}


def every_clock(past: str) -> pytest.MarkDecorator:
    """Return the parameters of a test with each clock, and with one that stands still on a day in the past."""
    clocks: dict[str, Clock] = {**CLOCKS, "freezegun in the past": lambda: freeze_time(past)}
    return pytest.mark.parametrize("clock", clocks.values(), ids=clocks.keys())


def duration_of(*functions: Callable[[], object]) -> float:
    """Return the real seconds that functions take in threads. It fails after ten."""
    began = os.times().elapsed  # a clock that is never frozen
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive(), "it does not end"
    return os.times().elapsed - began
