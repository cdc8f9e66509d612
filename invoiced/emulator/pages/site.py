"""The pages in a browser: which path is which page, and what keeps others out.

What records say is escaped; a page loads nothing from elsewhere, runs no scripts but its own file, and cannot be shown
within a page of another site. A form sends a token that only the pages of this process have.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from invoiced.display.escaping import one_line
from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages import data, faults, messages, overview, records, requests, webhooks
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.protocol.hosts import check_host
from invoiced.emulator.protocol.routes import match
from invoiced.emulator.server.components import Components
from invoiced.emulator.server.gateway import PAGES
from invoiced.emulator.values.excerpts import excerpt

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without any, a browser would not say from which site a form comes
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TYPES = {"pages.css": "text/css", "pages.js": "text/javascript", "icon.svg": "image/svg+xml"}


_LOGGER = logging.getLogger("invoiced.emulator")


class Site:
    """The pages of an emulator. `load_sample` adds a sample company with a number of customers."""

    def __init__(self, components: Components, load_sample: Callable[[int], None]) -> None:
        self._components = components
        self._load_sample = load_sample
        self._token = secrets.token_urlsafe()

    def respond(self, request: Request, path: str) -> Response:
        """Return the page of a path, or a page that says what is wrong."""
        visit = Visit(self._components, request, self._token, self._load_sample)
        try:
            response = self._respond(visit, path)
        except ApiError as error:
            response = visit.show("error.html", error.status, message=error.message)
        except Exception as error:  # a snapshot may have anything in place of anything
            _LOGGER.exception(one_line(f"The page {path} cannot be shown."))
            response = visit.show("error.html", 500, message=f"This page cannot be shown: {excerpt(str(error))}")
        finally:
            request.close()  # the file of a form
        response.headers.update(_HEADERS)
        return response

    def _respond(self, visit: Visit, path: str) -> Response:
        check_host(visit.request)
        page, segments = match(_PATHS, visit.request.method, path)
        if visit.request.method == "POST":
            if not hmac.compare_digest(visit.request.form.get("token", "").encode(), self._token.encode()):
                raise ApiError(403, "This form is not valid any more. Go back, and reload the page.")
            return _call(page, visit, segments)
        etag = self._etag(visit)
        if visit.request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        response = _call(page, visit, segments)
        response.headers["ETag"] = etag
        return response

    def _etag(self, visit: Visit) -> str:
        """Return what changes whenever a page may change."""
        components = self._components
        state = (
            self._token,
            visit.request.full_path,
            components.application.changes(),
            components.requests.received,
            [(rule.number, rule.hits) for rule in components.faults.rules()],
            int(components.clock()) // 60,
        )
        return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


def _call(page: Callable[..., Response], visit: Visit, segments: Mapping[str, str]) -> Response:
    """Return a page. `ApiError` 404 if a part of its path should be a number and is none."""
    arguments: dict[str, Any] = {**segments}
    if "number" in segments:
        if not re.fullmatch("[0-9]{1,18}", segments["number"]):
            raise ApiError(404, f"There is no page {visit.request.path}.")
        arguments["number"] = int(segments["number"])
    return page(visit, **arguments)


def _static(visit: Visit, name: str) -> Response:
    """Return the style sheet, or the script."""
    if name not in _TYPES:
        raise ApiError(404, f"There is no file {name}.")
    content = (resources.files("invoiced.emulator.pages") / "static" / name).read_bytes()
    return Response(content, content_type=f"{_TYPES[name]}; charset=utf-8")


_PATHS = Map(
    [
        Rule(path if path.startswith("/") else f"{PAGES}{path}", methods=[method], endpoint=page)
        for method, path, page in (
            ("GET", "/", overview.show_overview),
            ("POST", "clock", overview.move_clock),
            ("GET", "outbox", messages.show_outbox),
            ("POST", "outbox/empty", messages.empty_outbox),
            ("GET", "outbox/<message_id>", messages.show_message),
            ("GET", "webhooks", webhooks.show_webhooks),
            ("GET", "webhooks/<number>", webhooks.show_attempt),
            ("POST", "webhooks/<number>", webhooks.deliver_again),
            ("GET", "requests", requests.show_requests),
            ("POST", "requests/clear", requests.clear_requests),
            ("GET", "requests/<number>", requests.show_request),
            ("GET", "faults", faults.show_faults),
            ("POST", "faults", faults.add_fault),
            ("POST", "faults/<number>/remove", faults.remove_fault),
            ("GET", "data", data.show_data),
            ("POST", "data/reset", data.reset),
            ("POST", "data/sample", data.load_sample),
            ("GET", "data/snapshot", data.save_snapshot),
            ("POST", "data/snapshot", data.load_snapshot),
            ("GET", "pdf", records.show_pdf),
            ("GET", "static/<name>", _static),
            ("GET", "/favicon.ico", lambda visit: _static(visit, "icon.svg")),
            ("GET", "<path>", records.show_list),
            ("GET", "<path>/<record_id>", records.show_record),
        )
    ],
    merge_slashes=False,
)
