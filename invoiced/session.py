"""The requests.Session that a client talks through, and one exchange over it."""

import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from .deadline import DEADLINE, DeadlineAdapter
from .messages import Answer, Timeout

# No other encoding is asked for, and none is read, because a few bytes of some become gigabytes.
_ENCODINGS = ("", "identity", "gzip", "deflate")
_PART = 16 * 1024


def ready(session: requests.Session | None) -> requests.Session:
    """The user's own session, or one that keeps enough connections for a pool of threads. Without cookies.

    A cookie would carry state from one thread's call to another's; the API needs none.
    """
    if session is None:
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, DeadlineAdapter(pool_maxsize=32))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


def exchange(session: requests.Session, *, timeout: Timeout, deadline: float, max_body: int, **request: Any) -> Answer:
    """Send a request once. The answer has at most `max_body` bytes; `deadline` is a time of time.monotonic().

    Raises what requests raises, unless an answer is at hand: one that a hook of the session refused.
    """
    DEADLINE.set(deadline)
    remaining = max(deadline - time.monotonic(), 0.001)
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    options: Any = {"timeout": (min(connect, remaining), min(read, remaining)), "allow_redirects": False}
    # Proxies and CA bundle are given again because requests lets the environment go before its session.
    options |= {"stream": True, "proxies": dict(session.proxies), "verify": session.verify}
    try:
        response = session.request(**request, **options)
    except requests.RequestException as failure:
        if failure.response is None:
            raise
        response = failure.response
    with response:
        return _received(response, max_body)


def _received(response: requests.Response, max_body: int) -> Answer:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    content, flaw = b"", "" if encoding in _ENCODINGS else f"encoded as {encoding!r}"
    if not flaw:
        parts, size = [], 0
        for part in response.iter_content(_PART) if response.raw else [response.content]:
            size += len(part)
            if size > max_body:
                flaw = f"larger than {max_body} bytes"
                break
            parts.append(part)
        content = b"".join(parts)
    return Answer(response.status_code, response.reason or "", response.headers, content, flaw)
