"""The errors, and the conversion of responses to errors.

::

    InvoicedError                    every error of a request
    ├── ApiConnectionError           no response arrived
    │   └── ApiTimeoutError          no response arrived in time
    ├── ApiError                     3xx, 5xx, or an invalid response
    ├── AuthenticationError          401
    ├── InvalidRequestError          400 and any other 4xx
    │   ├── ConcurrentUpdateError    400, because another process is changing the record
    │   ├── NotFoundError            404, or find() found nothing
    │   ├── MultipleFoundError       find() found more than one
    │   └── PermissionDeniedError    403
    ├── ListChangedError             all(strict=True) cannot tell whether records are missing
    └── RateLimitError               429

Invalid arguments (an empty ID, NaN, a naive datetime) raise ValueError or TypeError before anything is sent.
"""

import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .messages import RawResponse, Request, unix_time


class InvoicedError(Exception):
    """Base class of the errors of failed requests (chapter "Errors").

    Args:
        message: error message.
        **attributes: values of the fields below.
    """

    message: str
    """Error message: the API's, if the response contains a message."""
    method: str = ""
    """HTTP method of the request."""
    path: str = ""
    """Path of the request, without its query."""
    status_code: int | None = None
    """Status of the response; None if no response arrived."""
    type: str | None = None
    """Error type of the API, such as `invalid_request`, if the response contains a type."""
    param: str | None = None
    """Name of the invalid parameter, if the response contains it."""
    error: Any = None
    """Body of the response: parsed JSON, or text if it is not JSON; None if it is empty."""
    headers: Mapping[str, str] = {}
    """Headers of the response; empty if no response arrived."""
    idempotency_key: str | None = None
    """Idempotency key of the last attempt, if it had a key."""
    request_sent: bool | None = None
    """False: the request certainly never reached the API. True: the API responded. None: unknown."""
    unknown_before: bool = False
    """Whether an earlier attempt of the request may have been processed, regardless of the last response."""
    advice: str = ""
    """What to do about the error, as part of the message."""

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message)
        self.message = message
        vars(self).update(attributes)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the API may have processed the request, although no response confirms it.

        True if no response arrived, if the API failed or responded with a redirect, if a successful response is
        invalid, or if this was the case in an earlier attempt.
        """
        unknown = self.request_sent is None if self.status_code is None else not 400 <= self.status_code < 500
        return unknown or self.unknown_before

    @property
    def idempotency_key_reusable(self) -> bool:
        """Whether a retry can have the same idempotency key.

        False after an error of the API itself, with which it may respond to that key for 24 hours. True if no response
        arrived, if it came from a server in between, or if the API refuses to look at any request: 401, 402, 429.
        """
        return self.type is None or self.status_code not in {*range(400, 501)} - {401, 402, 429}

    @property
    def rolled_back(self) -> bool:
        """Whether the API has probably undone everything that the request changed.

        This is how the API behaves, but not documented: most writes run in one database transaction, and an error of
        the API itself, even a 500, undoes all of it. Not so for payments by card, subscriptions and messages. The
        client does not rely on it: `outcome_unknown` and the retries are independent of it.
        """
        undone = not self.idempotency_key_reusable and not _WITHOUT_TRANSACTION.search(self.path)
        return undone and not self.unknown_before and self.method in {"POST", "PUT", "PATCH", "DELETE"}

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from the Retry-After header; None without this header."""
        value = self.headers.get("Retry-After", "").strip()
        if seconds := re.match(r"[0-9]{1,300}(?=\s*(,|$))", value):  # a proxy may have sent the header twice
            return float(seconds[0])
        retry_at, now = unix_time(value), unix_time(self.headers.get("Date", ""))
        # Use the clock of the API if possible, because the clock of this machine may be wrong.
        return None if retry_at is None else max(0.0, retry_at - (time.time() if now is None else now))

    def __str__(self) -> str:
        from .display.escaping import one_line

        status = f" failed with status {self.status_code}" if self.status_code else ""
        request = f"{self.method} {self.path}{status}: " if self.path else ""
        named = f" (parameter {self.param})" if self.param and str(self.param) not in self.message else ""
        message = self.message.strip().rstrip("." if named else "") + named
        key = f" (Idempotency-Key {self.idempotency_key})" if self.idempotency_key else ""
        key = key if self.idempotency_key_reusable else key and " with a new Idempotency-Key"
        unknown = f"It may have been processed. Check before retrying{key}." if self.outcome_unknown else ""
        certain = "It never reached the API: nothing was changed." if self.request_sent is False else ""
        effect = "" if self.method in {"", "GET", "HEAD"} else certain or unknown
        stop = "." if request and message[-1:] not in ".!?" else ""
        return one_line(" ".join(filter(None, [request + message + stop, self.advice, effect])))


class ApiConnectionError(InvoicedError):
    """No response arrived. See `request_sent` for whether the request may have reached the API."""


class ApiTimeoutError(ApiConnectionError):
    """No response arrived in time. See `request_sent` for whether the request may have reached the API."""


class ApiError(InvoicedError):
    """The API failed (5xx), responded with a redirect (3xx, not followed), or sent an invalid response."""


class AuthenticationError(InvoicedError):
    """401: the API key or access token is missing or wrong."""

    advice = "Check the API key. Production and the sandbox have separate keys."


class InvalidRequestError(InvoicedError):
    """400 or another 4xx: the API rejected the request and changed nothing."""


class ConcurrentUpdateError(InvalidRequestError):
    """400: another process is changing the record. Nothing was changed; the request can be sent again."""


class NotFoundError(InvalidRequestError):
    """404: the record does not exist. Also raised by find() if no record matches."""


class MultipleFoundError(InvalidRequestError):
    """Several records match the fields given to find()."""


class PermissionDeniedError(InvalidRequestError):
    """403: the key is valid, but does not permit this request."""


class ListChangedError(InvoicedError):
    """The list kept changing while `all(strict=True)` read it, so that records may be missing."""


class RateLimitError(InvoicedError):
    """429: too many requests. See `retry_after` for the seconds to wait before a retry."""


ErrorBase = InvoicedError
"""Name of InvoicedError in older versions."""

# Writes of which an error does not undo everything: `x-no-transaction` in the description.
_WITHOUT_TRANSACTION = re.compile(
    "/(charges|emails|invites|letters|pay|payment_sources|refunds|reports|retries|subscriptions|subscriptions/preview"
    "|text_messages|(bank_accounts|cards|payment_sources)/[^/]+)$"
)
_CLASSES = {401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError, 429: RateLimitError}
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


Outcome = RawResponse | ApiConnectionError
"""The outcome of an attempt."""


def error_for(outcome: Outcome, request: Request, expected: str | None = None) -> InvoicedError:
    """Return the error for a failed attempt, or for a successful response whose body is not as `expected`."""
    error = _error_from(outcome, expected) if isinstance(outcome, RawResponse) else outcome
    error.method, error.path, error.idempotency_key = *request[:2], request.headers.get("Idempotency-Key")
    return error


def _error_from(response: RawResponse, expected: str | None) -> InvoicedError:
    status_code, reason, headers, content, problem = response
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = content.decode(errors="replace") or None
    fields = body if isinstance(body, dict) else {}
    message = str(fields.get("message") or "").strip()
    if expected:
        type_ = headers.get("Content-Type", "unknown")
        received = problem or (f"a response of type {type_}" if content else "an empty response")
        message = f"Expected {expected}, got {received}. Did it come from the API?"
    elif not message:
        explanation = "redirects are not followed" if 300 <= status_code < 400 else "the response has no message"
        message = f"{reason or _PHRASES.get(status_code, 'Failure')} ({explanation})"
    default = InvalidRequestError if 400 <= status_code < 500 else ApiError
    is_locked = status_code == 400 and "param" not in fields and "updated by another process" in message
    error = (ConcurrentUpdateError if is_locked else _CLASSES.get(status_code, default))(message)
    error.type, error.param, error.request_sent = fields.get("type"), fields.get("param"), True
    error.status_code, error.headers, error.error = status_code, headers, body
    return error
