"""The session of a client, which sends single requests with the library requests.

Three ways lead to the same request on the wire. What is slower is used only where somebody wants to see more:

- The client's own session sends requests directly to its pool of connections, because two thirds of the time of
  `requests.Session.request` are spent on cookies, redirects, hooks and copies of headers, which have no effect here.
- If the session is the user's, goes through a proxy, or is patched, by a mock or an instrumentation, requests are
  prepared here and sent by `requests.Session.send`, so that hooks, adapters and watchers work as usual.
- If a subclass or a patch changes how a session prepares requests, `requests.Session.request` is used.

The proxies and CA bundles of the environment are read once.
"""

import os
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from io import SEEK_END, BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from weakref import ref

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import select_proxy
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from .connection_errors import connection_error_for
from .deadline import DEADLINE, DeadlineAdapter
from .errors import ApiConnectionError, Outcome
from .messages import RawResponse, Request
from .settings import INVALID_PROXY, is_local, is_usable_proxy
from .watchers import are_watched, prepares_as_usual

# Other encodings are neither requested nor decoded, because a few bytes of some encodings decode to gigabytes.
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_CHUNK_SIZE = 16 * 1024
_NEW_RESPONSE = vars(requests.Response())  # copied, because its cookie jar takes longer to create than all else
_REMOVED_HEADERS = "_invoiced_removed_headers"


class Session:
    """The user's own `requests.Session`, or a new session with enough connections for many threads.

    `authorize` adds the credentials to a request. Cookies are disabled, because they would carry state between calls of
    different threads.
    """

    def __init__(self, session: requests.Session | None, api_url: str, authorize: Callable[[Any], Any]) -> None:
        self._authorize, self._process = authorize, os.getpid()
        self._pool: Callable[[], Any] = lambda: None
        blank = requests.Session()
        self._session = blank if session is None else session
        blank.trust_env = self._session.trust_env
        # A key that is sent unencrypted to this machine must not leave it through a proxy of the environment.
        host = urlsplit(api_url).hostname or ""
        self._not_proxied = {"no_proxy": host} if is_local(host) else {}
        self._environment = blank.merge_environment_settings(api_url, {**self._not_proxied}, None, None, None)
        self._is_direct = False
        if session is None:
            self._adapter: Any = DeadlineAdapter(pool_maxsize=32)
            blank.headers = CaseInsensitiveDict({"Connection": "keep-alive"})  # further headers are set per request
            for scheme in ("https://", "http://"):
                blank.mount(scheme, self._adapter)
            # A program may have given all sessions settings or hooks of its own.
            has_own = blank.params or blank.auth or blank.cert or blank.hooks["response"]
            is_plain = not has_own and api_url.startswith(("http://", "https://"))
            # No local variables, which tracebacks may show: the settings may contain the password of a proxy.
            self._is_direct = is_plain and not select_proxy(api_url, self._settings()["proxies"])
            self._verify = self._settings()["verify"]
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        if not self._has_usable_proxy(api_url):
            raise ValueError(f"No request can be sent: {INVALID_PROXY}")

    def exchange(self, request: Request, *, timeout: tuple[float, float], deadline: float, max_body: int) -> Outcome:
        """Send a request once. `deadline` is a time of time.monotonic(), `max_body` the maximum size of the body.

        A connection error is returned and not raised, so that no traceback leads to the API key.

        Raises:
            ValueError: requests cannot send the request.
        """
        remaining = max(deadline - time.monotonic(), 0.001)
        timeout = (min(timeout[0], remaining), min(timeout[1], remaining))
        if request.content is not None and not isinstance(request.content, bytes):
            request.content.rewind()
        session, previous = self._session_for_this_process(), DEADLINE.set(deadline)
        try:
            is_direct = self._is_direct and not are_watched(session, self._adapter)
            if not is_direct and not self._has_usable_proxy(request.url):  # the session may have changed
                return ApiConnectionError(f"no connection: {INVALID_PROXY}.", request_sent=False)
            with (self._send_directly if is_direct else self._send)(request, timeout) as response:
                return _received(response, max_body)
        except (OSError, ValueError, HTTPError) as error:  # including requests.RequestException
            if connection_error := connection_error_for(error, request):
                return connection_error
            raise  # a URL or a header that cannot be sent, or an error of a hook
        finally:
            DEADLINE.reset(previous)

    def close(self) -> None:
        """Close the connections. Later requests open new connections."""
        self._pool = lambda: None
        self._session.close()

    def _send_directly(self, request: Request, timeout: tuple[float, float]) -> requests.Response:
        """Send a request to the pool as `requests.Session.request` would. Only what `_received` reads is set."""
        headers, adapter = {"Connection": "keep-alive", **request.headers, **_length(request)}, self._adapter
        self._authorize(SimpleNamespace(headers=headers))
        if (pool := self._pool()) is None:
            pool = adapter.get_connection_with_tls_context(request, self._verify)
            adapter.cert_verify(pool, request.url, self._verify, None)
            self._pool = ref(pool)
        target, wait = "/" + request.url.split("/", 3)[3], Timeout(connect=timeout[0], read=timeout[1])
        options = {"retries": adapter.max_retries, "timeout": wait, "redirect": False, "preload_content": False}
        raw = pool.urlopen(request.method, target, request.content, headers, **options)
        response = requests.Response.__new__(requests.Response)
        vars(response).update(_NEW_RESPONSE, raw=raw, status_code=raw.status, reason=raw.reason)
        response.headers = CaseInsensitiveDict(raw.headers)
        return response

    def _send(self, request: Request, timeout: tuple[float, float]) -> requests.Response:
        session, options = self._session, dict[str, Any](timeout=timeout, allow_redirects=False, stream=True)
        try:
            if prepares_as_usual(session):
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
        prepared.headers.update({**request.headers, **_length(request)})
        _with_hooks(prepared, session)
        vars(prepared)["_cookies"] = session.cookies  # otherwise requests raises AttributeError for a 3xx
        self._authorize(prepared)
        return prepared

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
            self.close()  # before another thread of this process sees the new process ID
            self._process = os.getpid()
        return self._session


def _length(request: Request) -> dict[str, str]:
    has_none = request.content is None and request.method in {"GET", "HEAD"}
    return {} if has_none else {"Content-Length": str(len(request.content or b""))}


def _with_hooks(request: requests.PreparedRequest, session: requests.Session) -> requests.PreparedRequest:
    """Add the hooks of the session to the request, and then our own hook."""
    request.prepare_hooks(session.hooks)
    request.prepare_hooks({"response": _remove_location})
    return request


def _remove_location(response: requests.Response, **_: object) -> None:
    """Remove the Location header, because requests would read the whole body to prepare the next request."""
    if response.is_redirect:
        vars(response)[_REMOVED_HEADERS] = {"Location": response.headers.pop("Location")}


def _received(response: requests.Response, max_body: int) -> RawResponse:
    """Return a response with its body, or why it was not read. Closing a partly read response closes its connection."""
    status, headers, raw = response.status_code, response.headers, response.raw
    headers.update(vars(response).get(_REMOVED_HEADERS, {}))
    encoding = headers.get("Content-Encoding", "").strip().lower()
    encoded = encoding not in ("", "identity")
    body, problem = BytesIO(), ""  # a list of millions of parts would take a hundred times their size
    if status < 200:
        problem = "an interim response"
    elif encoded and encoding not in _ENCODINGS:
        problem = f"a response encoded as {encoding!r}"
    else:
        # A body that is not encoded is read at once. Its length may be unknown.
        size = _CHUNK_SIZE if encoded else min(getattr(raw, "length_remaining", None) or max_body, max_body + 1)
        try:
            parts = iter(response.iter_content(size) if raw else [response.content or b""])
            body = BytesIO(next(parts, b""))  # without a copy
            while body.seek(0, SEEK_END) <= max_body and (part := next(parts, None)) is not None:
                body.write(part)
            if body.tell() > max_body:
                problem = f"a response larger than {max_body} bytes"
        except (requests.RequestException, HTTPError):
            if not 400 <= status < 500:
                raise
            problem = "a truncated response"  # but the status is certain
    return RawResponse(status, response.reason or "", headers, b"" if problem else body.getvalue(), problem)
