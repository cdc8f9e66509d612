"""The HTTP server: persistent connections, no delays and concurrent callers."""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from invoiced.emulator import Emulator

HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json"}


def test_a_connection_stays_open_after_all_kinds_of_responses(emulator: Emulator) -> None:
    address = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    connection.connect()
    first = connection.sock
    for method, path, body, status in [
        ("POST", "/customers", '{"name": "Acme"}', 201),
        ("POST", "/customers", "{}", 400),
        ("GET", "/customers/1", None, 200),
        ("HEAD", "/customers/1", None, 200),
        ("GET", "/nothing", None, 404),
        ("DELETE", "/customers/1", None, 204),
        ("GET", "/customers", None, 200),
    ]:
        connection.request(method, path, body, HEADERS)
        response = connection.getresponse()
        response.read()
        assert (method, response.status) == (method, status)
        assert connection.sock is first
    connection.close()


def test_a_connection_is_closed_if_the_request_says_so(emulator: Emulator) -> None:
    requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, headers=HEADERS)
    response = requests.delete(f"{emulator.url}/customers/1", headers={**HEADERS, "Connection": "close"})
    assert (response.status_code, response.headers["Connection"]) == (204, "close")


def test_responses_are_sent_without_delay(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TCP_NODELAY, a response in two parts waits 40 ms for the caller to acknowledge the first part."""
    accepted: list[socket.socket] = []
    accept = socket.socket.accept

    def recorded(self: socket.socket) -> tuple[socket.socket, object]:
        connection, address = accept(self)
        accepted.append(connection)
        return connection, address

    monkeypatch.setattr(socket.socket, "accept", recorded)
    with requests.Session() as session:
        session.get(f"{emulator.url}/customers", headers=HEADERS)
        (connection,) = accepted
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_sixteen_concurrent_callers_create_every_customer_once(emulator: Emulator) -> None:
    barrier = threading.Barrier(16)

    def create(caller: int) -> list[dict[str, object]]:
        with requests.Session() as session:
            barrier.wait()
            return [
                session.post(f"{emulator.url}/customers", json={"name": f"{caller}-{index}"}, headers=HEADERS).json()
                for index in range(20)
            ]

    with ThreadPoolExecutor(16) as callers:
        created = [customer for customers in callers.map(create, range(16)) for customer in customers]
    assert {customer["number"] for customer in created} == {f"CUST-{number:05}" for number in range(1, 321)}
    assert {customer["id"] for customer in created} == set(range(1, 321))
    stored: list[dict[str, object]] = []
    for page in range(1, 5):
        url = f"{emulator.url}/customers?per_page=100&page={page}"
        stored += requests.get(url, headers=HEADERS).json()
    assert sorted(created, key=lambda customer: int(str(customer["id"]))) == stored


def test_only_one_of_many_concurrent_callers_can_use_a_number(emulator: Emulator) -> None:
    body = {"name": "Acme", "number": "N-1"}

    def create(_: int) -> int:
        return requests.post(f"{emulator.url}/customers", json=body, headers=HEADERS).status_code

    with ThreadPoolExecutor(16) as callers:
        statuses = list(callers.map(create, range(16)))
    assert sorted(statuses) == [201] + [400] * 15


def test_an_invalid_request_does_not_wait_for_a_transaction(emulator: Emulator) -> None:
    with emulator._store.transaction():
        response = requests.post(
            f"{emulator.url}/customers", json={"name": 1}, params={"page": 1}, headers=HEADERS, timeout=10
        )
        assert response.status_code == 400


def test_the_host_can_be_a_name(emulator: Emulator) -> None:
    with Emulator(host="localhost") as named:
        assert named.url.startswith("http://localhost:")
        assert requests.get(f"{named.url}/_emulator/outbox").json() == []


def test_a_port_in_use_is_refused(emulator: Emulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Emulator(port=urlsplit(emulator.url).port or 0).start()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="requires IPv6")
def test_all_addresses_of_ipv6_are_those_of_ipv4_as_well() -> None:
    with Emulator(host="::") as emulator:
        port = urlsplit(emulator.url).port
        for host in ("[::1]", "127.0.0.1"):
            assert requests.get(f"http://{host}:{port}/_emulator/outbox").json() == []
