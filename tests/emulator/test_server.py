"""The server: connections that stay open, no stalls, many callers at once."""

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


def test_a_connection_stays_open_over_all_kinds_of_answers(emulator: Emulator) -> None:
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
        answer = connection.getresponse()
        answer.read()
        assert (method, answer.status) == (method, status)
        assert connection.sock is first
    connection.close()


def test_a_connection_is_closed_where_the_caller_wants_it(emulator: Emulator) -> None:
    requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, headers=HEADERS)
    answer = requests.delete(f"{emulator.url}/customers/1", headers={**HEADERS, "Connection": "close"})
    assert (answer.status_code, answer.headers["Connection"]) == (204, "close")


def test_answers_are_sent_without_delay(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TCP_NODELAY, an answer in two parts waits 40 ms for the caller to acknowledge the first."""
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


def test_sixteen_callers_at_once_lose_and_double_nothing(emulator: Emulator) -> None:
    together = threading.Barrier(16)

    def create(caller: int) -> list[dict[str, object]]:
        with requests.Session() as session:
            together.wait()
            return [
                session.post(f"{emulator.url}/customers", json={"name": f"{caller}-{turn}"}, headers=HEADERS).json()
                for turn in range(20)
            ]

    with ThreadPoolExecutor(16) as callers:
        created = [customer for customers in callers.map(create, range(16)) for customer in customers]
    assert {customer["number"] for customer in created} == {f"CUST-{place:04}" for place in range(1, 321)}
    assert {customer["id"] for customer in created} == set(range(1, 321))
    stored: list[dict[str, object]] = []
    for page in range(1, 5):
        url = f"{emulator.url}/customers?per_page=100&page={page}"
        stored += requests.get(url, headers=HEADERS).json()
    assert sorted(created, key=lambda customer: int(str(customer["id"]))) == stored


def test_one_number_is_given_to_one_of_many_callers(emulator: Emulator) -> None:
    body = {"name": "Acme", "number": "N-1"}

    def create(_: int) -> int:
        return requests.post(f"{emulator.url}/customers", json=body, headers=HEADERS).status_code

    with ThreadPoolExecutor(16) as callers:
        statuses = list(callers.map(create, range(16)))
    assert sorted(statuses) == [201] + [400] * 15


def test_a_request_that_is_refused_does_not_wait_for_the_records(emulator: Emulator) -> None:
    with emulator._store.transaction():
        answer = requests.post(f"{emulator.url}/customers", json={"name": 1}, headers=HEADERS, timeout=10)
        assert answer.status_code == 400


def test_a_name_is_resolved(emulator: Emulator) -> None:
    with Emulator(host="localhost") as named:
        assert named.url.startswith("http://localhost:")
        assert requests.get(f"{named.url}/_emulator/outbox").json() == []


def test_a_port_in_use_is_refused(emulator: Emulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Emulator(port=urlsplit(emulator.url).port or 0).start()
