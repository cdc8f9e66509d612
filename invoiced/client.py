"""The client of an Invoiced account."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from uuid import UUID, uuid4

from ._compat import Self
from .credentials import OMITTED, authorizer
from .decoding import decode, parser
from .encoding import Path, encode_fields, encode_json, encode_path, encode_query
from .messages import JSON, ExpectedType, Request, Response, Timeout
from .replaced import REPLACED, check_class
from .resources import load
from .resources.collections import COLLECTIONS, Collections
from .retries import send_with_retries
from .settings import api_url, checked_deadline, checked_key, checked_retries, checked_timeout
from .version import VERSION

if TYPE_CHECKING:
    import requests

    from .rate_limit import RateLimit
    from .uploads import MultipartBody, UploadedFile

_HEADERS = {"Accept": JSON, "Accept-Encoding": "gzip, deflate", "User-Agent": f"Invoiced Python/{VERSION}"}


class Client(Collections, AbstractContextManager["Client"]):
    """Client of an Invoiced account (chapters "Authentication" and "Environments" of the API reference).

    A client is thread-safe: share one client among all threads, which then use one pool of connections. Records are not
    thread-safe: use a `Customer` in one thread at a time.

    `with Client(...) as client:` closes the connections at the end of the block.

    Args:
        api_key: API key. If it is omitted, the environment variable INVOICED_API_KEY is used. None is refused, because
            the key in the environment may be that of another account.
        sandbox: True to use the sandbox, which has separate keys. INVOICED_SANDBOX=1 has the same effect.
        access_token: OAuth 2.0 access token, sent instead of an API key.
        base_url: another URL of the API, such as an emulator's. It must use https, unless its host is this machine, or
            the key is `emulator-key`, which is not secret. It takes precedence over `sandbox`; INVOICED_BASE_URL is
            used only if neither argument is given.
        timeout: seconds to wait for a connection and then for each part of the response, as a pair, or as a single
            number for both.
        deadline: seconds for a whole call, including retries and waits; for `all()`, seconds for each page. None means
            no limit.
        max_retries: maximum number of retries after the first attempt of a request.
        session: your own `requests.Session`, with its proxies, CA bundle, adapters and hooks. The client disables its
            cookies, and does not close it. The proxies and the CA bundle of the environment are read once, when the
            client is created.
        parse_float: function that parses numbers with a fraction; `decimal.Decimal` parses amounts exactly.

    Raises:
        ValueError: the key is missing or invalid, `base_url` would send it unencrypted, or another argument is invalid.
        TypeError: `sandbox` is not a bool (the string "false" would select the sandbox), or the class has an attribute
            of invoiced 3.0.0 that has no effect any more, such as `ApiBase`.
    """

    max_body: int = 32 * 1024 * 1024
    """Maximum size of a response body in bytes, decompressed; larger bodies raise ApiError. It can be changed."""

    # Not an attribute of the class, which would invalidate what Python has cached of all of them with each call.
    _writes: ClassVar[Any] = SimpleNamespace(count=0)
    """The requests other than GET and HEAD that the clients of this process have sent."""

    _rate_limit: RateLimit | None = None

    def __init__(
        self,
        api_key: str = OMITTED,
        sandbox: bool = False,
        *,
        access_token: str = OMITTED,
        base_url: str | None = None,
        timeout: Timeout = (30, 60),
        deadline: float | None = None,
        max_retries: int = 2,
        session: requests.Session | None = None,
        parse_float: Callable[[str], Any] = float,
    ) -> None:
        from .session import Session  # imports requests, which is slow

        try:
            self._api_url = api_url(base_url, sandbox)
            authorize = authorizer(api_key, access_token, self._api_url)
        finally:
            del api_key, access_token, base_url  # tracebacks may show local variables
        check_class(type(self))
        self._timeout, self._deadline = checked_timeout(timeout), checked_deadline(deadline)
        if not callable(parse_float):
            raise ValueError("parse_float must be a function")
        self._parse_float, self._parse = parse_float, parser(parse_float)
        self._max_retries = checked_retries(max_retries)
        self._session, self._owns_session = Session(session, self._api_url, authorize), session is None

    @property
    def api_url(self) -> str:
        """Base URL of all requests: `https://api.invoiced.com`, the sandbox, or `base_url`."""
        return self._api_url

    @property
    def rate_limit(self) -> RateLimit | None:
        """Limit of requests per second, from `with_options(rate=...)`; None means no limit."""
        return self._rate_limit

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        rate: float | RateLimit | None = None,
    ) -> Self:
        """Return a client of the same account that shares the connections of this client but has other limits.

        Closing it does not close the connections, which belong to this client.

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, this client's.
            deadline: seconds for each whole call, including retries and waits; by default, this client's.
            max_retries: maximum number of retries; by default, this client's.
            rate: maximum number of requests per second, of all threads that use the new client and clients that it
                returns, or a `RateLimit` to share; `math.inf` means no limit; by default, this client's.

        Raises:
            ValueError: a limit is invalid.
        """
        other = object.__new__(type(self))
        vars(other).update({name: value for name, value in vars(self).items() if name not in COLLECTIONS})
        other._owns_session = False
        other._timeout = self._timeout if timeout is None else checked_timeout(timeout)
        other._deadline = self._deadline if deadline is None else checked_deadline(deadline)
        other._max_retries = self._max_retries if max_retries is None else checked_retries(max_retries)
        if rate is not None:
            from .rate_limit import RateLimit  # rarely needed

            other._rate_limit = rate if isinstance(rate, RateLimit) else RateLimit(rate)
        return other

    def request(
        self,
        method: str,
        path: Path | str,
        params: Mapping[str, Any] | str | None = None,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        query: Mapping[str, Any] | None = None,
        accept: str = JSON,
        files: Mapping[str, UploadedFile] | None = None,
        expect: ExpectedType = object,
    ) -> Response:
        """Send a request to any endpoint of the API, including endpoints that have no method in this library.

        Args:
            method: HTTP method.
            path: path segments, such as `("customers", 15444, "balance")`, each of which is quoted; or a string, which
                is split at its slashes.
            params: the query of GET, HEAD and DELETE requests, or the JSON body of other requests. A string is used as
                an already encoded query, such as that of a `next` link.
            idempotency_key: key of a POST or PATCH under which the API can recognize a retry, of 6 to 64 letters,
                digits, `-` and `_`; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            query: query of a request whose `params` are its body. If it is given, even if empty, the `params` of a
                DELETE request are its body, too.
            accept: expected media type. The body of a response of another type than JSON is returned as bytes.
            files: files to upload, by field, in a multipart body instead of JSON; `params` are its other fields.
            expect: expected type of the parsed body: `dict` or `list`; by default, any.

        Raises:
            InvoicedError: the request failed; see `request_sent` for whether it reached the API.
            ValueError: the path or a parameter is invalid; nothing was sent.
            TypeError: the path or a parameter has an unsupported type; nothing was sent.
        """
        request = self._encode_request(method.upper(), encode_path(path), params, query, files)
        request.headers["Accept"] = accept
        if request.method in {"POST", "PATCH"}:
            key = uuid4() if idempotency_key is None else checked_key(idempotency_key)
            request.headers["Idempotency-Key"] = str(key)
        elif idempotency_key is not None:
            raise ValueError(f"A {request.method} has no idempotency key: only POST and PATCH do")
        timeout = self._timeout if timeout is None else checked_timeout(timeout)
        end = time.monotonic() + (self._deadline if deadline is None else checked_deadline(deadline))
        send = partial(self._session.exchange, request, timeout=timeout, deadline=end, max_body=self.max_body)
        self._writes.count += request.method not in {"GET", "HEAD"}
        raw = send_with_retries(send, request, self._max_retries, end, self._rate_limit)
        body = decode(raw, request, expect, self._parse) if accept == JSON else raw.content
        return Response(raw.status_code, raw.headers, body)

    def _encode_request(self, method: str, path: str, params: Any, query: Any, files: Any) -> Request:
        headers: dict[str, str] = {**_HEADERS}
        content: bytes | MultipartBody | None = None
        if not (method.isascii() and method.isalpha()):
            raise ValueError(f"{method!r} is not a valid HTTP method")
        if method in {"GET", "HEAD"} or (method == "DELETE" and (query is None or not params)):
            encoded = encode_query(params if isinstance(params, str) else {**(params or {}), **(query or {})})
        else:
            encoded = encode_query(query or {})
            if files is None:
                content, headers["Content-Type"] = encode_json(params or {}).encode(), JSON
            else:
                from .uploads import MultipartBody  # rarely needed

                content = MultipartBody(dict(encode_fields(params or {})), files)
                headers["Content-Type"] = content.content_type
        url = f"{self._api_url}{path}?{encoded}" if encoded else self._api_url + path
        return Request(method, path, url, headers, content)

    def close(self) -> None:
        """Close the connections, unless the session is your own. Later calls open new connections."""
        if self._owns_session:
            self._session.close()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {vars(self).get('_api_url')}>"

    if not TYPE_CHECKING:  # otherwise type checkers would accept any attribute

        def __getattr__(self, name: str) -> Any:
            if name in COLLECTIONS:
                return vars(self).setdefault(name, load(COLLECTIONS[name])(self))
            advice = 'For other endpoints, use client.request(), as in client.request("GET", "payment_links").'
            advice = f"Use invoiced.Client({REPLACED[name]})." if name in REPLACED else advice
            known = {known.lower(): known for known in COLLECTIONS}.get(name.replace("_", "").lower().removesuffix("s"))
            advice = f"Did you mean client.{known}?" if known else advice
            # Without `obj`, because Python would append its own suggestion.
            raise AttributeError(f"Client has no attribute {name!r}. {advice}", name=name)

        def __setattr__(self, name: str, value: Any) -> None:
            known = name.startswith("_") or hasattr(type(self), name)
            known = known or any(name in getattr(cls, "__annotations__", {}) for cls in type(self).__mro__)
            if name == "api_url" or not known:
                del value  # tracebacks may show local variables
                advice = f"use invoiced.Client({REPLACED[name]})" if name in REPLACED else "it is not declared"
                raise AttributeError(f"{name} of a Client cannot be set: {advice}.", name=name)
            super().__setattr__(name, value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Client cannot be pickled or copied, because it contains an API key. Create a new one.")
