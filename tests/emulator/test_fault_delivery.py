"""Faults of the connection: over HTTP what a socket sees, and what `requests` makes of it through both doors."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.exceptions import ProtocolError

from invoiced.emulator import Emulator

AUTH = ("key", "")
# Far longer than any of these tests may take: who would wait for it has failed.
LONG = 600
# How long a test waits for what must happen.
PATIENCE = 10


@contextlib.contextmanager
def _sent(emulator: Emulator, path: str = "/customers", method: str = "GET") -> Iterator[socket.socket]:
    """A connection on which a request has been sent."""
    address = urlsplit(emulator.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=PATIENCE) as connection:
        request = f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer key\r\n\r\n"
        connection.sendall(request.encode())
        yield connection


def _until_the_end(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = connection.recv(length - len(received))
        assert part
        received += part
    return received


def _head(connection: socket.socket) -> bytes:
    """The head of an answer, and nothing of its body."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    return head


def _names(emulator: Emulator) -> list[str]:
    return [customer["name"] for customer in requests.get(f"{emulator.url}/customers", auth=AUTH).json()]


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    ("connection", "cause"), [("reset", ConnectionResetError), ("close", http.client.RemoteDisconnected)]
)
def test_a_connection_that_is_lost_raises_what_requests_raises(
    api: requests.Session, emulator: Emulator, connection: Any, cause: type[Exception], committed: bool
) -> None:
    emulator.fail("POST /customers", connection=connection, committed=committed)
    with pytest.raises(requests.ConnectionError) as lost:
        api.post("/customers", json={"name": "Acme"})
    (reason,) = lost.value.args
    assert isinstance(reason, ProtocolError)
    assert reason.args[0] == "Connection aborted."
    assert type(reason.args[1]) is cause
    assert lost.value.request is not None
    assert _names(emulator) == ["Acme"] * committed


def test_over_http_and_in_process_the_errors_read_the_same(emulator: Emulator) -> None:
    in_process = requests.Session()
    in_process.mount(emulator.url, emulator.adapter())
    emulator.fail("GET /customers", times=2, connection="reset")
    emulator.fail("GET /customers", times=2, connection="close")
    emulator.fail("GET /customers", times=2, connection="hang")
    emulator.fail("GET /customers", times=2, cut=1)
    texts = []
    for _ in range(8):
        session = requests.Session() if len(texts) % 2 else in_process
        with session, pytest.raises(requests.RequestException) as raised:
            session.get(f"{emulator.url}/customers", auth=AUTH, timeout=0.1)
        texts.append((type(raised.value), str(raised.value)))
    assert texts[::2] == texts[1::2]


def test_a_reset_is_one_and_a_close_is_a_close(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="reset")
    emulator.fail("GET /customers", connection="close")
    with _sent(emulator) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    with _sent(emulator) as connection:
        assert connection.recv(1) == b""


def test_who_hangs_gives_up_by_the_read_timeout(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("POST /customers", connection="hang")
    emulator.fail("POST /customers", connection="hang", committed=True)
    for _ in range(2):
        with pytest.raises(requests.ReadTimeout):
            api.post("/customers", json={"name": "Acme"}, timeout=0.05)
    assert _names(emulator) == ["Acme"]


def test_more_callers_hang_than_there_are_threads_and_a_reset_releases_them(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=None, connection="hang")
    with contextlib.ExitStack() as connections:
        hanging = [connections.enter_context(_sent(emulator)) for _ in range(40)]
        while len(emulator.requests) < 40:
            assert requests.get(f"{emulator.url}/_emulator/clock", timeout=PATIENCE).ok
        assert requests.post(f"{emulator.url}/_emulator/reset", timeout=PATIENCE).status_code == 204
        assert [connection.recv(1) for connection in hanging] == [b""] * 40


def test_a_reset_from_python_releases_who_hangs(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    with _sent(emulator) as connection:
        while not emulator.requests:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
        emulator.reset()
        assert connection.recv(1) == b""


def test_who_hangs_and_goes_is_forgotten(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    with _sent(emulator):
        while not emulator.requests:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
    assert emulator._server is not None
    with requests.Session() as session:
        while len(emulator._server._server.active_channels) > 1:
            assert session.get(f"{emulator.url}/_emulator/clock").ok


def test_stopping_waits_for_nobody(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    emulator.fail("GET /customers", latency=LONG)
    emulator.fail("GET /customers", drip=LONG)
    begin = time.monotonic()
    with _sent(emulator) as hanging, _sent(emulator) as late, _sent(emulator) as dripping:
        while len(emulator.requests) < 3:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
        emulator.stop()
        ends = [_until_the_end(connection) for connection in (hanging, late, dripping)]
    assert time.monotonic() - begin < PATIENCE
    assert [end[-2:] for end in ends if end] == [b"[]", b"[]"]


def test_an_answer_is_late_and_whole(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=0.1)
    begin = time.monotonic()
    assert api.get("/customers", timeout=PATIENCE).json() == []
    assert time.monotonic() - begin >= 0.1


def test_latency_goes_with_other_faults(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=0.05, status=503)
    emulator.fail("GET /customers", latency=0.05, connection="reset")
    begin = time.monotonic()
    assert api.get("/customers").status_code == 503
    with pytest.raises(requests.ConnectionError):
        api.get("/customers")
    assert time.monotonic() - begin >= 0.1


@pytest.mark.parametrize("timeout", [0.05, (1, 0.05)])
def test_an_answer_that_is_too_late_is_a_read_timeout_of_a_write_that_was_made(
    api: requests.Session, emulator: Emulator, timeout: Any
) -> None:
    emulator.fail("POST /customers", latency=LONG)
    with pytest.raises(requests.ReadTimeout):
        api.post("/customers", json={"name": "Acme"}, timeout=timeout)
    assert _names(emulator) == ["Acme"]


def test_in_process_a_timeout_that_would_run_out_is_not_waited_for(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=None, latency=LONG)
    session = requests.Session()
    session.mount("http://", emulator.adapter())
    with pytest.raises(requests.ReadTimeout, match="read timeout=599"):
        session.get("http://emulator/customers", auth=AUTH, timeout=599)


def test_callers_that_go_free_the_threads_that_waited_for_them(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=20, latency=LONG)
    with contextlib.ExitStack() as connections:
        for _ in range(20):
            connections.enter_context(_sent(emulator))
    assert requests.get(f"{emulator.url}/_emulator/clock", timeout=PATIENCE).ok


def test_bytes_drip_one_by_one(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=0.02, body="0123456789")
    emulator.fail("GET /customers", drip=LONG, body="0123456789")
    begin = time.monotonic()
    with _sent(emulator) as connection:
        _head(connection)
        assert _exactly(connection, 10) == b"0123456789"
    assert time.monotonic() - begin >= 9 * 0.02
    with _sent(emulator) as connection:
        _head(connection)
        assert connection.recv(65536) == b"0"
        emulator.reset()
        assert _exactly(connection, 9) == b"123456789"


def test_the_head_drips_where_it_should(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=LONG, drip_head=True)
    with _sent(emulator) as connection:
        assert connection.recv(65536) == b"H"
        emulator.reset()
        assert _exactly(connection, 14) == b"TTP/1.1 200 OK"
    emulator.fail("GET /customers", drip=0.0001, drip_head=True)
    assert requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=PATIENCE).json() == []


def test_a_drip_outlasts_a_read_timeout_between_the_bytes(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=LONG)
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=0.05)


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("fault", [{}, {"status": 200, "body": [1, 2]}, {"status": 500, "body": "<html>"}])
def test_a_body_that_is_cut_is_no_answer(
    api: requests.Session, emulator: Emulator, cut: int, fault: dict[str, Any]
) -> None:
    emulator.fail("GET /customers", cut=cut, **fault)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api.get("/customers")
    assert api.get("/customers").json() == []


def test_what_is_cut_is_sent_with_the_length_of_the_whole(emulator: Emulator) -> None:
    emulator.fail("GET /customers", cut=4, body="0123456789")
    emulator.fail("GET /customers", cut=10, body="0123456789")
    for body in (b"0123", b"0123456789"):
        with _sent(emulator) as connection:
            answer = _until_the_end(connection)
        assert answer.partition(b"\r\n\r\n")[2] == body
        assert b"\r\nContent-Length: 10\r\n" in answer
        assert b"Connection: close" not in answer


def test_a_cut_can_drip(emulator: Emulator) -> None:
    emulator.fail("GET /customers", cut=2, drip=0.001, body="0123456789")
    with _sent(emulator) as connection:
        assert _until_the_end(connection).endswith(b"\r\n\r\n01")


def test_a_connection_ends_after_an_answer_that_did_not_say_so(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="close_after")
    with _sent(emulator) as connection:
        answer = _until_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n[]")
    assert b"Connection: close" not in answer


def test_in_process_an_answer_neither_drips_nor_ends_a_connection(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="close_after", drip=LONG)
    session = requests.Session()
    session.mount("http://", emulator.adapter())
    for _ in range(2):
        assert session.get("http://emulator/customers", auth=AUTH).json() == []


@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
@pytest.mark.parametrize("fault", [{"cut": 1}, {"drip": 0.001}, {"latency": 0.001}, {"connection": "close_after"}])
def test_answers_without_a_body_are_delivered_like_others(
    api: requests.Session, emulator: Emulator, customer: Any, method: str, fault: dict[str, Any]
) -> None:
    emulator.fail(f"{method} /customers/1", **fault)
    assert api.request(method, "/customers/1").status_code == {"HEAD": 200, "DELETE": 204}[method]
    assert emulator.requests.to("* /customers/*")[0].carried_out


def test_other_connections_go_on(emulator: Emulator) -> None:
    emulator.fail("GET /customers/*", times=None, latency=0.05)
    together = threading.Barrier(8)

    def get(place: int) -> int:
        together.wait()
        path = "/customers/1" if place % 2 else "/customers"
        return requests.get(f"{emulator.url}{path}", auth=AUTH, timeout=PATIENCE).status_code

    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(get, range(8))) == [200, 404] * 4


def test_connections_stay_open_after_faults_that_do_not_touch_them(emulator: Emulator) -> None:
    address = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
    connection.connect()
    first = connection.sock
    for fault in ({"status": 500}, {"status": 502, "body": "<html>"}, {"latency": 0.001}, {"drip": 0.001}):
        emulator.fail("GET /customers", **fault)  # type: ignore[arg-type]
        connection.request("GET", "/customers", headers={"Authorization": "Bearer key"})
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_who_waits_for_slow_answers_keeps_nobody_else_waiting(emulator: Emulator) -> None:
    """Forty answers under way, each of which would take a minute."""
    emulator.fail("GET /customers", latency=60, times=None)
    with ThreadPoolExecutor(40) as pool:
        calls = [pool.submit(requests.get, f"{emulator.url}/customers", auth=("key", "")) for _ in range(40)]
        while len(emulator.requests) < 40:
            time.sleep(0.01)
        assert requests.post(f"{emulator.url}/_emulator/reset", timeout=10).status_code == 204
        assert [call.result(10).status_code for call in calls] == [200] * 40
