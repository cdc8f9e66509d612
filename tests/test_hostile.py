"""Malicious input and servers."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3
from raw_server import RawServer, http_response, json_response

import invoiced
from invoiced.emulator import Emulator

RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'

HOSTILE_IDS = [
    "../invoices/5",
    "%2e%2e",
    "%2E%2E/invoices",
    "..%2finvoices",
    "...",
    ". .",
    "a/b",
    "a\\b",
    "a?b",
    "a#b",
    "a;b=c",
    "a&b=c",
    "a%00b",
    "a\x00b",
    "a\r\nX-Evil: 1",
    "a\nb",
    " 5 ",
    "x" * 10_000,
    "\u00fc",
    "\u202e5",
    "\U0001f4b8",
    "@evil.test",
    "//evil.test",
    "https://evil.test/",
]


@pytest.mark.parametrize("id", HOSTILE_IDS, ids=lambda id: ascii(id[:20]))
def test_an_id_is_sent_as_a_single_literal_segment(id: str) -> None:
    with RawServer(*[json_response("200 OK", '{"object": "customer"}')] * 4) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            client.Customer.retrieve(id)
            invoiced.Customer(client, id).balance()
            invoiced.Contact(client, id, parent=("customers", 7)).save(name="Nancy")
            invoiced.Customer(client, id).delete()
        lines = [request.partition(b"\r\n")[0].decode("ascii").split(" ") for request in server.requests]
    targets = [target for _, target, version in lines if version == "HTTP/1.1"]
    assert [target.count("/") for target in targets] == [2, 3, 4, 2]
    assert not any(mark in target for target in targets for mark in "?#;&@\\")
    segments = [[unquote(segment) for segment in target.split("/")[1:]] for target in targets]
    assert segments == [
        ["customers", id],
        ["customers", id, "balance"],
        ["customers", "7", "contacts", id],
        ["customers", id],
    ]


@pytest.mark.parametrize("id", ["", " ", "\t\r\n", ".", "..", "\ud800", None, 1.5, True, b"5", ["5"], ("5",)])
def test_an_invalid_id_raises_an_error_before_anything_is_sent(id: Any) -> None:
    with RawServer() as server, invoiced.Client("key", base_url=server.url) as client:
        with pytest.raises((ValueError, TypeError)):
            client.Customer.retrieve(id)
        with pytest.raises((ValueError, TypeError)):
            invoiced.Customer(client, id).delete()
        assert server.requests == []


@pytest.fixture
def client_of_an_emulator() -> Iterator[invoiced.Client]:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        yield client


@pytest.mark.parametrize("id", HOSTILE_IDS, ids=lambda id: ascii(id[:20]))
def test_the_api_finds_no_record_with_a_hostile_id(id: str, client_of_an_emulator: invoiced.Client) -> None:
    with pytest.raises(invoiced.NotFoundError):
        client_of_an_emulator.Customer.retrieve(id)


@pytest.mark.parametrize(
    "key", ["a[b]", "a[", "a]", "]a[", "[a]]", "a b", "a&b=c", "a%5Bb%5D", "a=b", "#", "\u00fc", "0", "a.b"]
)
def test_a_metadata_key_with_special_characters_arrives_unchanged(
    key: str, client_of_an_emulator: invoiced.Client
) -> None:
    acme = client_of_an_emulator.Customer.create(name="Acme", metadata={key: "x&y=[z]"})
    assert client_of_an_emulator.Customer.retrieve(acme.id).metadata == {key: "x&y=[z]"}


@pytest.mark.parametrize(
    "key",
    ["a[b]", "a[", "a]", "]a[", "[a]]", "a b", "a&b=c", "a%5Bb%5D", "a=b", "#", "\u00fc", "a.b", "a[b][c]", "][", ""],
)
def test_a_metadata_key_that_the_api_would_ignore_in_a_filter_raises_an_error(
    key: str, client_of_an_emulator: invoiced.Client
) -> None:
    with pytest.raises(ValueError, match="metadata"):
        client_of_an_emulator.Customer.list(metadata={key: "x"})
    with pytest.raises(ValueError, match="metadata"):
        client_of_an_emulator.Customer.all(metadata={key: "x"})
    assert client_of_an_emulator.Customer.list(metadata={"region-1_A": "x"})[0] == []


# Servers


def fail_to_read(server: RawServer, **options: Any) -> invoiced.ApiError:
    """Send a retrieve and a create whose responses are invalid, and return the error of the create."""
    with invoiced.Client("key", base_url=server.url, **options) as client:
        with pytest.raises(invoiced.ApiError):
            client.Customer.retrieve(1)
        with pytest.raises(invoiced.ApiError, match="It may have been processed") as caught:
            client.Customer.create(name="Acme")
    assert len(server.requests) == 2
    return caught.value


def endless(start: bytes, content: bytes, encode: Callable[[bytes], bytes] = bytes) -> Callable[[socket.socket], None]:
    """Return a reply that continues as long as the client reads."""

    def send(connection: socket.socket) -> None:
        part = encode(content)
        connection.sendall(start)
        while True:
            connection.sendall(part)

    return send


def complete(encoding: str, content: bytes, encode: Callable[[bytes], bytes]) -> Callable[[socket.socket], None]:
    """Return a reply whose length is known and small, but not when it is decoded."""
    return lambda connection: connection.sendall(http_response("200 OK", encode(content), Content_Encoding=encoding))


MEBIBYTE = 2**20
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "fault",
    [
        endless(PLAIN + b"Content-Length: 1000000000000\r\n\r\n", b" " * MEBIBYTE),
        endless(PLAIN + b"\r\n", b" " * MEBIBYTE),
        endless(PLAIN + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * MEBIBYTE + b"\r\n"),
        endless(PLAIN + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", b" " * MEBIBYTE),
        endless(PLAIN + b"Content-Encoding: gzip\r\n\r\n", b" " * 200 * MEBIBYTE, gzip.compress),
        endless(PLAIN + b"Content-Encoding: deflate\r\n\r\n", b" " * 200 * MEBIBYTE, zlib.compress),
        endless(PLAIN + b"Content-Encoding: gzip, gzip, gzip\r\n\r\n", b"\x00" * MEBIBYTE),
        endless(PLAIN + b"Content-Encoding: br\r\n\r\n", b"\x00" * MEBIBYTE),
        complete("gzip", b" " * 200 * MEBIBYTE, gzip.compress),
        complete("deflate", b" " * 200 * MEBIBYTE, zlib.compress),
    ],
    ids=[
        *["length", "until it closes", "chunks", "one chunk", "gzip", "deflate", "nested", "brotli"],
        *["gzip, complete", "deflate, complete"],
    ],
)
def test_an_endless_response_is_read_up_to_the_maximum_size(fault: Callable[[socket.socket], None]) -> None:
    tracemalloc.start()
    with RawServer(fault, fault) as server:
        tracemalloc.reset_peak()
        error = fail_to_read(server)
        assert tracemalloc.get_traced_memory()[1] < 150 * MEBIBYTE
    tracemalloc.stop()
    assert "larger than 33554432 bytes" in str(error) or "encoded as" in str(error)


@pytest.mark.parametrize("status", [400, 404, 429, 502])
def test_an_endless_error_response_raises_the_error_of_its_status(status: int) -> None:
    fault = endless(b"HTTP/1.1 %d No\r\n\r\n" % status, b"<html>" * 200_000)
    expected = {400: invoiced.InvalidRequestError, 404: invoiced.NotFoundError, 429: invoiced.RateLimitError}
    with RawServer(fault) as server, invoiced.Client("key", base_url=server.url, max_retries=0) as client:
        with pytest.raises(expected.get(status, invoiced.ApiError)) as caught:
            client.Customer.create(name="Acme")
    assert len(str(caught.value)) < 1000


def test_an_endless_redirect_response_is_not_read_completely() -> None:
    fault = endless(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n", b"<html>" * 200_000)
    with RawServer(fault) as server, invoiced.Client("key", base_url=server.url, deadline=10) as client:
        with pytest.raises(invoiced.ApiError) as caught:
            client.Customer.create(name="Acme")
    assert (caught.value.status_code, caught.value.headers["Location"]) == (302, "/elsewhere")


def test_the_maximum_size_can_be_set() -> None:
    body = json.dumps({"id": 1, "name": "x" * 1000})
    with RawServer(*[json_response("200 OK", body)] * 2) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            assert client.Customer.retrieve(1).id == 1
            client.max_body = 1000
            with pytest.raises(invoiced.ApiError, match="larger than 1000 bytes"):
                client.Customer.retrieve(1)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 5_000_000,
        b'{"a":' * 1_000_000,
        b"\xff\xfe\xfd",
        b'{"id": "\xff"}',
        b'{"id": ' + b"9" * 10_000 + b"}",
        b'"\\ud800"',
        b"NaN",
        b"1e999",
        b"\x00" * 1000,
    ],
    ids=lambda body: str(body[:10]),
)
def test_a_body_that_is_not_a_record_raises_an_error(body: bytes) -> None:
    reply = http_response("200 OK", body, Content_Type="application/json")
    with RawServer(reply, reply) as server:
        fail_to_read(server)


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Total-Count: 1\r\nX-Total-Count: 2\r\nLink: <?page=2>; rel=next\r\nLink: <?page=9>; rel=next\r\n",
        b"Content-Type: text/html\r\nContent-Type: application/json\r\n",
        b"Retry-After: 1\r\nRetry-After: 2\r\n",
        b"Date: x\r\nDate: y\r\n",
        b"X: " + b"x" * 60_000 + b"\r\n",
        b"X-\xff\xfe: \xff\xfe\r\n",
    ],
    ids=["count and link", "type", "retry", "date", "long", "not text"],
)
def test_unusual_headers_are_accepted(headers: bytes) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n" + headers + b'\r\n[{"id": 5}]'
    with RawServer(reply) as server, invoiced.Client("key", base_url=server.url) as client:
        customers, _ = client.Customer.list()
        assert [customer.id for customer in customers] == [5]


@pytest.mark.parametrize(
    "fault",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
        b"HTTP/1.1 99999 What\r\n\r\n",
        b"\x00" * 100_000,
    ],
    ids=["many headers", "long header", "negative", "invalid chunk", "invalid gzip", "continue", "status", "zeros"],
)
def test_a_response_that_is_not_http_leaves_the_outcome_of_a_create_unknown(fault: bytes, waits: list[float]) -> None:
    with RawServer(fault) as server, invoiced.Client("key", base_url=server.url) as client:
        with pytest.raises(invoiced.InvoicedError, match="It may have been processed") as caught:
            client.Customer.create(name="Acme")
        assert caught.value.outcome_unknown
        assert len(server.requests) == 1


KEPT_OPEN = json_response("200 OK", RECORD).replace(b"Connection: close\r\n", b"")
INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103 with headers": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nTransfer-Encoding: chunked\r\n\r\n",
    "199": b"HTTP/1.1 199 Hm\r\nContent-Length: 5\r\n\r\n",
    "several": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 \r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n",
    "many": b"HTTP/1.1 102 Processing\r\n\r\n" * 99,
}


def byte_by_byte(reply: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in reply:
            connection.sendall(bytes([byte]))

    return send


@pytest.mark.parametrize("deadline", [None, 30])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
def test_interim_responses_are_skipped_and_the_connection_is_kept(
    interim: bytes, split: bool, deadline: float | None
) -> None:
    def twice(connection: socket.socket) -> None:
        for status in (b"201 Created", b"200 OK"):
            reply = interim + KEPT_OPEN.replace(b"200 OK", status)
            byte_by_byte(reply)(connection) if split else connection.sendall(reply)
            if status == b"201 Created":
                connection.recv(65536)

    with RawServer(twice) as server:  # one connection
        with invoiced.Client("key", base_url=server.url, deadline=deadline) as client:
            assert client.Customer.create(name="Acme").name == "Acme"
            assert client.Customer.retrieve(1).name == "Acme"


def endless_interim_responses(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


@pytest.mark.parametrize("deadline", [None, 0.3])
def test_endless_interim_responses_end_in_an_error(deadline: float | None) -> None:
    with RawServer(endless_interim_responses) as server:
        with invoiced.Client("key", base_url=server.url, deadline=deadline) as client:
            with pytest.raises(invoiced.ApiConnectionError, match=r"more than 100 interim responses") as caught:
                client.Customer.create(name="Acme")
    assert caught.value.outcome_unknown


def test_slow_interim_responses_end_at_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        pause = threading.Event()
        while not pause.wait(0.02):
            connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")

    with RawServer(drip) as server:
        with invoiced.Client("key", base_url=server.url, deadline=0.3) as client:
            with pytest.raises(invoiced.ApiTimeoutError):
                client.Customer.create(name="Acme")


def test_switching_protocols_is_an_error_and_is_not_followed_by_the_response_to_another_call() -> None:
    """http.client treats it as the complete response, and would read the rest as the response to the next request."""
    first = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
    with RawServer(first + KEPT_OPEN, json_response("200 OK", '{"id": 2}')) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            with pytest.raises(invoiced.ApiError, match="It may have been processed"):
                client.Customer.create(name="Acme")
            assert client.Customer.retrieve(2).id == 2


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "429 Too Many Requests"])
@pytest.mark.parametrize(
    "rest", [b"Content-Length: 99\r\n\r\n{", b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"]
)
def test_a_rejection_is_certain_even_if_its_body_cannot_be_read(status: str, rest: bytes) -> None:
    with RawServer(f"HTTP/1.1 {status}\r\n".encode() + rest) as server:
        with invoiced.Client("key", base_url=server.url, max_retries=0) as client:
            with pytest.raises(invoiced.InvoicedError) as caught:
                client.Customer.create(name="Acme")
    assert caught.value.status_code == int(status[:3])
    assert not caught.value.outcome_unknown


def test_a_response_with_another_record_raises_an_error_and_the_record_keeps_its_id() -> None:
    with RawServer(*[json_response("200 OK", '{"id": 2, "name": "Stranger"}')] * 2) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            customer = invoiced.Customer(client, 1)
            with pytest.raises(invoiced.ApiError, match="Expected record 1 in the response, got 2"):
                customer.save(name="Acme")
            with pytest.raises(invoiced.ApiError, match="Expected record 1 in the response, got 2"):
                customer.refresh()
            assert customer.id == 1


@pytest.mark.parametrize("method", ["", "GET /", "GET\r\nX-Evil: 1", "G\x00T"])
def test_an_invalid_method_raises_an_error_before_anything_is_sent(method: str) -> None:
    with RawServer() as server, invoiced.Client("key", base_url=server.url) as client:
        with pytest.raises(ValueError, match="is not a valid HTTP method"):
            client.request(method, "customers")
        assert server.requests == []


def test_a_wrong_content_length_does_not_cause_reads_of_single_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, read = list[int](), urllib3.HTTPResponse.stream

    def record_size(response: urllib3.HTTPResponse, size: int, **options: bool) -> Any:
        sizes.append(size)
        return read(response, size, **options)

    monkeypatch.setattr(urllib3.HTTPResponse, "stream", record_size)
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id": 1}\r\n0\r\n\r\n'
    with RawServer(reply) as server, invoiced.Client("key", base_url=server.url) as client:
        assert client.Customer.retrieve(1).id == 1
    assert min(sizes) > 1000


@pytest.mark.parametrize(
    "reply", [b"\x1b]0;x\x07\x1b[2J\x9b\r\n\r\n", b"HTTP/9.9 \x1b[2J\r\n\r\n", b"HTTP/1.1 \x1b2 x\r\n\r\n"]
)
def test_the_traceback_of_an_error_shows_no_control_characters_of_the_server(reply: bytes) -> None:
    with RawServer(reply) as server, invoiced.Client("key", base_url=server.url, max_retries=0) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            client.Customer.create(name="Acme")
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.replace("\n", "").isprintable()


def test_a_body_in_tiny_chunks_takes_no_more_memory_than_its_size() -> None:
    chunks = b"2\r\n  \r\n" * 100_000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with (
        RawServer(head + chunks + b"2\r\n{}\r\n0\r\n\r\n") as server,
        invoiced.Client("key", base_url=server.url) as client,
    ):
        tracemalloc.start()
        try:
            assert client.request("GET", "customers").body == {}
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
        finally:
            tracemalloc.stop()
