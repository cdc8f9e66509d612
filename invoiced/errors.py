"""The errors, and which outcome of a request becomes which.

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

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import responses as reasons
from typing import Any

import requests
import urllib3.exceptions

from .messages import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class InvoicedError(Exception):
    """A request that did not succeed. Base of all errors of this library (chapter "Errors").

    Attributes:
        message: what went wrong, in words: the API's own where it gave any.
        method, path: the request, without its query.
        status_code: status of the answer; None if none arrived.
        type: the API's class of error, such as `invalid_request`; None if it named none.
        param: the parameter at fault; None if the API named none.
        error: the body of the answer: parsed JSON, or the text where it is not JSON; None if it is empty.
        headers: headers of the answer; empty if none arrived.
        idempotency_key: the Idempotency-Key that was sent; None if none was.
        request_sent: False: it surely never reached the API. True: it was answered. None: unknown.
        retry_after: seconds that the API asks to wait (header Retry-After); None if it does not ask.
    """

    advice = ""

    def __init__(
        self,
        message: str = "",
        *,
        method: str = "",
        path: str = "",
        status_code: int | None = None,
        type: str | None = None,
        param: str | None = None,
        error: Any = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        request_sent: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.method = method
        self.path = path
        self.status_code = status_code
        self.type = type
        self.param = param
        self.error = error
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.idempotency_key = idempotency_key
        self.request_sent = request_sent
        self.retry_after = _retry_after(self.headers)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the API may have carried out the request, although no answer says so.

        So it is when no answer arrived, when the API failed, and when an answer of success cannot be read.
        """
        if self.status_code is None:
            return self.request_sent is None
        return not 300 <= self.status_code < 500

    def __str__(self) -> str:
        answered = f" was answered {self.status_code}" if self.status_code else ""
        sentences = [f"{self.method} {self.path}{answered}: {self.message}" if self.path else self.message]
        if self.param and self.param not in self.message:
            sentences.append(f"(parameter {self.param})")
        if self.advice:
            sentences.append(self.advice)
        if self.path and self.method not in SAFE_METHODS:
            if self.request_sent is False:
                sentences.append("It never reached the API: nothing was changed.")
            elif self.outcome_unknown:
                key = f" (Idempotency-Key {self.idempotency_key})" if self.idempotency_key else ""
                sentences.append(f"It may have been carried out: look before you repeat it{key}.")
        return " ".join(sentences)


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
    """429: too many requests. Nothing was changed; `retry_after` tells the seconds to wait, or None."""

    advice = "Nothing was changed; repeat it later."


_CLASS_BY_STATUS: dict[int, type[InvoicedError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def error_for_answer(response: requests.Response, request: Request) -> InvoicedError:
    """The error for an answer that is not 2xx."""
    default = InvalidRequestError if 400 <= response.status_code < 500 else ApiError
    body = _body(response)
    fields = body if isinstance(body, dict) else {}
    return _CLASS_BY_STATUS.get(response.status_code, default)(
        _message(response, fields),
        method=request.method,
        path=request.path,
        status_code=response.status_code,
        type=_text(fields, "type"),
        param=_text(fields, "param"),
        error=body,
        headers=response.headers,
        idempotency_key=request.idempotency_key,
        request_sent=True,
    )


def error_for_unreadable_answer(response: requests.Response, request: Request, due: str) -> ApiError:
    """The error for an answer that is 2xx, but not what is due."""
    received = response.headers.get("Content-Type", "no type") if response.content else "nothing"
    return ApiError(
        f"{due} was due, but the answer is {received}. Did it come from the API?",
        method=request.method,
        path=request.path,
        status_code=response.status_code,
        error=_body(response),
        headers=response.headers,
        idempotency_key=request.idempotency_key,
        request_sent=True,
    )


def _body(response: requests.Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return response.text or None


def _message(response: requests.Response, fields: Mapping[str, Any]) -> str:
    if message := _text(fields, "message"):
        return message
    if 300 <= response.status_code < 400:
        return "a redirect, which is never followed. Check base_url."
    reason = response.reason or reasons.get(response.status_code, "no reason given")
    return f"{reason} (the answer has no message)"


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value.strip() else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or the time until a date by the API's own clock; None if missing or unreadable."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
        return float(value)
    until, now = _date(value), _date(headers.get("Date", "")) or datetime.now(timezone.utc)
    return max(0.0, (until - now).total_seconds()) if until else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def error_for_failure(
    failure: requests.RequestException, request: Request, api_url: str
) -> ApiConnectionError:
    """The error for a request that got no answer."""
    causes = list(_causes(failure))
    never_sent = any(_arose_while_connecting(cause) for cause in causes)
    timed_out = any(isinstance(cause, _TIMEOUTS) for cause in causes)
    reason = str(causes[-1]) or type(causes[-1]).__name__
    error = (ApiTimeoutError if timed_out else ApiConnectionError)(
        f"{'no connection to' if never_sent else 'no answer from'} {api_url}: {reason}.",
        method=request.method,
        path=request.path,
        idempotency_key=request.idempotency_key,
        request_sent=False if never_sent else None,
    )
    # A bare copy: what requests and urllib3 keep in attributes and frames holds the API key and the query.
    error.__cause__ = type(failure)(reason)
    return error


_TIMEOUTS = (requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure, what it wraps, and so on to the first cause.

    __context__ is left alone: it leads out of this request, to whatever the program was handling.
    """
    cause: BaseException | None = failure
    while cause is not None:
        yield cause
        wrapped = (getattr(cause, "reason", None), cause.__cause__, *cause.args)
        cause = next((one for one in wrapped if isinstance(one, BaseException)), None)


def _arose_while_connecting(cause: BaseException) -> bool:
    """Whether it arose in name lookup, TCP, proxy tunnel or TLS handshake: before the request was written.

    The classes do not tell: a TLS handshake that times out is the same ReadTimeoutError as a lost answer.
    """
    if isinstance(cause, (requests.ConnectTimeout, urllib3.exceptions.NewConnectionError)):
        return True
    return any(
        frame.f_code.co_name == "connect" and frame.f_globals.get("__name__") == "urllib3.connection"
        for frame, _ in traceback.walk_tb(cause.__traceback__)
    )
