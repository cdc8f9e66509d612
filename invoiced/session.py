"""The requests.Session that a client talks through, and one exchange over it."""

import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from .deadline import DEADLINE, DeadlineAdapter
from .messages import Answer

# No other encoding is asked for, and none is read, because a few bytes of some become gigabytes.
_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
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


def exchange(
    session: requests.Session, *, timeout: tuple[float, float], deadline: float, max_body: int, **request: Any
) -> Answer:
    """Send a request once. The answer has at most `max_body` bytes; `deadline` is a time of time.monotonic().

    Raises what requests raises, unless an answer is at hand: one that a hook of the session refused.
    """
    remaining = max(deadline - time.monotonic(), 0.001)
    options: Any = {"timeout": (min(timeout[0], remaining), min(timeout[1], remaining)), "allow_redirects": False}
    # Proxies and CA bundle are given again because requests lets the environment go before its session.
    options |= {"stream": True, "proxies": dict(session.proxies), "verify": session.verify}
    outer = DEADLINE.set(deadline)
    try:
        response = session.request(**request, **options)
    except requests.RequestException as failure:
        if failure.response is None:
            raise
        response = failure.response
    finally:
        DEADLINE.reset(outer)
    with response:
        content, flaw = _received(response, max_body)
    return Answer(response.status_code, response.reason or "", response.headers, content, flaw)


def _received(response: requests.Response, max_body: int) -> tuple[bytes, str]:
    """The content, or why there is none. What is not read is not kept waiting for: the connection is closed."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if response.status_code < 200:
        return b"", "not the final one"
    if encoding not in _ENCODINGS:
        return b"", f"encoded as {encoding!r}"
    parts, size = [], 0
    try:
        for part in response.iter_content(_PART) if response.raw else [response.content or b""]:
            parts.append(part)
            size += len(part)
            if size > max_body:
                return b"", f"larger than {max_body} bytes"
    except requests.RequestException:
        if not 400 <= response.status_code < 500:
            raise
        return b"", "cut short"  # but its status is certain
    return b"".join(parts), ""
