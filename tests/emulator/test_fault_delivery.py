"""Faults of the connection, as seen by a socket, and by `requests` over HTTP and in process."""

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
# Longer than any test may take: a test that waits for it fails.
LONG = 600
# Timeout, in seconds, of operations that must succeed.
TIMEOUT_SECONDS = 10


@contextlib.contextmanager
def _send(emulator: Emulator, path: str = "/customers", method: str = "GET") -> Iterator[socket.socket]:
    """Send a request, and yield the connection."""
    address = urlsplit(emulator.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=TIMEOUT_SECONDS) as connection:
        request = f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer key\r\n\r\n"
        connection.sendall(request.encode())
        yield connection


def _read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def _read_exactly(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = connection.recv(length - len(received))
        assert part
        received += part
    return received


def _read_head(connection: socket.socket) -> bytes:
    """Read the status line and the headers of a response, but not its body."""
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
def test_a_lost_connection_raises_the_same_error_as_requests(
    api: requests.Session, emulator: Emulator, connection: Any, cause: type[Exception], committed: bool
) -> None:
    emulator.fail("POST /customers", connection=connection, committed=committed)
    with pytest.raises(requests.ConnectionError) as raised:
        api.post("/customers", json={"name": "Acme"})
    (reason,) = raised.value.args
    assert isinstance(reason, ProtocolError)
    assert reason.args[0] == "Connection aborted."
    assert type(reason.args[1]) is cause
    assert raised.value.request is not None
    assert _names(emulator) == ["Acme"] * committed


def test_errors_are_the_same_over_http_and_in_process(emulator: Emulator) -> None:
    in_process = requests.Session()
    in_process.mount(emulator.url, emulator.adapter())
    emulator.fail("GET /customers", times=2, connection="reset")
    emulator.fail("GET /customers", times=2, connection="close")
    emulator.fail("GET /customers", times=2, connection="hang")
    emulator.fail("GET /customers", times=2, cut=1)
    errors = []
    for _ in range(8):
        session = requests.Session() if len(errors) % 2 else in_process
        with session, pytest.raises(requests.RequestException) as raised:
            session.get(f"{emulator.url}/customers", auth=AUTH, timeout=0.1)
        errors.append((type(raised.value), str(raised.value)))
    assert errors[::2] == errors[1::2]


def test_a_socket_sees_a_reset_or_a_close(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="reset")
    emulator.fail("GET /customers", connection="close")
    with _send(emulator) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    with _send(emulator) as connection:
        assert connection.recv(1) == b""


def test_a_hanging_request_ends_with_the_read_timeout(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("POST /customers", connection="hang")
    emulator.fail("POST /customers", connection="hang", committed=True)
    for _ in range(2):
        with pytest.raises(requests.ReadTimeout):
            api.post("/customers", json={"name": "Acme"}, timeout=0.05)
    assert _names(emulator) == ["Acme"]


def test_more_requests_than_threads_can_hang_until_a_reset(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=None, connection="hang")
    with contextlib.ExitStack() as connections:
        hanging = [connections.enter_context(_send(emulator)) for _ in range(40)]
        while len(emulator.requests) < 40:
            assert requests.get(f"{emulator.url}/_emulator/clock", timeout=TIMEOUT_SECONDS).ok
        assert requests.post(f"{emulator.url}/_emulator/reset", timeout=TIMEOUT_SECONDS).status_code == 204
        assert [connection.recv(1) for connection in hanging] == [b""] * 40


def test_a_reset_from_python_closes_hanging_connections(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    with _send(emulator) as connection:
        while not emulator.requests:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
        emulator.reset()
        assert connection.recv(1) == b""


def test_a_hanging_connection_is_released_when_the_caller_disconnects(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    with _send(emulator):
        while not emulator.requests:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
    assert emulator._server is not None
    with requests.Session() as session:
        while len(emulator._server._server.active_channels) > 1:
            assert session.get(f"{emulator.url}/_emulator/clock").ok


def test_stop_does_not_wait_for_requests_in_flight(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="hang")
    emulator.fail("GET /customers", latency=LONG)
    emulator.fail("GET /customers", drip=LONG)
    start = time.monotonic()
    with _send(emulator) as hanging, _send(emulator) as delayed, _send(emulator) as dripping:
        while len(emulator.requests) < 3:
            assert requests.get(f"{emulator.url}/_emulator/clock").ok
        emulator.stop()
        received = [_read_to_end(connection) for connection in (hanging, delayed, dripping)]
    assert time.monotonic() - start < TIMEOUT_SECONDS
    assert [data[-2:] for data in received if data] == [b"[]", b"[]"]


def test_a_delayed_response_is_complete(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=0.1)
    start = time.monotonic()
    assert api.get("/customers", timeout=TIMEOUT_SECONDS).json() == []
    assert time.monotonic() - start >= 0.1


def test_latency_can_be_combined_with_other_faults(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=0.05, status=503)
    emulator.fail("GET /customers", latency=0.05, connection="reset")
    start = time.monotonic()
    assert api.get("/customers").status_code == 503
    with pytest.raises(requests.ConnectionError):
        api.get("/customers")
    assert time.monotonic() - start >= 0.1


@pytest.mark.parametrize("timeout", [0.05, (1, 0.05)])
def test_a_write_is_processed_even_if_its_delayed_response_times_out(
    api: requests.Session, emulator: Emulator, timeout: Any
) -> None:
    emulator.fail("POST /customers", latency=LONG)
    with pytest.raises(requests.ReadTimeout):
        api.post("/customers", json={"name": "Acme"}, timeout=timeout)
    assert _names(emulator) == ["Acme"]


def test_in_process_a_timeout_is_raised_immediately(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=None, latency=LONG)
    session = requests.Session()
    session.mount("http://", emulator.adapter())
    with pytest.raises(requests.ReadTimeout, match="read timeout=599"):
        session.get("http://emulator/customers", auth=AUTH, timeout=599)


def test_a_thread_is_released_when_its_caller_disconnects(emulator: Emulator) -> None:
    emulator.fail("GET /customers", times=20, latency=LONG)
    with contextlib.ExitStack() as connections:
        for _ in range(20):
            connections.enter_context(_send(emulator))
    assert requests.get(f"{emulator.url}/_emulator/clock", timeout=TIMEOUT_SECONDS).ok


def test_drip_sends_a_body_byte_by_byte(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=0.02, body="0123456789")
    emulator.fail("GET /customers", drip=LONG, body="0123456789")
    start = time.monotonic()
    with _send(emulator) as connection:
        _read_head(connection)
        assert _read_exactly(connection, 10) == b"0123456789"
    assert time.monotonic() - start >= 9 * 0.02
    with _send(emulator) as connection:
        _read_head(connection)
        assert connection.recv(65536) == b"0"
        emulator.reset()
        assert _read_exactly(connection, 9) == b"123456789"


def test_drip_head_sends_the_headers_byte_by_byte(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=LONG, drip_head=True)
    with _send(emulator) as connection:
        assert connection.recv(65536) == b"H"
        emulator.reset()
        assert _read_exactly(connection, 14) == b"TTP/1.1 200 OK"
    emulator.fail("GET /customers", drip=0.0001, drip_head=True)
    assert requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=TIMEOUT_SECONDS).json() == []


def test_a_pause_between_two_bytes_can_exceed_the_read_timeout(emulator: Emulator) -> None:
    emulator.fail("GET /customers", drip=LONG)
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get(f"{emulator.url}/customers", auth=AUTH, timeout=0.05)


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("fault", [{}, {"status": 200, "body": [1, 2]}, {"status": 500, "body": "<html>"}])
def test_a_truncated_body_raises_an_error(
    api: requests.Session, emulator: Emulator, cut: int, fault: dict[str, Any]
) -> None:
    emulator.fail("GET /customers", cut=cut, **fault)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api.get("/customers")
    assert api.get("/customers").json() == []


def test_a_truncated_body_has_the_content_length_of_the_complete_body(emulator: Emulator) -> None:
    emulator.fail("GET /customers", cut=4, body="0123456789")
    emulator.fail("GET /customers", cut=10, body="0123456789")
    for body in (b"0123", b"0123456789"):
        with _send(emulator) as connection:
            response = _read_to_end(connection)
        assert response.partition(b"\r\n\r\n")[2] == body
        assert b"\r\nContent-Length: 10\r\n" in response
        assert b"Connection: close" not in response


def test_cut_can_be_combined_with_drip(emulator: Emulator) -> None:
    emulator.fail("GET /customers", cut=2, drip=0.001, body="0123456789")
    with _send(emulator) as connection:
        assert _read_to_end(connection).endswith(b"\r\n\r\n01")


def test_close_after_closes_the_connection_without_a_connection_header(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="close_after")
    with _send(emulator) as connection:
        response = _read_to_end(connection)
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert response.endswith(b"\r\n\r\n[]")
    assert b"Connection: close" not in response


def test_drip_and_close_after_have_no_effect_in_process(emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="close_after", drip=LONG)
    session = requests.Session()
    session.mount("http://", emulator.adapter())
    for _ in range(2):
        assert session.get("http://emulator/customers", auth=AUTH).json() == []


@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
@pytest.mark.parametrize("fault", [{"cut": 1}, {"drip": 0.001}, {"latency": 0.001}, {"connection": "close_after"}])
def test_responses_without_a_body_are_delivered_with_any_fault(
    api: requests.Session, emulator: Emulator, customer: Any, method: str, fault: dict[str, Any]
) -> None:
    emulator.fail(f"{method} /customers/1", **fault)
    assert api.request(method, "/customers/1").status_code == {"HEAD": 200, "DELETE": 204}[method]
    assert emulator.requests.to("* /customers/*")[0].processed


def test_a_slow_request_does_not_delay_other_requests(emulator: Emulator) -> None:
    emulator.fail("GET /customers/*", times=None, latency=0.05)
    barrier = threading.Barrier(8)

    def get(number: int) -> int:
        barrier.wait()
        path = "/customers/1" if number % 2 else "/customers"
        return requests.get(f"{emulator.url}{path}", auth=AUTH, timeout=TIMEOUT_SECONDS).status_code

    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(get, range(8))) == [200, 404] * 4


def test_connections_stay_open_after_faults_of_the_response(emulator: Emulator) -> None:
    address = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT_SECONDS)
    connection.connect()
    first = connection.sock
    for fault in ({"status": 500}, {"status": 502, "body": "<html>"}, {"latency": 0.001}, {"drip": 0.001}):
        emulator.fail("GET /customers", **fault)  # type: ignore[arg-type]
        connection.request("GET", "/customers", headers={"Authorization": "Bearer key"})
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_forty_slow_responses_do_not_delay_other_requests() -> None:
    with Emulator(max_concurrency=None) as emulator, ThreadPoolExecutor(40) as pool:
        emulator.fail("GET /customers", latency=60, times=None)
        calls = [pool.submit(requests.get, f"{emulator.url}/customers", auth=("key", "")) for _ in range(40)]
        while len(emulator.requests) < 40:
            time.sleep(0.01)
        assert requests.post(f"{emulator.url}/_emulator/reset", timeout=10).status_code == 204
        assert [call.result(10).status_code for call in calls] == [200] * 40
