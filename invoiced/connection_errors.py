"""What became of a request that got no answer, read off what requests and urllib3 raised."""

from traceback import walk_tb
from typing import Any
from urllib.parse import urlsplit

from requests import ConnectTimeout, RequestException, Timeout
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from .errors import ApiConnectionError, ApiTimeoutError
from .messages import Request


def connection_error_for(failure: Exception, request: Request) -> ApiConnectionError:
    """The error for it, which holds nothing of the failure but its words: that holds the API key."""
    causes = _causes(failure)
    frames = [_frames(cause) for cause in causes]
    timed_out = any(isinstance(cause, (Timeout, ReadTimeoutError, TimeoutError)) for cause in causes)
    # Name lookup, TCP, proxy tunnel and TLS handshake are before the request. The classes alone do not tell: a TLS
    # handshake that times out is the same ReadTimeoutError as a lost answer. Nor does an adapter with retries of its
    # own tell what became of its earlier attempts, but that it made them.
    never_sent = any(isinstance(cause, (ConnectTimeout, NewConnectionError)) for cause in causes)
    never_sent = never_sent or any(("urllib3.connection", "connect") in names for names in frames)
    never_sent = never_sent and all(names.count(("urllib3.connectionpool", "urlopen")) < 2 for names in frames)
    # A hook or an adapter may make a request of its own, whose failure says nothing of this one.
    failed = getattr(failure, "request", None)
    never_sent = never_sent and (failed is None or _is_of(failed, request))
    reason = str(causes[-1]) or type(causes[-1]).__name__
    host = urlsplit(failed.url or "").netloc if failed else "the API"
    reached = "no connection to" if never_sent else "no answer from"
    error = (ApiTimeoutError if timed_out else ApiConnectionError)(f"{reached} {host}: {reason}.")
    error.request_sent = False if never_sent else None
    # A bare copy: what requests and urllib3 keep in attributes and frames holds the API key and the query.
    error.__cause__ = RequestException(reason)
    return error


def _is_of(prepared: Any, request: Request) -> bool:
    """Whether a request is this one; a session may have added to its query."""
    return prepared.method == request.method and str(prepared.url).startswith(request.url)


def _causes(failure: BaseException) -> list[BaseException]:
    """The failure, what it wraps, and so on to the first cause.

    __context__ is left alone: it leads out of this request, to whatever the program was handling.
    """
    wrapped = (getattr(failure, "reason", None), failure.__cause__, *failure.args)
    inner = next((one for one in wrapped if isinstance(one, BaseException)), None)
    return [failure, *_causes(inner)] if inner else [failure]


def _frames(cause: BaseException) -> list[tuple[str | None, str]]:
    """Module and function of each frame that the cause passed; one that it passed twice counts once."""
    frames = {frame for frame, _ in walk_tb(cause.__traceback__)}
    return [(frame.f_globals.get("__name__"), frame.f_code.co_name) for frame in frames]
