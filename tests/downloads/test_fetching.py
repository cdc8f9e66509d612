"""Tests of downloading one PDF, from servers that are hostile, slow or broken."""

from __future__ import annotations

import contextlib
import gc
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
from open_sockets import connections_to, needs_proc
from raw_server import RawServer, Reply, hang, http_response

from invoiced.downloads import fetching
from invoiced.downloads.errors import DownloadError, LinkError
from invoiced.downloads.fetching import Fetcher
from invoiced.downloads.links import Links

PDF = b"%PDF-1.4 and %%EOF\n"
OK = http_response("200 OK", PDF, Content_Type="application/pdf")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"
LOCAL = Links("http://127.0.0.1")


def fetch(url: str, links: Links = LOCAL, deadline: float = 20) -> bytes:
    fetcher = Fetcher(links, deadline)
    try:
        with fetcher.open(url) as parts:
            return b"".join(parts)
    finally:
        fetcher.close()


def fetched(*replies: Reply, deadline: float = 20) -> tuple[bytes | str, list[bytes]]:
    """Return the content or the problem, and the requests."""
    with RawServer(*replies) as server:
        try:
            return fetch(server.url, deadline=deadline), server.requests
        except DownloadError as error:
            return str(error), server.requests


def redirect(location: str, body: bytes = b"", **headers: str) -> bytes:
    return http_response("302 Found", body, Location=location, **headers)


def endless(head: bytes, part: bytes = bytes(65536)) -> Callable[[socket.socket], None]:
    """Send a head and then parts, as fast as they are read."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while True:
                connection.sendall(part)

    return send


def dripping(head: bytes, drop: bytes = b"x") -> Callable[[socket.socket], None]:
    """Send a head and then drops, each before a timeout could expire."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        pause = threading.Event()
        with suppress(OSError):
            while True:
                connection.sendall(drop)
                pause.wait(0.02)

    return send


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "backoff", lambda *_, **__: 0.0)


def test_a_pdf_is_requested_without_credentials_and_without_an_encoding() -> None:
    content, (request,) = fetched(OK)
    assert content == PDF
    assert b"\r\nAccept-Encoding: identity\r\n" in request
    assert b"\r\nAccept: application/pdf\r\n" in request
    assert b"authorization" not in request.lower()


# Redirects


@pytest.mark.parametrize(
    "body",
    [
        redirect("/pdf", gzip.compress(bytes(10**7)), Content_Encoding="gzip"),
        endless(b"HTTP/1.1 302 Found\r\nLocation: /pdf\r\n\r\n"),
        endless(b"HTTP/1.1 307 Found\r\nLocation: /pdf\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        dripping(b"HTTP/1.1 301 Found\r\nLocation: /pdf\r\nContent-Length: 100\r\n\r\n"),
        b"HTTP/1.1 308 Found\r\nLocation: /pdf\r\nContent-Length: 1000\r\n\r\n",
    ],
    ids=["encoded", "endless", "chunked", "dripping", "truncated"],
)
def test_the_body_of_a_redirect_is_not_read(body: Reply) -> None:
    content, requests = fetched(body, OK)
    assert content == PDF
    assert requests[1].startswith(b"GET /pdf ")


@pytest.mark.parametrize(("count", "result"), [(5, PDF), (6, "there are more than 5 redirects")])
def test_at_most_five_redirects_are_followed(count: int, result: object) -> None:
    content, requests = fetched(*[redirect(f"/{number}") for number in range(count)], OK)
    assert content == result
    assert len(requests) == 6


def test_a_redirect_to_itself_ends() -> None:
    content, _ = fetched(*[redirect("")] * 9)
    assert content == "there are more than 5 redirects"


@pytest.mark.parametrize("location", ["http://example.com/", "file:///etc/passwd", "//user:pw@localhost/", "http://[a"])
def test_a_redirect_to_what_no_link_may_be_is_not_followed(location: str) -> None:
    with RawServer(redirect(location)) as server, pytest.raises(LinkError):
        fetch(server.url)


def test_a_cookie_is_sent_after_a_redirect_but_not_with_the_next_file() -> None:
    with RawServer(redirect("/pdf", Set_Cookie="a=1"), OK, OK) as server:
        fetcher = Fetcher(LOCAL, 20)
        for _ in range(2):
            with fetcher.open(server.url) as parts:
                assert b"".join(parts) == PDF
        fetcher.close()
        assert server.header("Cookie") == [None, "a=1", None]


# Addresses


@pytest.mark.parametrize("api_url", ["https://198.51.100.1", "https://8.8.8.8", "https://10.0.0.1"])
def test_a_name_with_the_address_of_this_machine_gets_no_request(api_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: resolve(host.replace("evil.example", "127.0.0.1"), *a, **k)
    )
    with RawServer(before_reading=hang) as server, pytest.raises(DownloadError, match=r"leads to 127\.0\.0\.1"):
        fetch(f"https://evil.example:{server.port}/", Links(api_url))


def test_a_name_whose_address_changes_is_connected_to_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    received: list[bytes] = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        calls.append(host)
        if host == "8.8.8.8":
            raise OSError("unreachable")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8" if len(calls) == 1 else "127.0.0.1", port))]

    with RawServer(OK, before_reading=lambda connection: received.append(connection.recv(1))) as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(DownloadError, match=r"leads to 127\.0\.0\.1"):
            fetch(f"https://evil.example:{server.port}/", Links("https://8.8.8.8"))
    assert calls[:3] == ["evil.example", "8.8.8.8", "evil.example"]  # the second time, because the request is retried
    assert received == []


def test_a_name_with_many_silent_addresses_does_not_outlast_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host == "silent.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port)) for last in range(1, 13)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())]

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(3):  # more than it keeps, so that further connections wait
            connection = waiting.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(full.getsockname())
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        began = time.monotonic()
        url = f"http://silent.example:{full.getsockname()[1]}/"
        with pytest.raises(DownloadError, match=r"longer than 0\.5 seconds|no complete response"):
            fetch(url, Links(url), deadline=0.5)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("link", ["https://localho\u017ft/", "http\u017f://8.8.8.8/"])
def test_letters_that_only_look_like_ascii_without_case_are_no_link(link: str) -> None:
    with pytest.raises(LinkError):
        Links("https://api.invoiced.com").checked(link)


def test_a_proxy_may_be_on_this_machine_and_gets_only_links_that_may_be_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawServer(OK) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        links = Links("http://emulator.invalid:8065")  # only the proxy can resolve it
        for host in ("127.1", "169.254.169.254", "[::1]", "localhost."):
            with pytest.raises(DownloadError):
                fetch(f"https://{host}/", links)
        assert proxy.requests == []
        assert fetch("http://emulator.invalid:8065/pdf", links) == PDF
        assert proxy.requests[0].startswith(b"GET http://emulator.invalid:8065/pdf ")


def test_a_link_on_this_machine_does_not_lead_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer() as proxy, RawServer(OK) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert fetch(server.url) == PDF


# Bodies


@pytest.mark.parametrize(
    "encoding", ["gzip", "gzip, gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "GZip"]
)
def test_an_encoded_body_is_refused_without_reading_it(encoding: str) -> None:
    head = HEAD + f"Content-Encoding: {encoding}\r\n\r\n".encode()
    content, _ = fetched(endless(head, gzip.compress(b"%PDF" + bytes(10**6))))
    assert content == "expected a PDF, got one that is encoded"


@pytest.mark.parametrize("encoding", ["identity", "", " Identity "])
def test_a_body_that_is_not_encoded_is_read(encoding: str) -> None:
    content, _ = fetched(http_response("200 OK", PDF, Content_Type="application/pdf", Content_Encoding=encoding))
    assert content == PDF


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 1000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_what_does_not_begin_like_a_pdf_is_refused_at_once(framing: bytes) -> None:
    def junk(connection: socket.socket) -> None:
        connection.sendall(HEAD + framing + b"\r\n" + (b"6\r\n<html>\r\n" if b"chunked" in framing else b"<html>"))
        hang(connection)

    assert fetched(junk)[0] == "the response is not a complete PDF"


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 1000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_an_endless_pdf_is_refused_at_the_limit(framing: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SIZE", 10**6)
    chunked = b"chunked" in framing
    part = b"10000\r\n" + bytes(0x10000) + b"\r\n" if chunked else bytes(0x10000)
    head = HEAD + framing + b"\r\n" + (b"4\r\n%PDF\r\n" if chunked else b"%PDF")
    assert fetched(endless(head, part))[0] == "the PDF is larger than 1000000 bytes"


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        (b"%PDF%%EOF", True),
        (b"%PDF-1.4" + bytes(200_000) + b"%%EOF" + bytes(1000), True),
        (b"%PDF-1.4" + bytes(65536 - 8 + 1 - 2) + b"%%EOF", True),
        (b"%PDF-1.4 %%EOF" + bytes(1100), False),
        (b"%PDF-1.4", False),
        (b"%PD", False),
        (b" %PDF-1.4 %%EOF", False),
        (b"", False),
    ],
)
def test_a_pdf_is_complete_if_its_last_kilobyte_has_the_mark_of_its_end(body: bytes, complete: bool) -> None:
    content, _ = fetched(http_response("200 OK", body, Content_Type="application/pdf"))
    assert content == (body if complete else "the response is not a complete PDF")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (http_response("404 a\x1b[2Jb"), "the server responded 404 Not Found"),
        (http_response("799 \x9b2J"), "the server responded 799"),
        (http_response("302 Found"), "the server responded 302 Found"),
        (http_response("200 OK", b"x", Content_Type="text/\x1b[2J\x9b"), r"expected a PDF, got text/\x1b[2J\xc2\x9b"),
        (http_response("200 OK", b"x", Content_Type="x" * 5000), "expected a PDF, got " + "x" * 100),
        (http_response("200 OK", b"x"), "expected a PDF, got no content type"),
        (b"junk\x1b\r\n\r\n", "no complete response was received (ConnectionError)"),
    ],
)
def test_a_reason_has_no_control_characters_of_the_server(reply: bytes, reason: str) -> None:
    assert fetched(*[reply] * 5)[0] == reason


# Retries


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Error", "502 Bad Gateway", "503 No", "504 No"])
def test_a_temporary_error_is_retried_four_times(status: str) -> None:
    reply = http_response(status, Retry_After="0")
    assert fetched(*[reply] * 4, OK)[0] == PDF
    content, requests = fetched(*[reply] * 6)
    assert str(content).startswith(f"the server responded {status[:3]}")
    assert len(requests) == 5


def test_the_body_of_a_temporary_error_is_not_read() -> None:
    assert fetched(endless(b"HTTP/1.1 503 No\r\nRetry-After: 0\r\n\r\n"), OK)[0] == PDF


def test_redirects_and_retries_are_counted_for_the_whole_file() -> None:
    error = http_response("503 No", Retry_After="0")
    content, requests = fetched(error, redirect("/a"), error, redirect("/b"), error, error, error, OK)
    assert (content, len(requests)) == ("the server responded 503 Service Unavailable", 7)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("0", 0), ("7", 7), ("3600", 60), ("9" * 400, 60), ("9" * 5000, 0), ("soon", 0), ("-5", 0), ("\xb2", 0),
     ("Fri, 31 Dec 9999 23:59:59 GMT", 60), ("Fri, 31 Dec 99999999999 23:59:59 GMT", 0),
     ("Mon, 01 Jan 1990 00:00:00 GMT", 0)],
)  # fmt: skip
def test_a_wait_is_at_most_a_minute(retry_after: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    wait = threading.Event.wait

    def record(event: threading.Event, timeout: float | None = None) -> bool:
        waits.append(timeout)
        return wait(event, 0.01)

    monkeypatch.setattr(threading.Event, "wait", record)
    reply = f"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: {retry_after}\r\n\r\n"
    with RawServer(reply.encode("latin-1"), OK) as server:
        assert fetch(server.url, deadline=300) == PDF
    assert seconds in waits


# The deadline


TOO_LONG = "the download took longer than 0.2 seconds"


@pytest.mark.parametrize(
    "replies",
    [
        [hang],
        [dripping(b"")],
        [dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n")],
        [dripping(b"HTTP/1.1 200 OK\r\nX-A: ")],
        [dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n")],
        [dripping(HEAD + b"Content-Length: 1000000\r\n\r\n%PDF")],
        [dripping(HEAD + b"\r\n%PDF %%EOF")],
        [lambda connection: (connection.sendall(HEAD + b"\r\n%PD"), hang(connection))],
        [dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n", b"1\r\nx\r\n")],
        [dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n", b"1")],
        [redirect("/a"), dripping(HEAD + b"\r\n%PDF")],
        [http_response("503 No", Retry_After="0"), hang],
    ],
    ids=[
        "silent", "status", "headers", "header", "interim", "length", "close", "start", "chunks", "chunk", "redirect",
        "retry",
    ],
)  # fmt: skip
def test_no_download_takes_longer_than_its_deadline(replies: list[Reply]) -> None:
    began = time.monotonic()
    assert fetched(*replies, deadline=0.2)[0] == TOO_LONG
    assert time.monotonic() - began < 5


def test_no_handshake_takes_longer_than_the_deadline() -> None:
    with RawServer(b"", before_reading=dripping(b"\x16\x03\x03\x40\x00", b"\x00")) as server:
        began = time.monotonic()
        with pytest.raises(DownloadError, match=r"took longer|no complete response"):  # whatever notices it first
            fetch(server.url, deadline=0.2)
        assert time.monotonic() - began < 5


def test_a_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    began = time.monotonic()
    content, requests = fetched(http_response("503 No", Retry_After="30"), OK, deadline=5)
    assert (content, len(requests)) == ("the server responded 503 Service Unavailable", 1)
    assert time.monotonic() - began < 5


# Stopping


@pytest.fixture
def stopping(request: pytest.FixtureRequest) -> Iterator[Fetcher]:
    fetcher = Fetcher(LOCAL, 60)
    yield fetcher
    fetcher.close()


@pytest.mark.parametrize(
    "reply",
    [hang, dripping(HEAD), dripping(HEAD + b"\r\n%PDF"), http_response("503 No", Retry_After="30")],
    ids=["silent", "headers", "body", "wait"],
)
def test_another_thread_ends_a_download_at_once(reply: Reply, stopping: Fetcher) -> None:
    with RawServer(reply) as server:
        stopper = threading.Timer(0.1, stopping.stop)
        stopper.start()
        began = time.monotonic()
        with pytest.raises(DownloadError), stopping.open(server.url) as parts:
            b"".join(parts)
        assert time.monotonic() - began < 5
        with pytest.raises(DownloadError), stopping.open(server.url):
            pass


@needs_proc
def test_no_connection_stays_open() -> None:
    keep = HEAD + f"Content-Length: {len(PDF)}\r\n\r\n".encode() + PDF

    def twice(connection: socket.socket) -> None:
        connection.sendall(keep)
        connection.recv(65536)
        connection.sendall(keep)
        hang(connection)

    with RawServer(twice) as server:
        fetcher = Fetcher(LOCAL, 20)
        for _ in range(2):
            with fetcher.open(server.url) as parts:
                assert b"".join(parts) == PDF
        fetcher.close()
        assert connections_to(server.url) == 0
        assert len(server.requests) == 1


def test_no_connection_stays_open_although_something_refers_to_a_response(monkeypatch: pytest.MonkeyPatch) -> None:
    responses: list[requests.Response] = []
    send = requests.Session.send

    def send_and_keep(*arguments: Any, **options: Any) -> requests.Response:
        responses.append(send(*arguments, **options))
        return responses[-1]

    monkeypatch.setattr(requests.Session, "send", send_and_keep)
    with RawServer(HEAD + f"Content-Length: {len(PDF)}\r\n\r\n".encode() + PDF) as server:
        assert fetch(server.url) == PDF
    assert len(responses) == 1
    responses.clear()
    gc.collect()  # a handle that was not closed would be a warning, which is an error
