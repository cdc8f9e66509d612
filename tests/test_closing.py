"""Closing of clients, use of closed clients, and garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import requests
from open_sockets import connections_to, needs_proc
from raw_server import RawServer, json_response
from urllib3 import HTTPConnectionPool

import invoiced
from invoiced.emulator import Emulator

pytestmark = needs_proc


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Emulator() as emulator:
        yield emulator.url


def test_close_closes_all_connections(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    client.Customer.create(name="Acme")
    assert connections_to(url) == 1
    client.close()
    assert connections_to(url) == 0


def test_a_closed_client_opens_a_new_connection(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    acme = client.Customer.create(name="Acme")
    client.close()
    assert client.Customer.retrieve(acme.id) == acme
    assert connections_to(url) == 1
    client.close()
    assert connections_to(url) == 0


def test_a_client_works_after_its_with_block_and_in_another(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        acme = client.Customer.create(name="Acme")
    assert connections_to(url) == 0
    assert acme.save(notes="Paid.") is True
    with client:
        assert client.Customer.retrieve(acme.id).notes == "Paid."
    assert connections_to(url) == 0


def test_a_client_can_be_closed_twice_or_before_its_first_call(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    client.close()
    client.close()
    client.Customer.create(name="Acme")
    client.close()
    client.close()
    assert connections_to(url) == 0


def test_a_with_block_that_raises_an_error_closes_the_client(url: str) -> None:
    with pytest.raises(invoiced.NotFoundError), invoiced.Client("key", base_url=url) as client:
        client.Customer.retrieve(404)
    assert connections_to(url) == 0


def test_an_iteration_continues_after_the_client_is_closed(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        created = [client.Customer.create(name="Acme", metadata={"loop": "closed"}).id for _ in range(4)]
        read = []
        for customer in client.Customer.all(per_page=1, metadata={"loop": "closed"}):
            read.append(customer.id)
            client.close()
    assert read == created


def test_a_call_in_flight_when_the_client_is_closed_succeeds_and_leaves_no_connection_open() -> None:
    arrived, closed = Event(), Event()
    record = json_response("200 OK", '{"id": 1, "name": "Acme"}').replace(b"Connection: close\r\n", b"")

    def reply_after_close(connection: Any) -> None:
        connection.sendall(record[:-5])
        arrived.set()
        assert closed.wait(10)
        connection.sendall(record[-5:])
        connection.recv(1)  # until the client closes the connection, which the response would keep open

    with RawServer(reply_after_close) as server, ThreadPoolExecutor(1) as pool:
        client = invoiced.Client("key", base_url=server.url)
        customer = pool.submit(client.Customer.create, name="Acme")
        assert arrived.wait(10)
        client.close()
        closed.set()
        assert customer.result(10).name == "Acme"
        assert connections_to(server.url) == 0


def test_a_create_is_sent_although_another_thread_closes_its_connection_pool(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = invoiced.Client("key", base_url=url)
    client.Customer.list()
    send = HTTPConnectionPool.urlopen

    def close_and_send(*args: Any, **options: Any) -> Any:
        client.close()
        return send(*args, **options)

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", close_and_send)
    assert client.Customer.create(name="Acme").name == "Acme"
    assert connections_to(url) == 0


def test_a_users_session_stays_open(url: str) -> None:
    with requests.Session() as session:
        with invoiced.Client("key", base_url=url, session=session) as client:
            client.Customer.create(name="Acme")
        client.close()
        assert connections_to(url) == 1
        client.Customer.create(name="Acme")
        assert connections_to(url) == 1
    assert connections_to(url) == 0


def test_a_garbage_collected_client_leaves_no_connection_open_and_no_warning(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    for customer in client.Customer.all(per_page=1):
        assert client.Customer.retrieve(customer.id) == customer
    with pytest.raises(invoiced.NotFoundError) as caught:
        client.Customer.retrieve(404)
    assert connections_to(url) == 1
    del client, customer, caught
    gc.collect()  # an open socket would cause a ResourceWarning, which is an error in tests
    assert connections_to(url) == 0


def test_an_abandoned_iteration_keeps_no_connection_open(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    first, second = (client.Customer.create(name="Acme", metadata={"loop": "left"}) for _ in range(2))
    loop = client.Customer.all(per_page=1, metadata={"loop": "left"})
    assert next(loop) == first
    client.close()
    assert connections_to(url) == 0
    assert next(loop) == second
    del client, loop, first, second
    gc.collect()
    assert connections_to(url) == 0


def test_a_failed_call_leaves_no_connection_open_in_its_error() -> None:
    for fault in (
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
        json_response("500 Sorry", "{}"),
    ):
        with RawServer(fault) as server:
            client = invoiced.Client("key", base_url=server.url)
            with pytest.raises(invoiced.InvoicedError) as caught:
                client.Customer.create(name="Acme")
            assert connections_to(server.url) == 0
            assert caught.value.outcome_unknown


def test_a_client_from_with_options_shares_the_connections_and_does_not_close_them(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        client.Customer.create(name="Acme")
        with client.with_options(max_retries=0) as other:
            other.Customer.create(name="Other")
            assert connections_to(url) == 1
        assert connections_to(url) == 1
    assert connections_to(url) == 0
