"""What a run does when the API no longer responds clearly, so that an outage costs few unknown rows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from invoiced import InvoicedError, backoff
from invoiced.display.escaping import one_line

from .errors import RunStopped
from .gate import Gate

logger = logging.getLogger("invoiced")

ONE_AT_A_TIME, PAUSE, STOP = 3, 5, 10
"""Numbers of ambiguous responses in a row after which a run sends one request at a time, pauses, and stops."""

MAX_SECONDS = 300
"""Seconds of pauses in a row after which a run stops."""


class OutageGuard:
    """Counts the ambiguous responses in a row. A clear response, even an error of one row, ends the count.

    Args:
        probe: sends a request that changes nothing.
        gate: the gate of the run, whose pauses are waited for.
    """

    def __init__(self, probe: Callable[[], object], gate: Gate) -> None:
        self._probe, self._gate = probe, gate
        self._reset()

    def count(self, *, ambiguous: bool) -> None:
        """Count a response."""
        if ambiguous:
            self._in_a_row += 1
        else:
            self._reset()

    def limit(self, concurrency: int) -> int:
        """Return how many requests may be in flight."""
        return 1 if self._in_a_row >= ONE_AT_A_TIME else concurrency

    @property
    def has_to_pause(self) -> bool:
        """Whether the next request has to wait until the API is back."""
        return self._in_a_row >= self._pause_at

    def wait_until_back(self) -> None:
        """Pause, and send requests that change nothing until the API responds.

        Raises:
            RunStopped: it did not respond for 5 minutes, or it responds, but not clearly to the requests of the run.
        """
        if self._in_a_row >= STOP:
            raise RunStopped(
                f"The run stopped: {self._in_a_row} responses in a row did not say whether their requests were "
                "processed, although the API responds to others. Run again later to continue."
            )
        logger.warning(
            "%d responses in a row did not say whether their requests were processed. The run pauses until the API "
            "responds, for at most %d s.",
            self._in_a_row,
            MAX_SECONDS,
        )
        while self._has_to_wait():
            try:
                self._probe()
                break
            except InvoicedError as error:
                if error.status_code is not None and error.status_code < 500 and error.status_code != 429:
                    break
                logger.info("The API does not respond yet: %s", one_line(error.message))
        self._pause_at = self._in_a_row + 1

    def _has_to_wait(self) -> bool:
        """Wait, longer each time. Return False if the run was stopped meanwhile."""
        self._probes += 1
        seconds = backoff(self._probes, base=2, cap=60)
        self._waited += seconds
        if self._waited > MAX_SECONDS:
            raise RunStopped(f"The run stopped: the API has not responded for {MAX_SECONDS} s. Run again later.")
        self._gate.pause(seconds)
        return self._gate.passes()

    def _reset(self) -> None:
        self._in_a_row, self._pause_at = 0, PAUSE
        self._probes, self._waited = 0, 0.0
