"""The entry point for all requests, from the server and from the adapter."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.http import http_date

from invoiced.display.escaping import one_line
from invoiced.emulator.errors import ApiError
from invoiced.emulator.faults.changes import Changes
from invoiced.emulator.protocol.delivery import NORMAL_DELIVERY, Delivery
from invoiced.emulator.protocol.responses import json_response, respond_safely
from invoiced.emulator.protocol.routes import sent_path
from invoiced.emulator.server import control
from invoiced.emulator.server.components import Components

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DELIVERY = "invoiced.delivery"
"""Key of the WSGI environment under which the gateway stores the `Delivery` for the server."""

_log = logging.getLogger(__name__)


PAGES = f"{control.PREFIX}pages/"
"""Start of the paths of the pages for a browser."""


class Gateway:
    """Dispatch of requests: to a page, to `control` if they concern the emulator, else by the fault rules to the API.

    `show_page` returns the page for a request and its path.
    """

    def __init__(self, components: Components, show_page: Callable[[Request, str], Response]) -> None:
        self.components = components
        self._show_page = show_page

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request as a WSGI application."""
        response, environ[DELIVERY] = self.respond(Request(environ))
        return response(environ, start_response)

    def respond(self, request: Request) -> tuple[Response, Delivery]:
        """Return the response to a request, and its delivery."""
        path = sent_path(request.environ)
        if path.startswith(PAGES) or _is_first_page(request, path):
            response = respond_safely(request, lambda: self._show_page(request, path))
            delivery = NORMAL_DELIVERY
        elif path.startswith(control.PREFIX):
            response = respond_safely(request, lambda: control.respond(self.components, request, path))
            delivery = NORMAL_DELIVERY
        else:
            response, delivery = self._respond(request, path)
        response.headers.setdefault("Date", http_date(self.components.clock()))
        return response, delivery

    def _respond(self, request: Request, path: str) -> tuple[Response, Delivery]:
        received = self.components.requests.add(request, path)
        exchange = self.components.application.begin(request, path)
        fault = None if exchange.is_refused else self.components.faults.apply(request, path)
        if not exchange.is_refused and (fault is None or fault.needs_response):
            done = self.components.application.respond(exchange)
            received.processed = done.status_code < 300 and not exchange.is_replay
        response, delivery = exchange.response, NORMAL_DELIVERY
        if fault is not None:
            try:
                self._apply_changes(fault.changes)
                response, delivery = fault.respond(exchange.response), fault.delivery
            except ApiError as error:
                response = json_response(error.status, error.body)
            received.fault = str(fault)
        assert response is not None
        if exchange.response is None and _is_of_api(response):
            exchange.response = response
        received.status = None if delivery.is_silent else response.status_code
        if not delivery.is_silent:
            self.components.requests.keep_response(received, response.get_data())
        return response, replace(delivery, end=partial(self.components.application.end, exchange))

    def _apply_changes(self, changes: Changes) -> None:
        """Apply changes scheduled by a test. `ApiError` 501 if a change fails, so that the test notices."""
        change: object = changes
        try:
            if callable(changes):
                changes()
            else:
                for change in changes:
                    self.components.application.apply(change)
        except Exception as error:
            message = f"The scheduled change {change} failed: {error}"
            _log.exception(one_line(message))
            raise ApiError(501, message) from error


def _is_first_page(request: Request, path: str) -> bool:
    """Return whether a browser asks for the first page, or for the icon of a PDF. Programs send an API key."""
    return (
        path in ("/", "/favicon.ico") and request.method in ("GET", "HEAD") and "Authorization" not in request.headers
    )


def _is_of_api(response: Response) -> bool:
    """Return whether a rule's response stands for one of the API, not of a proxy: JSON, and an error has a type."""
    body = response.get_json(silent=True) if response.is_json else None
    return body is not None and (response.status_code < 400 or (isinstance(body, dict) and "type" in body))
