"""The components of an emulator, which the gateway and the requests to the emulator itself share."""

from __future__ import annotations

from invoiced.emulator.api.application import Application
from invoiced.emulator.faults.faults import Faults
from invoiced.emulator.protocol.delivery import Waits
from invoiced.emulator.schedule.clock import Clock
from invoiced.emulator.server.request_log import RequestLog


class Components:
    """The API with its clock, the fault rules, the request log and the waits of callers."""

    def __init__(self, application: Application, clock: Clock, *, seed: int | None) -> None:
        self.application = application
        self.clock = clock
        self.faults = Faults(seed)
        self.requests = RequestLog()
        self.waits = Waits()

    def reset(self) -> None:
        """Remove all data, and end all waits."""
        self.application.reset()
        self.faults.reset()
        self.requests.clear()
        self.clock.reset()
        self.waits.end()
