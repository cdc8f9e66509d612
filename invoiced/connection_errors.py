"""Conversion of the exceptions of requests and urllib3, with the decision whether the request was sent."""

from traceback import walk_tb
from urllib.parse import urlsplit

from requests.exceptions import ConnectTimeout, InvalidSchema, RequestException, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError

from .errors import ApiConnectionError, ApiTimeoutError
from .messages import Request
from .settings import INVALID_PROXY

# Certificates, proxy, name lookup, TCP, proxy tunnel and TLS handshake precede the request.
_PROXY_LOOKUP = ("requests.adapters", "get_connection_with_tls_context")
_BEFORE_REQUEST = {("urllib3.connection", "connect"), ("requests.adapters", "cert_verify"), _PROXY_LOOKUP}


def connection_error_for(exception: Exception, request: Request) -> ApiConnectionError | None:
    """Return the error for a request without a response, or None if the exception does not concern the connection.

    Only the text of the exception is kept, because its attributes and frames contain the API key.
    """
    causes = _causes(exception)
    frames = [_frames(cause) for cause in causes]
    timed_out = any(isinstance(cause, (Timeout, ReadTimeoutError, TimeoutError)) for cause in causes)
    # The class of the exception is not enough: a timeout of the TLS handshake is the same ReadTimeoutError as a lost
    # response. If an adapter retries, only the number of its attempts is known, not their outcomes.
    # urllib3's NewConnectionError is a ConnectTimeoutError.
    never_sent = any(isinstance(cause, (ConnectTimeout, ConnectTimeoutError)) for cause in causes)
    never_sent = never_sent or any(not _BEFORE_REQUEST.isdisjoint(names) for names in frames)
    never_sent = never_sent and all(names.count(("urllib3.connectionpool", "urlopen")) < 2 for names in frames)
    # A hook or an adapter may send a request of its own, whose failure does not concern this request.
    nested = any(names.count(("requests.sessions", "send")) > 1 for names in frames)
    failed = getattr(exception, "request", None)
    # A session may have added to the query.
    never_sent &= failed is None or (failed.method == request.method and str(failed.url).startswith(request.url))
    invalid = isinstance(exception, ValueError) and getattr(exception, "request", exception) is None
    known = isinstance(exception, (RequestException, HTTPError, ValueError))
    foreign = not known or isinstance(exception, UnicodeEncodeError)
    if (invalid or foreign) and (nested or not never_sent):
        return None
    from .display.escaping import one_line  # rarely needed

    reason = str(causes[-1]) or type(causes[-1]).__name__
    if any(_PROXY_LOOKUP in names for names in frames) and not isinstance(exception, InvalidSchema):
        reason = INVALID_PROXY  # the text of the exception may contain the password
    host = urlsplit((failed or request).url or "").netloc.rpartition("@")[2]
    problem = "no connection to" if never_sent else "no response from"
    error = (ApiTimeoutError if timed_out else ApiConnectionError)(f"{problem} {host}: {reason.rstrip('.')}.")
    error.request_sent = False if never_sent else None
    # A copy without attributes and frames, which contain the API key and the query.
    error.__cause__ = RequestException(one_line(reason))
    return error


def _causes(exception: BaseException) -> list[BaseException]:
    """Return the exception, the exception it wraps, and so on to the first cause.

    __context__ is ignored: it may be an unrelated exception that the program was handling.
    """
    wrapped = (getattr(exception, "reason", None), exception.__cause__, *exception.args)
    inner = next((value for value in wrapped if isinstance(value, BaseException)), None)
    return [exception, *_causes(inner)] if inner else [exception]


def _frames(cause: BaseException) -> list[tuple[str | None, str]]:
    """Return the module and function of each distinct frame in the traceback of the cause."""
    frames = {frame for frame, _ in walk_tb(cause.__traceback__)}
    return [(frame.f_globals.get("__name__"), frame.f_code.co_name) for frame in frames]
