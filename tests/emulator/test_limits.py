"""Limits of the HTTP server: no body takes its memory, and no slow connection its attention."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from invoiced.emulator import Emulator
from invoiced.emulator.server.server import MAX_BODY_BYTES, _Listener

ROOT = Path(__file__).parents[2]
AUTH = ("key", "")
HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json"}
MEGABYTE = 2**20


PHRASE = HTTPStatus(413).phrase  # Python 3.13 has that of RFC 9110


def _zeros(megabytes: int) -> Iterator[bytes]:
    return (bytes(MEGABYTE) for _ in range(megabytes))


def _listener(emulator: Emulator) -> _Listener:
    assert emulator._server
    return emulator._server._server


def _connect(emulator: Emulator, sent: bytes = b"") -> socket.socket:
    address = urlsplit(emulator.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=10)
    connection.sendall(sent)
    return connection


def _is_refused_as_too_large(response: requests.Response) -> bool:
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["type"] == "invalid_request"
    assert "below 32 MB" in response.json()["message"]
    return (response.status_code, response.reason) == (413, PHRASE)


@pytest.mark.parametrize("path", ["/customers", "/_emulator/snapshot", "/nothing"])
def test_a_body_beyond_the_limit_is_refused(emulator: Emulator, path: str) -> None:
    body = bytes(MAX_BODY_BYTES)
    with requests.Session() as session:
        assert _is_refused_as_too_large(session.put(emulator.url + path, data=body, headers=HEADERS))
        assert _is_refused_as_too_large(session.put(emulator.url + path, data=_zeros(33), headers=HEADERS))
        response = session.post(f"{emulator.url}/customers", json={"name": "Acme"}, headers=HEADERS)
        assert response.status_code == 201
    assert len(emulator.requests) == 1


def test_a_body_below_the_limit_is_accepted(emulator: Emulator) -> None:
    body = b'{"name": "Acme"' + b" " * (MAX_BODY_BYTES - 17) + b"}"
    response = requests.post(f"{emulator.url}/customers", data=body, headers=HEADERS)
    assert response.status_code == 201


def test_a_body_is_not_asked_for_before_it_is_refused(emulator: Emulator) -> None:
    head = (
        b"POST /customers HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n"
    )
    with _connect(emulator, head) as connection, connection.makefile("rb") as response:
        assert response.readline() == f"HTTP/1.1 413 {PHRASE}\r\n".encode()
        assert b"below 32 MB" in response.read()


def test_a_body_that_is_expected_is_asked_for(emulator: Emulator) -> None:
    head = b"POST /customers HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with _connect(emulator, head) as connection, connection.makefile("rb") as response:
        assert response.readline() == b"HTTP/1.1 100 Continue\r\n"
        connection.sendall(b"{}")
        assert response.readline() == b"\r\n"
        assert response.readline() == b"HTTP/1.1 401 Unauthorized\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 2 * MEGABYTE + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * MEGABYTE, 431),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a" * MEGABYTE, 431),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_in_json_and_ends_the_connection(
    emulator: Emulator, sent: bytes, status: int
) -> None:
    with _connect(emulator, sent) as connection, connection.makefile("rb") as response:
        assert response.readline().split()[1] == str(status).encode()
        head, _, body = response.read().partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert json.loads(body).keys() == {"type", "message"}
    assert requests.get(f"{emulator.url}/_emulator/health").ok


def test_what_follows_a_refused_body_is_no_request(emulator: Emulator) -> None:
    sent = b"POST /customers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
    with _connect(emulator, sent + b"POST /_emulator/reset HTTP/1.1\r\nHost: localhost\r\n\r\n") as connection:
        with connection.makefile("rb") as response:
            assert response.read().count(b"HTTP/1.1 ") == 1
        connection.sendall(b"GET /customers HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert requests.get(f"{emulator.url}/customers", auth=AUTH).ok
    assert len(emulator.requests) == 1


PEAK = """if True:
    import re, sys
    from pathlib import Path
    from invoiced.emulator import Emulator
    with Emulator() as emulator:
        print(emulator.url, flush=True)
        sys.stdin.read()
    print(int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
"""Program that prints its peak of memory, in megabytes. That of getrusage() is at least the parent's."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="requires /proc")
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_of_300_megabytes_takes_less_than_100_megabytes(is_chunked: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PEAK], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        address = urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection(str(address.hostname), address.port)
        length = {} if is_chunked else {"Content-Length": str(300 * MEGABYTE)}
        connection.request("POST", "/customers", _zeros(300), {**HEADERS, **length}, encode_chunked=is_chunked)
        assert connection.getresponse().status == 413
        connection.close()
        process.stdin.close()
        assert int(process.stdout.read()) < 100


def _open(stack: ExitStack, emulator: Emulator, number: int) -> list[socket.socket]:
    """Return connections that are idle, that send a head slowly, and that send a body slowly."""
    head = b"POST /customers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    sent = [b"", head[:40], head + b"{"]
    return [stack.enter_context(_connect(emulator, sent[index % 3])) for index in range(number)]


def _wait_for_connections(emulator: Emulator, number: int) -> None:
    """Wait until so many connections are open: those that make room are closed a moment later."""
    deadline = time.monotonic() + 10
    while len(_listener(emulator).active_channels) != number:
        assert time.monotonic() < deadline, len(_listener(emulator).active_channels)
        requests.get(f"{emulator.url}/_emulator/health")


def test_others_are_served_while_1200_slow_connections_are_open(emulator: Emulator) -> None:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    number = min(1200, allowed // 2 - 100)  # Both ends are in this process.
    with ExitStack() as stack, requests.Session() as session:
        created = session.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=AUTH, timeout=10)
        slow = _open(stack, emulator, number)
        assert session.get(f"{emulator.url}/customers", auth=AUTH, timeout=10).json() == [created.json()]
        assert requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=10).json() == [created.json()]
        for connection in slow[-3:]:
            connection.sendall(b"GET / HTTP/1.1\r\n")


FEW_FILES = """if True:
    import resource, sys
    from invoiced.emulator import Emulator
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Emulator() as emulator:
        print(emulator.url, flush=True)
        sys.stdin.read()
"""


def test_others_are_served_by_a_process_that_may_open_few_files() -> None:
    with (
        ExitStack() as stack,
        subprocess.Popen(
            [sys.executable, "-c", FEW_FILES], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        url = process.stdout.readline().strip()
        address = urlsplit(url)
        for _ in range(200):
            connection = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
            connection.sendall(b"GET / HTTP/1.1\r\nHo")
        assert requests.get(f"{url}/customers", auth=AUTH, timeout=10).json() == []
        process.stdin.close()


def test_beyond_the_limit_the_connection_that_waits_longest_makes_room(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_listener(emulator), "_max_connections", 10)
    with ExitStack() as stack, requests.Session() as session:
        session.get(f"{emulator.url}/customers", auth=AUTH)
        first, second, *others = _open(stack, emulator, 30)
        assert requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=10).json() == []
        assert (first.recv(1), second.recv(1)) == (b"", b"")
        _wait_for_connections(emulator, 10)
        others[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            others[-1].recv(1)
        # The connection that was used before is still open.
        (pool,) = session.get_adapter(emulator.url).poolmanager.pools._container.values()  # type: ignore[attr-defined]
        session.get(f"{emulator.url}/customers", auth=AUTH)
        assert pool.num_connections == 1


def test_a_request_in_flight_makes_no_room(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_listener(emulator), "_max_connections", 4)
    emulator.fail("GET /customers", connection="hang")
    emulator.fail("GET /customers", latency=60)
    get = b"GET /customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n\r\n"
    with ExitStack() as stack:
        waiting = []
        for number in (1, 2):
            waiting.append(stack.enter_context(_connect(emulator, get)))
            while len(emulator.requests) < number:
                requests.get(f"{emulator.url}/_emulator/health")
        _open(stack, emulator, 9)
        assert requests.get(f"{emulator.url}/_emulator/health", timeout=10).ok
        for connection in waiting:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost:", b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"]
)
def test_an_idle_or_slow_connection_is_closed_after_two_minutes(emulator: Emulator, sent: bytes) -> None:
    listener = _listener(emulator)
    with _connect(emulator, sent) as connection:
        _wait_for_connections(emulator, 1)
        listener.maintenance(time.time() + 119)
        connection.sendall(b" ")  # A part of a request does not extend the time.
        assert requests.get(f"{emulator.url}/_emulator/health").ok
        listener.maintenance(time.time() + 121)
        listener.pull_trigger()
        assert connection.recv(1) == b""


def test_a_connection_in_use_stays_open(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    get = b"GET /customers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n\r\n"
    with _connect(emulator, get) as connection:
        while not emulator.requests:
            requests.get(f"{emulator.url}/_emulator/health")
        _listener(emulator).maintenance(time.time() + 1000)
        assert requests.get(f"{emulator.url}/_emulator/health").ok
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


@pytest.mark.parametrize(("limit", "connections"), [(1024, 512), (20_000, 2000), (resource.RLIM_INFINITY, 2000)])
def test_at_most_half_of_the_files_are_connections(
    monkeypatch: pytest.MonkeyPatch, limit: int, connections: int
) -> None:
    def limits(_: Any) -> tuple[int, int]:
        return limit, limit

    monkeypatch.setattr(resource, "getrlimit", limits)
    with Emulator() as emulator:
        assert _listener(emulator)._max_connections == connections
