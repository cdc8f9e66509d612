"""SIGINT, SIGTERM and SIGHUP, which all stop a run in the same way."""

from __future__ import annotations

import inspect
import os
import signal
import threading
from collections.abc import Generator, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Stopped(KeyboardInterrupt):
    """A signal that stops the command, with the exit status of a program that the signal ended."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


class StopSignals:
    """A context manager in which these signals raise `Stopped`, like Ctrl-C.

    Signals that the program was started to ignore, as by `nohup`, stay ignored. A third signal ends the program at
    once.
    """

    def __init__(self) -> None:
        self._previous = dict[int, Any]()
        self._received, self._deferred = list[int](), list[int]()
        self._defers = self._has_ended = False

    @property
    def is_impatient(self) -> bool:
        """Whether a second signal was received, so that what is in flight is not waited for."""
        return len(self._received) > 1

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def results(self, results: Generator[T, None, None]) -> Iterator[T]:
        """Yield the results of a run. A signal that arrives while a result is shown takes effect with the next one.

        So it interrupts neither a line nor a progress bar, and the run always learns of it. Afterwards, further signals
        are ignored: the summary is on its way.
        """
        try:
            while True:
                try:
                    result = self._next(results)
                except StopIteration:
                    return
                yield result
        finally:
            self._defers, self._has_ended = False, True

    def _next(self, results: Generator[T, None, None]) -> T:
        self._defers = False
        try:
            return results.throw(Stopped(self._deferred.pop(0))) if self._deferred else next(results)
        except Stopped as stopped:
            if inspect.getgeneratorstate(results) == inspect.GEN_CLOSED:
                raise  # the run was stopped
            return results.throw(stopped)  # it arrived outside of the run
        finally:
            self._defers = True

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received.append(number)
        if len(self._received) > 2:
            os._exit(128 + number)
        if self._defers:
            self._deferred.append(number)
        elif not self._has_ended:
            raise Stopped(number)
