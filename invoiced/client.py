"""The client: an Invoiced account, reached with its API key over one session."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from ._compat import Self
from .collection import Collection
from .credentials import credentials
from .decoding import decode
from .encoding import Path, encode_json, encode_path, encode_query, quoted_query
from .messages import Request, Response, Timeout
from .resources import Customers
from .retries import send_with_retries
from .settings import api_url, checked_deadline, checked_key, checked_retries, checked_timeout
from .version import VERSION

if TYPE_CHECKING:
    import requests

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"Invoiced Python/{VERSION}",
}


class Client(AbstractContextManager["Client"]):
    """An Invoiced account (chapters "Authentication" and "Environments" of the API reference).

    Safe to share among threads, and meant to be: they use one pool of connections. Share the client, not
    the records it hands out: a `Customer` belongs to one thread at a time.

    `with Client(...) as client:` closes the connections at the end.

    Args:
        api_key: key of the account; without it, the environment variable INVOICED_API_KEY.
        sandbox: True for the sandbox, which has keys of its own. INVOICED_SANDBOX=1 does the same.
        access_token: OAuth 2.0 access token, sent in place of an API key.
        base_url: another address of the API, such as an emulator's: https, or any scheme on this machine.
            It goes before `sandbox`; INVOICED_BASE_URL counts only where neither argument is given.
        timeout: seconds to wait for a connection and then for each part of the answer, as a pair, or as one
            number for both.
        deadline: seconds for a whole call, its retries and waits included; of `all()`, for each page. None is no end.
        max_retries: how often a request may be repeated after its first attempt.
        session: a `requests.Session` of your own, with its proxies, CA bundle, adapters and hooks. From then
            on it keeps no cookies. You made it, so you close it. The environment's proxies and CA bundle are
            read once, now.
        parse_float: reads the numbers with a fraction; `decimal.Decimal` reads amounts exactly.

    Raises:
        ValueError: a key is missing or cannot be one, `base_url` would send it unprotected, or another
            argument makes no sense.
        TypeError: `sandbox` is not a bool (the text "false" would select the sandbox).
    """

    Customer: Customers
    """The customers: create, retrieve, list, all, find (chapter "Customers")."""

    max_body: int = 32 * 1024 * 1024
    """The most bytes that an answer may have, unpacked; one that has more is an ApiError. Set it to change it."""

    def __init__(
        self,
        api_key: str | None = None,
        sandbox: bool = False,
        *,
        access_token: str | None = None,
        base_url: str | None = None,
        timeout: Timeout = (30, 60),
        deadline: float | None = None,
        max_retries: int = 2,
        session: requests.Session | None = None,
        parse_float: Callable[[str], Any] = float,
    ) -> None:
        from .session import Session  # loads requests, which takes longer than all the rest

        try:
            authorize = credentials(api_key, access_token)
        finally:
            del api_key, access_token  # from the variables that a traceback may show
        self._api_url = api_url(base_url, sandbox)
        self._timeout, self._deadline = checked_timeout(timeout), checked_deadline(deadline)
        if not callable(parse_float):
            raise ValueError("parse_float must be a function")
        self._max_retries, self._parse_float = checked_retries(max_retries), parse_float
        self._session, self._owns_session = Session(session, self._api_url, authorize), session is None
        self.Customer = Customers(self)

    @property
    def api_url(self) -> str:
        """Where requests go: `https://api.invoiced.com`, the sandbox, or the `base_url`."""
        return self._api_url

    def with_options(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, max_retries: int | None = None
    ) -> Self:
        """Hand out the same account over the same connections, with other limits where they are given.

        Closing it closes nothing: the connections are those of this client.

        Args:
            timeout: seconds to connect, and to wait for each part of an answer; without it, this client's.
            deadline: seconds for each whole call, repeats and waits included; without it, this client's.
            max_retries: how often a request may be repeated; without it, as often as by this client.

        Raises:
            ValueError: a limit makes no sense.
        """
        other = object.__new__(type(self))
        collections = {name: type(it)(other) for name, it in vars(self).items() if isinstance(it, Collection)}
        vars(other).update({**vars(self), **collections, "_owns_session": False})
        other._timeout = self._timeout if timeout is None else checked_timeout(timeout)
        other._deadline = self._deadline if deadline is None else checked_deadline(deadline)
        other._max_retries = self._max_retries if max_retries is None else checked_retries(max_retries)
        return other

    def request(
        self,
        method: str,
        path: Path | str,
        params: Mapping[str, Any] | str | None = None,
        *,
        idempotency_key: str | uuid.UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        expect: type | tuple[type, ...] = object,
    ) -> Response:
        """Send a request: the only door to the API, open for endpoints that have no method yet.

        Args:
            method: HTTP method.
            path: the segments, as `("customers", 15444, "balance")`, each of which is quoted; or a string,
                which is split at its slashes.
            params: the query of GET, HEAD and DELETE, the JSON body of other methods. A string is a query
                that is encoded already, such as that of a `next` link.
            idempotency_key: by which the API may know a repeated request; without it, POST and PATCH get a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            expect: type of the parsed body: `dict` or `list`; by default anything will do.

        Raises:
            InvoicedError: the request did not succeed; `request_sent` tells whether it reached the API.
            ValueError: the path or a parameter cannot be sent as it is meant, and nothing was sent.
            TypeError: the path or a parameter is of a type that cannot be sent, and nothing was sent.
        """
        request = self._written(method.upper(), encode_path(path), params)
        if idempotency_key is not None or request.method in {"POST", "PATCH"}:
            key = checked_key(uuid.uuid4() if idempotency_key is None else idempotency_key)
            request.headers["Idempotency-Key"] = key
        timeout = self._timeout if timeout is None else checked_timeout(timeout)
        ends = time.monotonic() + (self._deadline if deadline is None else checked_deadline(deadline))
        send = partial(self._session.exchange, request, timeout=timeout, deadline=ends, max_body=self.max_body)
        answer = send_with_retries(send, request, self._max_retries, ends)
        return Response(answer.status_code, answer.headers, decode(answer, request, expect, self._parse_float))

    def _written(self, method: str, path: str, params: Mapping[str, Any] | str | None) -> Request:
        url, headers = self._api_url + path, {**_HEADERS}
        if not re.fullmatch("[A-Z]+", method):
            raise ValueError(f"{method!r} is not a method of HTTP")
        if method in {"GET", "HEAD", "DELETE"}:
            query = quoted_query(params) if isinstance(params, str) else encode_query(params or {})
            return Request(method, path, f"{url}?{query}" if query else url, headers, None)
        headers["Content-Type"] = "application/json"
        return Request(method, path, url, headers, encode_json(params or {}).encode())

    def close(self) -> None:
        """Close the connections, unless the session is your own. A call after that opens new ones."""
        if self._owns_session:
            self._session.close()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {vars(self).get('_api_url')}>"

    if not TYPE_CHECKING:  # to them any name would be right

        def __getattr__(self, name: str) -> Any:
            problem = f"A Client has no {name!r}; request() reaches what has no method yet"
            raise AttributeError(problem, name=name, obj=self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Client is not pickled or copied: it holds an API key and open connections. Make a new one.")
