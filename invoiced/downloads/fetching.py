"""Download of one PDF over HTTP, from a server that is not trusted."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Retry

from invoiced import backoff, is_local

from .connections import StoppableAdapter
from .errors import DownloadError
from .links import Links

MAX_SIZE = 100 * 1024 * 1024
"""Maximum size of a file in bytes."""

_CONNECT_TIMEOUT, _READ_TIMEOUT = 30, 60
_WATCH_INTERVAL = 0.1
_MAX_REDIRECTS = 5
_MAX_RETRIES = 4
_MAX_WAIT = 60
_TEMPORARY = (429, 500, 502, 503, 504)
_PART_SIZE = 64 * 1024
# PDFs are compressed, and a few bytes of an encoding can decode to gigabytes.
_HEADERS = {"Accept": "application/pdf", "Accept-Encoding": "identity"}
_BEGIN, _END = b"%PDF", b"%%EOF"


class Fetcher:
    """Downloads one file at a time, over connections of its own.

    Args:
        links: the links that may be followed.
        deadline: maximum seconds of a download, with its redirects, retries and waits. Resolving a name may take
            longer.
    """

    def __init__(self, links: Links, deadline: float) -> None:
        self._links, self._deadline, self._end = links, deadline, math.inf
        self._watch = threading.Thread(target=self._stop_when_late, name="invoiced-deadline", daemon=True)
        self._adapter = StoppableAdapter(links.check_address)
        self._session = _Session()
        self._session.auth = lambda request: request  # no credentials, not even from .netrc
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._adapter)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped, or a download took too long. Then it downloads nothing more."""
        return self._adapter.stopped.is_set()

    def stop(self) -> None:
        """End the download in flight. It may be called by any thread."""
        self._adapter.stop()

    def close(self) -> None:
        """End the download in flight, and close the connections."""
        self._session.close()

    @contextmanager
    def open(self, url: str) -> Iterator[Iterator[bytes]]:
        """Request a PDF.

        Yields:
            The parts of its content. The last one is only yielded if the PDF is complete.

        Raises:
            DownloadError: there is no PDF; also while the parts are read.
        """
        self._session.cookies.clear()  # those of another customer
        self._end = time.monotonic() + self._deadline
        if self._watch.ident is None:
            self._watch.start()
        try:
            with self._converted_errors():
                response = self._request(url)
            with response:
                self._check_running()  # headers look complete if the connection was shut down
                _check(response)
                yield self._parts(response)
        finally:
            self._end = math.inf
            self._adapter.release()

    def _stop_when_late(self) -> None:
        while not self._adapter.stopped.wait(_WATCH_INTERVAL):
            if time.monotonic() > self._end:
                self.stop()

    def _request(self, url: str) -> requests.Response:
        """Return the response to a link after redirects and retries. Its body was not read."""
        attempt, redirects = 1, 0
        while True:
            self._check_running()
            url = self._links.checked(url)
            outcome = self._attempt(url)
            if isinstance(outcome, requests.Response) and outcome.is_redirect:
                self._discard(outcome)
                redirects += 1
                if redirects > _MAX_REDIRECTS:
                    raise DownloadError(f"there are more than {_MAX_REDIRECTS} redirects")
                url = self._links.checked_target(url, outcome.headers["Location"])
                continue
            wait = _seconds_before_retry(outcome, attempt)
            if wait is None or attempt > _MAX_RETRIES or time.monotonic() + wait >= self._end:
                if isinstance(outcome, requests.Response):
                    return outcome
                raise outcome
            if isinstance(outcome, requests.Response):
                self._discard(outcome)
            attempt += 1
            self._adapter.stopped.wait(wait)

    def _attempt(self, url: str) -> requests.Response | requests.RequestException:
        timeout = (max(min(_CONNECT_TIMEOUT, self._end - time.monotonic()), 0.001), _READ_TIMEOUT)
        host = urlsplit(url).hostname or ""
        not_proxied = {"no_proxy": host} if is_local(host) else None
        try:
            return self._session.get(url, timeout=timeout, stream=True, headers=_HEADERS, proxies=not_proxied)
        except requests.RequestException as error:
            return error

    def _discard(self, response: requests.Response) -> None:
        """Close a response without reading its body, which may be endless."""
        response.close()
        self._adapter.release()

    def _parts(self, response: requests.Response) -> Iterator[bytes]:
        size, last = 0, b""
        part_size = len(_BEGIN)
        with self._converted_errors():
            while True:
                part = _read(response, part_size)
                self._check_running()  # a connection that was shut down looks like the end of the body
                if not part:
                    break
                if not size and part != _BEGIN:
                    raise DownloadError("the response is not a complete PDF")
                size += len(part)
                if size > MAX_SIZE:
                    raise DownloadError(f"the PDF is larger than {MAX_SIZE} bytes")
                last = (last + part)[-1024:]
                yield part
                part_size = _PART_SIZE
        if _END not in last:
            raise DownloadError("the response is not a complete PDF")

    def _check_running(self) -> None:
        if self.stopped:
            raise DownloadError(f"the download took longer than {self._deadline:g} seconds")

    @contextmanager
    def _converted_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPError, ValueError) as error:  # their text contains the link, which gives access
            self._check_running()
            raise DownloadError(f"no complete response was received ({type(error).__name__})") from None


class _Session(requests.Session):
    """A session that leaves redirects alone, whose bodies requests would read as a whole."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target."""


def _read(response: requests.Response, size: int) -> bytes:
    try:
        part: bytes = response.raw.read(size, decode_content=False)
    except ProtocolError as error:
        raise ChunkedEncodingError(error) from error  # like requests
    return part


def _seconds_before_retry(outcome: requests.Response | requests.RequestException, attempt: int) -> float | None:
    """Return the seconds to wait before a retry, or None if it would be of no use."""
    if isinstance(outcome, requests.Response):
        if outcome.status_code not in _TEMPORARY:
            return None
        with suppress(HTTPError, ValueError, OverflowError):  # not a valid time
            seconds = Retry().get_retry_after(outcome.raw)
            if seconds is not None:
                return min(seconds, _MAX_WAIT)
    elif not isinstance(outcome, (requests.ConnectionError, requests.Timeout)):
        return None
    return backoff(attempt, base=0.5, cap=8, jitter=0.5)


def _check(response: requests.Response) -> None:
    """Check that a response has a PDF, before its body is read."""
    if (status := response.status_code) != 200:
        phrase = f" {HTTPStatus(status).phrase}" if status in {*HTTPStatus} else ""  # not the server's own
        raise DownloadError(f"the server responded {status}{phrase}")
    content_type = response.headers.get("Content-Type", "no content type")
    if content_type.partition(";")[0].strip().lower() != "application/pdf":
        raise DownloadError(f"expected a PDF, got {ascii(content_type[:100])[1:-1]}")
    if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        raise DownloadError("expected a PDF, got one that is encoded")
