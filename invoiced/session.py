"""The session of a client, which sends single requests with the library requests.

`requests.Session.request` spends a third of its time on work that is the same for each request. Therefore requests are
prepared here, with the same result, and the proxies and CA bundles of the environment are read once. They are sent by
`requests.Session.send`, so that hooks, adapters and instrumentation work as usual. If a subclass or a patch changes how
a session prepares requests, `requests.Session.request` is used.
"""

import os
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import select_proxy

from .connection_errors import connection_error_for
from .deadline import DEADLINE, DeadlineAdapter
from .errors import ApiConnectionError, Outcome
from .messages import RawResponse, Request
from .settings import INVALID_PROXY, is_local, is_usable_proxy

# Other encodings are neither requested nor decoded, because a few bytes of some encodings decode to gigabytes.
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_CHUNK_SIZE = 16 * 1024
_REMOVED_HEADERS = "_invoiced_removed_headers"

Authorize = Callable[[requests.PreparedRequest], requests.PreparedRequest]
"""A function that adds the credentials to a request."""


class Session:
    """The user's own `requests.Session`, or a new session with enough connections for many threads.

    Cookies are disabled, because they would carry state between the calls of different threads.
    """

    def __init__(self, session: requests.Session | None, api_url: str, authorize: Authorize) -> None:
        self._authorize, self._process = authorize, os.getpid()
        blank = requests.Session()
        self._session = blank if session is None else session
        blank.trust_env = self._session.trust_env
        # A key that is sent unencrypted to this machine must not leave it through a proxy of the environment.
        host = urlsplit(api_url).hostname or ""
        self._not_proxied = {"no_proxy": host} if is_local(host) else {}
        self._environment = blank.merge_environment_settings(api_url, {**self._not_proxied}, None, None, None)
        if session is None:
            blank.headers = CaseInsensitiveDict({"Connection": "keep-alive"})  # further headers are set per request
            for scheme in ("https://", "http://"):
                blank.mount(scheme, DeadlineAdapter(pool_maxsize=32))
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        if not self._has_usable_proxy(api_url):
            raise ValueError(f"No request can be sent: {INVALID_PROXY}")

    def exchange(self, request: Request, *, timeout: tuple[float, float], deadline: float, max_body: int) -> Outcome:
        """Send a request once. `deadline` is a time of time.monotonic(), `max_body` the maximum size of the body.

        A connection error is returned and not raised, so that no traceback leads to the API key.

        Raises:
            ValueError: requests cannot send the request.
        """
        if not self._has_usable_proxy(request.url):  # the session may have changed
            return ApiConnectionError(f"no connection: {INVALID_PROXY}.", request_sent=False)
        remaining = max(deadline - time.monotonic(), 0.001)
        timeout = (min(timeout[0], remaining), min(timeout[1], remaining))
        if request.content is not None and not isinstance(request.content, bytes):
            request.content.rewind()
        previous = DEADLINE.set(deadline)
        try:
            with self._send(request, timeout) as response:
                response.headers.update(vars(response).get(_REMOVED_HEADERS, {}))
                body, problem = _read_body(response, max_body)
                return RawResponse(response.status_code, response.reason or "", response.headers, body, problem)
        except (OSError, ValueError) as error:  # including requests.RequestException
            if connection_error := connection_error_for(error, request):
                return connection_error
            raise  # a URL or a header that cannot be sent, or an error of a hook
        finally:
            DEADLINE.reset(previous)

    def close(self) -> None:
        """Close the connections. Later requests open new connections."""
        self._session.close()

    def _send(self, request: Request, timeout: tuple[float, float]) -> requests.Response:
        session = self._session_for_this_process()
        options: Any = {"timeout": timeout, "allow_redirects": False, "stream": True}
        try:
            if _prepares_requests_unmodified(session):
                return session.send(self._prepare(request), **options, **self._settings())
            # The settings of the session take precedence over the environment.
            options |= {"proxies": {**session.proxies, **self._not_proxied}, "verify": session.verify}
            options |= {"headers": request.headers, "data": request.content, "auth": self._authorize}
            options["hooks"] = _with_hooks(requests.PreparedRequest(), session).hooks
            return session.request(request.method, request.url, **options)
        except requests.RequestException as error:
            if error.response is None:
                raise
            return error.response  # a hook of the session raised the error, such as raise_for_status()

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        prepared, session = requests.PreparedRequest(), self._session
        prepared.method, prepared.url = request.method, request.url
        vars(prepared)["body"] = request.content  # types-requests does not know that it can be a file
        # Only the headers of a user's session need validation.
        prepared.prepare_headers({name: value for name, value in session.headers.items() if value is not None})
        prepared.headers.update(request.headers)
        if request.content is not None or request.method not in {"GET", "HEAD"}:
            prepared.headers["Content-Length"] = str(len(request.content or b""))
        _with_hooks(prepared, session)
        vars(prepared)["_cookies"] = session.cookies  # otherwise requests raises AttributeError for a 3xx
        return self._authorize(prepared)

    def _settings(self) -> dict[str, Any]:
        """Return proxies and certificates. The settings of the session take precedence over the environment."""
        session, environment = self._session, self._environment
        proxies = {**environment["proxies"], **session.proxies, **self._not_proxied}
        verify = environment["verify"] if session.verify is True or session.verify is None else session.verify
        proxies = {scheme: proxy for scheme, proxy in proxies.items() if proxy is not None}
        return {"proxies": proxies, "verify": verify, "cert": session.cert}

    def _has_usable_proxy(self, url: str) -> bool:
        """Return whether requests can use the proxy for a URL, or needs none."""
        return not (proxies := self._settings()["proxies"]) or is_usable_proxy(select_proxy(url, proxies))

    def _session_for_this_process(self) -> requests.Session:
        if self._process != os.getpid():  # a fork: the parent process still uses the connections
            self._session.close()  # before another thread of this process sees the new process ID
            self._process = os.getpid()
        return self._session


def _prepares_requests_unmodified(session: requests.Session) -> bool:
    """Return whether no subclass or patch changes how the session prepares requests."""
    if type(session) is not requests.Session or session.params:
        return False
    methods = (session.request, session.prepare_request, session.merge_environment_settings)
    defined_in = {getattr(method, "__module__", "") for method in methods}
    return defined_in == {requests.Session.__module__} and not any(hasattr(each, "__wrapped__") for each in methods)


def _with_hooks(request: requests.PreparedRequest, session: requests.Session) -> requests.PreparedRequest:
    """Add the hooks of the session to the request, and then our own hook."""
    request.prepare_hooks(session.hooks)
    request.prepare_hooks({"response": _remove_location})
    return request


def _remove_location(response: requests.Response, **_: object) -> None:
    """Remove the Location header, because requests would read the whole body to prepare the next request."""
    if response.is_redirect:
        vars(response)[_REMOVED_HEADERS] = {"Location": response.headers.pop("Location")}


def _read_body(response: requests.Response, max_body: int) -> tuple[bytes, str]:
    """Return the body, or why it was not read. Closing a partly read response closes its connection."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    encoded = encoding not in ("", "identity")
    if response.status_code < 200:
        return b"", "an interim response"
    if encoded and encoding not in _ENCODINGS:
        return b"", f"a response encoded as {encoding!r}"
    body = bytearray()  # a body in millions of parts would take a hundred times its size
    try:
        # A body that is not encoded is read at once. Its length may be unknown.
        length = getattr(response.raw, "length_remaining", None) or max_body
        part_size = _CHUNK_SIZE if encoded else min(length, max_body + 1)
        for part in response.iter_content(part_size) if response.raw else [response.content or b""]:
            body += part
            if len(body) > max_body:
                return b"", f"a response larger than {max_body} bytes"
    except requests.RequestException:
        if not 400 <= response.status_code < 500:
            raise
        return b"", "a truncated response"  # but the status is certain
    return bytes(body), ""
