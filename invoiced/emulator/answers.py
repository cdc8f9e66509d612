"""Answers as HTTP has them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from invoiced.emulator import exact
from invoiced.emulator.errors import ApiError

_log = logging.getLogger(__name__)


def json_answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as JSON, unless it is JSON already. None is no body at all."""
    if body is None:
        return text_answer(204, "", None, headers)
    return text_answer(status, body if isinstance(body, str) else exact.written(body), "application/json", headers)


def text_answer(status: int, text: str, content_type: str | None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of any text. A `content_type` of None is none at all."""
    response = Response(text, status_line(status), headers, content_type=content_type)
    if content_type is None:
        del response.headers["Content-Type"]
    if status == 204:
        del response.headers["Content-Length"]
    return response


def status_line(status: int) -> str:
    """A status and its name. One that HTTP does not know has none."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def answered(request: Request, answer: Callable[[], Response]) -> Response:
    """What `answer` answers, or what says that it refused or failed."""
    try:
        return answer()
    except ApiError as error:
        return json_answer(error.status, error.body, error.headers)
    except HTTPException as error:
        status = error.code or 400
        return json_answer(status, ApiError(status, error.description or error.name).body)
    except Exception:
        _log.exception("The emulator failed to answer %s %s", request.method, request.path)
        return json_answer(500, ApiError(500, "The emulator failed; its log says why.").body)
