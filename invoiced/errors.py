"""The errors, and which outcome of a request becomes which.

::

    InvoicedError                    every error of a request
    ├── ApiConnectionError           no answer arrived
    │   └── ApiTimeoutError          no answer arrived in time
    ├── ApiError                     3xx, 5xx, or an answer that cannot be read
    ├── AuthenticationError          401
    ├── InvalidRequestError          400 and any other 4xx
    │   ├── NotFoundError            404, or find() found nothing
    │   ├── MultipleFoundError       find() found more than one
    │   └── PermissionDeniedError    403
    └── RateLimitError               429

A mistake that is seen before anything is sent (an empty id, NaN, a naive datetime) is a ValueError or a
TypeError, as everywhere in Python.
"""

import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .messages import Answer, Request, unix_time


class InvoicedError(Exception):
    """A request that did not succeed; the base of all errors of this library (chapter "Errors").

    Args:
        message: what went wrong, in words.
        **attributes: values of the fields below.
    """

    message: str
    """What went wrong, in words: the API's own where it gave any."""
    method: str = ""
    """HTTP method of the request."""
    path: str = ""
    """Path of the request, without its query."""
    status_code: int | None = None
    """Status of the answer; None if none arrived."""
    type: str | None = None
    """The API's class of error, such as `invalid_request`; None if it named none."""
    param: str | None = None
    """The parameter at fault; None if the API named none."""
    error: Any = None
    """Body of the answer: parsed JSON, or the text where it is not JSON; None if it is empty."""
    headers: Mapping[str, str] = {}
    """Headers of the answer; empty if none arrived."""
    idempotency_key: str | None = None
    """The Idempotency-Key that was sent; None if none was."""
    request_sent: bool | None = None
    """False: the request surely never reached the API. True: it was answered. None: unknown."""
    unknown_before: bool = False
    """Whether an earlier attempt of the same request may have been carried out, whatever the last one says."""
    advice: str = ""
    """What to look at, for those who read the message."""

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message)
        self.message = message
        vars(self).update(attributes)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the API may have carried out the request, although no answer says so.

        So it is when no answer arrived, when the API failed or redirected, when an answer of success cannot be read,
        and when any of it was so in an earlier attempt.
        """
        unknown = self.request_sent is None if self.status_code is None else not 400 <= self.status_code < 500
        return unknown or self.unknown_before

    @property
    def retry_after(self) -> float | None:
        """Seconds that the API asked to wait (header Retry-After); None if it did not ask."""
        asked = self.headers.get("Retry-After", "").strip()
        if seconds := re.match(r"[0-9]{1,300}(?=\s*(,|$))", asked):  # also where a proxy has sent it twice
            return float(seconds[0])
        until, answered = unix_time(asked), unix_time(self.headers.get("Date", ""))
        # Both by the API's clock, if it tells: the clock of this machine may be wrong.
        return None if until is None else max(0.0, until - (time.time() if answered is None else answered))

    def __str__(self) -> str:
        answered = f" was answered {self.status_code}" if self.status_code else ""
        request = f"{self.method} {self.path}{answered}: " if self.path else ""
        message = self.message.strip()
        if self.param and str(self.param) not in message:
            message = f"{message.rstrip('.')} (parameter {self.param})"
        key = f" (Idempotency-Key {self.idempotency_key})" if self.idempotency_key else ""
        unknown = f"It may have been carried out: look before you repeat it{key}." if self.outcome_unknown else ""
        effect = "It never reached the API: nothing was changed." if self.request_sent is False else unknown
        effect = "" if self.method in {"", "GET", "HEAD"} else effect
        stop = "." if request and message[-1:] not in ".!?" else ""
        return " ".join(filter(None, [request + message + stop, self.advice, effect]))


class ApiConnectionError(InvoicedError):
    """No answer arrived. `request_sent` tells whether the request may have reached the API."""


class ApiTimeoutError(ApiConnectionError):
    """No answer arrived in time. `request_sent` tells whether the request may have reached the API."""


class ApiError(InvoicedError):
    """The API failed (5xx), redirected (3xx: never followed), or answered what cannot be read."""


class AuthenticationError(InvoicedError):
    """401: the API key or access token is missing or wrong."""

    advice = "Check the API key; production and the sandbox have keys of their own."


class InvalidRequestError(InvoicedError):
    """400 or any other 4xx: the API refused the request and changed nothing."""


class NotFoundError(InvalidRequestError):
    """404: no such record. Also raised by find() when nothing matches."""


class MultipleFoundError(InvalidRequestError):
    """More than one record matches what find() was asked for."""


class PermissionDeniedError(InvalidRequestError):
    """403: the key is valid but may not do this."""


class RateLimitError(InvoicedError):
    """429: too many requests. `retry_after` tells the seconds to wait before it is repeated, or None."""


ErrorBase = InvoicedError
"""The name that InvoicedError had in older versions."""

_CLASSES = {401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError, 429: RateLimitError}


Outcome = Answer | ApiConnectionError
"""What came of one attempt."""


def error_for(outcome: Outcome, request: Request, due: str | None = None) -> InvoicedError:
    """The error for an outcome that is no success: no answer, one that is not 2xx, or not the JSON that is `due`."""
    error = _for_answer(outcome, due) if isinstance(outcome, Answer) else outcome
    error.method, error.path, error.idempotency_key = (
        request.method,
        request.path,
        request.headers.get("Idempotency-Key"),
    )
    return error


def _for_answer(answer: Answer, due: str | None) -> InvoicedError:
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        body = answer.content.decode(errors="replace") or None
    fields = body if isinstance(body, dict) else {}
    message = str(fields.get("message") or "").strip()
    if due:
        received = answer.headers.get("Content-Type", "of no type") if answer.content else "nothing"
        message = f"{due} was due, but the answer is {answer.flaw or received}. Did it come from the API?"
    elif not message:
        explanation = "redirects are never followed" if 300 <= answer.status_code < 400 else "the answer has no message"
        message = f"{answer.reason or _phrase(answer.status_code)} ({explanation})"
    default = InvalidRequestError if 400 <= answer.status_code < 500 else ApiError
    error = _CLASSES.get(answer.status_code, default)(message)
    error.type, error.param, error.request_sent = fields.get("type"), fields.get("param"), True
    error.status_code, error.headers, error.error = answer.status_code, answer.headers, body
    return error


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "Failure"
