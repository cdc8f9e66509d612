"""HTTP responses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from invoiced.display.escaping import one_line
from invoiced.emulator.errors import ApiError
from invoiced.emulator.values import exact_json

_log = logging.getLogger(__name__)

_JSON = "application/json"


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of compact JSON with names in alphabetical order; None is an empty response."""
    if body is None:
        return text_response(204, "", None, headers)
    return text_response(status, exact_json.dumps(body, separators=(",", ":"), sort_keys=True), _JSON, headers)


def text_response(
    status: int, text: str, content_type: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a text response, without a Content-Type if `content_type` is None."""
    response = Response(text, status_line(status), headers, content_type=content_type)
    if content_type is None:
        del response.headers["Content-Type"]
    if status == 204:
        del response.headers["Content-Length"]
    return response


def api_response(request: Request, response: Response) -> Response:
    """Return a response with what all responses of the API have: headers, and lines that are readable in curl."""
    response.headers["WWW-Authenticate"] = 'Basic realm="Invoiced"'
    response.headers["Cache-Control"] = "no-cache, no-store"
    for name in ("X-Request-Id", "X-Correlation-Id"):
        response.headers[name] = request.headers.get(name) or uuid4().hex
    if response.mimetype == _JSON and request.headers.get("User-Agent", "").startswith("curl"):
        response.set_data(exact_json.dumps(exact_json.loads(response.get_data()), indent=4))
    return response


def status_line(status: int) -> str:
    """Return a status with its name, such as `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def respond_safely(request: Request, respond: Callable[[], Response]) -> Response:
    """Return the response of `respond`, or an error response if it raises."""
    try:
        return respond()
    except Exception as error:
        return error_response(request, error)


def error_response(request: Request, error: Exception) -> Response:
    """Return the response to a request that failed."""
    if isinstance(error, HTTPException):
        error = ApiError(error.code or 400, error.description or error.name)
    if not isinstance(error, ApiError):
        _log.error("The emulator failed to process %s", one_line(f"{request.method} {request.path}"), exc_info=error)
        error = ApiError(500, "The emulator failed. See its log for the reason.")
    return json_response(error.status, error.body)
