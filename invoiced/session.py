"""The connections of a client, and one exchange over them: where requests begins.

A call by hand spends a third of its time on what is the same each time. So the request is prepared here, with what
`requests.Session.request` would put into it, and what the environment says of proxies and CA bundles is read once.
From `requests.Session.send` on it goes the ordinary way, with its hooks and adapters, and with whatever watches or
replaces them. A session whose way of preparing requests was changed, by a subclass or by a patch, goes by
`requests.Session.request`.
"""

import os
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from .connection_errors import connection_error_for
from .deadline import DEADLINE, DeadlineAdapter
from .errors import Outcome
from .messages import Answer, Request

# No other encoding is asked for, and none is read, because a few bytes of some become gigabytes.
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_PART = 16 * 1024
_HIDDEN = "_hidden_headers"


class Session:
    """The user's own `requests.Session`, or one that keeps enough connections for a pool of threads. Without cookies.

    A cookie would carry state from one thread's call to another's; the API needs none. `authorize` adds the
    credentials to a request.
    """

    def __init__(
        self,
        session: requests.Session | None,
        api_url: str,
        authorize: Callable[[requests.PreparedRequest], requests.PreparedRequest],
    ) -> None:
        self._authorize, self._process = authorize, os.getpid()
        blank = requests.Session()
        blank.trust_env = session is None or session.trust_env
        proxies = {} if session is None else {**session.proxies}
        self._environment = blank.merge_environment_settings(api_url, proxies, None, None, None)
        if session is None:
            blank.headers = CaseInsensitiveDict({"Connection": "keep-alive"})  # each request brings its others
            for scheme in ("https://", "http://"):
                blank.mount(scheme, DeadlineAdapter(pool_maxsize=32))
        self._session = blank if session is None else session
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def exchange(self, request: Request, *, timeout: tuple[float, float], deadline: float, max_body: int) -> Outcome:
        """Send a request once. The answer has at most `max_body` bytes; `deadline` is a time of time.monotonic().

        An error is answered and not raised, so that no traceback leads to the API key.

        Raises:
            ValueError: requests refuses to send it.
        """
        remaining = max(deadline - time.monotonic(), 0.001)
        timeout = (min(timeout[0], remaining), min(timeout[1], remaining))
        outer = DEADLINE.set(deadline)
        try:
            with self._answered(request, timeout) as response:
                response.headers.update(vars(response).get(_HIDDEN, {}))
                received, flaw = _received(response, max_body)
                return Answer(response.status_code, response.reason or "", response.headers, received, flaw)
        except (requests.RequestException, ValueError) as failure:
            refused = isinstance(failure, ValueError) and getattr(failure, "request", failure) is None
            if refused or isinstance(failure, UnicodeEncodeError):
                raise  # a URL or a header that cannot be sent
            return connection_error_for(failure, request)
        finally:
            DEADLINE.reset(outer)

    def close(self) -> None:
        """Close the connections. A request after that opens new ones."""
        self._session.close()

    def _answered(self, request: Request, timeout: tuple[float, float]) -> requests.Response:
        session = self._of_this_process()
        options: Any = {"timeout": timeout, "allow_redirects": False, "stream": True}
        try:
            if _prepares_requests_unmodified(session):
                return session.send(self._prepared(request), **options, **self._settings())
            # What the session says goes before what the environment says.
            options |= {"proxies": dict(session.proxies), "verify": session.verify, "auth": self._authorize}
            options["hooks"] = _with_hooks(requests.PreparedRequest(), session).hooks
            return session.request(
                request.method, request.url, headers=request.headers, data=request.content, **options
            )
        except requests.RequestException as failure:
            if failure.response is None:
                raise
            return failure.response  # which a hook of the session refused

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        prepared, session = requests.PreparedRequest(), self._session
        prepared.method, prepared.url, prepared.body = request.method, request.url, request.content
        # Only those of a user's session need a check.
        prepared.prepare_headers({name: value for name, value in session.headers.items() if value is not None})
        prepared.headers.update(request.headers)
        if request.content is not None or request.method not in {"GET", "HEAD"}:
            prepared.headers["Content-Length"] = str(len(request.content or b""))
        _with_hooks(prepared, session)
        vars(prepared)["_cookies"] = session.cookies  # without which a 3xx is an AttributeError of requests
        return self._authorize(prepared)

    def _settings(self) -> dict[str, Any]:
        """Proxies and certificates: what the session says goes before what the environment says."""
        session, environment = self._session, self._environment
        proxies = {**environment["proxies"], **session.proxies}
        verify = environment["verify"] if session.verify is True or session.verify is None else session.verify
        proxies = {scheme: proxy for scheme, proxy in proxies.items() if proxy is not None}
        return {"proxies": proxies, "verify": verify, "cert": session.cert}

    def _of_this_process(self) -> requests.Session:
        if self._process != os.getpid():  # a fork, whose parent goes on using the connections
            self._session.close()  # before any other thread of the fork can take it for its own
            self._process = os.getpid()
        return self._session


def _prepares_requests_unmodified(session: requests.Session) -> bool:
    """Whether nobody has changed how it prepares a request: then what is prepared here is the same."""
    if type(session) is not requests.Session or session.params:
        return False
    methods = (session.request, session.prepare_request, session.merge_environment_settings)
    return all(
        getattr(method, "__module__", "") == requests.Session.__module__ and not hasattr(method, "__wrapped__")
        for method in methods
    )


def _with_hooks(request: requests.PreparedRequest, session: requests.Session) -> requests.PreparedRequest:
    """The request with the hooks of the session, and after them one of our own."""
    request.prepare_hooks(session.hooks)
    request.prepare_hooks({"response": _hide_location})
    return request


def _hide_location(response: requests.Response, **_: object) -> None:
    """Keep requests from preparing to follow a redirect, for which it reads the answer to its end."""
    if response.is_redirect:
        vars(response)[_HIDDEN] = {"Location": response.headers.pop("Location")}


def _received(response: requests.Response, max_body: int) -> tuple[bytes, str]:
    """The content, or why there is none. What is not read is not kept waiting for: the connection is closed."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    encoded = encoding not in ("", "identity")
    if response.status_code < 200:
        return b"", "not the final one"
    if encoded and encoding not in _ENCODINGS:
        return b"", f"encoded as {encoding!r}"
    parts, size = [], 0
    try:
        # Without an encoding nothing becomes larger than it came: one part is enough. None is of unknown length.
        length = getattr(response.raw, "length_remaining", None) or max_body
        part_size = _PART if encoded else min(length, max_body + 1)
        for part in response.iter_content(part_size) if response.raw else [response.content or b""]:
            parts.append(part)
            size += len(part)
            if size > max_body:
                return b"", f"larger than {max_body} bytes"
    except requests.RequestException:
        if not 400 <= response.status_code < 500:
            raise
        return b"", "cut short"  # but its status is certain
    return b"".join(parts), ""
