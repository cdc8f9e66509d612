"""All that the emulator is, behind its two doors: the server and the adapter."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.http import http_date

from invoiced.emulator import control
from invoiced.emulator.answers import answered, json_answer
from invoiced.emulator.application import Application
from invoiced.emulator.changes import Changes
from invoiced.emulator.clock import Clock
from invoiced.emulator.delivery import AT_ONCE, Delivery, Waits
from invoiced.emulator.errors import ApiError
from invoiced.emulator.faults import Faults
from invoiced.emulator.request_log import RequestLog
from invoiced.emulator.routes import sent_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DELIVERY = "invoiced.delivery"
"""In the WSGI environment, once the gateway has answered: the `Delivery` that a server owes the answer."""

_log = logging.getLogger(__name__)


class Gateway:
    """Passes requests on: those to the emulator itself to `control`, the others past the rules to the API."""

    def __init__(self, application: Application, clock: Clock, *, seed: int | None) -> None:
        self.application = application
        self.clock = clock
        self.faults = Faults(seed)
        self.requests = RequestLog()
        self.waits = Waits()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as WSGI wants it."""
        response, environ[DELIVERY] = self.answer(Request(environ))
        return response(environ, start_response)

    def answer(self, request: Request) -> tuple[Response, Delivery]:
        """What is answered, and how it is to reach the caller."""
        path = sent_path(request.environ)
        if path.startswith(control.PREFIX):
            response, delivery = answered(request, lambda: control.answer(self, request, path)), AT_ONCE
        else:
            response, delivery = self._answer(request, path)
        response.headers.setdefault("Date", http_date(self.clock()))
        return response, delivery

    def reset(self) -> None:
        """Forget everything, and end what hangs or waits."""
        self.application.reset()
        self.faults.reset()
        self.requests.clear()
        self.clock.reset()
        self.waits.end()

    def _answer(self, request: Request, path: str) -> tuple[Response, Delivery]:
        received = self.requests.note(request, path)
        fault = self.faults.strike(request, path)
        response = None
        if fault is None or fault.needs_answer:
            response = answered(request, lambda: self.application.answer(request, path))
            received.carried_out = response.status_code < 300 and "Idempotent-Replayed" not in response.headers
        delivery = AT_ONCE
        if fault is not None:
            try:
                self._make(fault.changes)
                response, delivery = fault.answer(response), fault.delivery
            except ApiError as error:
                response = json_answer(error.status, error.body)
        assert response is not None
        received.status = None if delivery.is_silent else response.status_code
        return response, delivery

    def _make(self, changes: Changes) -> None:
        """Make changes that a test has scheduled. One that fails must not pass unnoticed: `ApiError` 501."""
        change: object = changes
        try:
            if callable(changes):
                changes()
            else:
                for change in changes:
                    self.application.make(change)
        except Exception as error:
            message = f"The scheduled change {change} failed: {error}"
            _log.exception(message)
            raise ApiError(501, message) from error
