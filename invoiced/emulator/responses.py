"""HTTP responses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from invoiced.emulator import exact_json
from invoiced.emulator.errors import ApiError

_log = logging.getLogger(__name__)


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response. A text body is JSON already; None is an empty response."""
    if body is None:
        return text_response(204, "", None, headers)
    return text_response(status, body if isinstance(body, str) else exact_json.dumps(body), "application/json", headers)


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
    except ApiError as error:
        return json_response(error.status, error.body, error.headers)
    except HTTPException as error:
        status = error.code or 400
        return json_response(status, ApiError(status, error.description or error.name).body)
    except Exception:
        _log.exception("The emulator failed to process %s %s", request.method, request.path)
        return json_response(500, ApiError(500, "The emulator failed. See its log for the reason.").body)
