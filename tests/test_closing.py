"""The end of a client: closing it, using it afterwards, and forgetting it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import requests
from open_sockets import connections_to, needs_proc
from raw_server import RawServer, json_answer
from requests.adapters import HTTPAdapter

import invoiced
from invoiced.emulator import Emulator

pytestmark = needs_proc


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Emulator() as emulator:
        yield emulator.url


def test_closing_leaves_no_connection_open(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    client.Customer.create(name="Acme")
    assert connections_to(url) == 1
    client.close()
    assert connections_to(url) == 0


def test_a_closed_client_works_and_opens_its_connection_anew(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    acme = client.Customer.create(name="Acme")
    client.close()
    assert client.Customer.retrieve(acme.id) == acme
    assert connections_to(url) == 1
    client.close()
    assert connections_to(url) == 0


def test_a_client_works_after_its_with_block_and_can_have_another(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        acme = client.Customer.create(name="Acme")
    assert connections_to(url) == 0
    assert acme.save(notes="Paid.") is True
    with client:
        assert client.Customer.retrieve(acme.id).notes == "Paid."
    assert connections_to(url) == 0


def test_closing_twice_or_before_the_first_call_does_no_harm(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    client.close()
    client.close()
    client.Customer.create(name="Acme")
    client.close()
    client.close()
    assert connections_to(url) == 0


def test_a_with_block_that_fails_closes_too(url: str) -> None:
    with pytest.raises(invoiced.NotFoundError), invoiced.Client("key", base_url=url) as client:
        client.Customer.retrieve(404)
    assert connections_to(url) == 0


def test_a_loop_goes_on_after_closing_between_its_pages(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        created = [client.Customer.create(name="Acme", metadata={"loop": "closed"}).id for _ in range(4)]
        read = []
        for customer in client.Customer.all(per_page=1, metadata={"loop": "closed"}):
            read.append(customer.id)
            client.close()
    assert read == created


def test_a_call_that_is_under_way_when_the_client_is_closed_ends_well_and_leaves_nothing_open() -> None:
    arrived, closed = Event(), Event()
    record = json_answer("200 OK", '{"id": 1, "name": "Acme"}').replace(b"Connection: close\r\n", b"")

    def answer_once_it_is_closed(connection: Any) -> None:
        connection.sendall(record[:-5])
        arrived.set()
        assert closed.wait(10)
        connection.sendall(record[-5:])
        connection.recv(1)  # until the client closes: the answer lets it keep the connection

    with RawServer(answer_once_it_is_closed) as server, ThreadPoolExecutor(1) as pool:
        client = invoiced.Client("key", base_url=server.url)
        customer = pool.submit(client.Customer.create, name="Acme")
        assert arrived.wait(10)
        client.close()
        closed.set()
        assert customer.result(10).name == "Acme"
        assert connections_to(server.url) == 0


def test_a_create_that_another_thread_closes_before_it_is_sent_is_sent_all_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = invoiced.Client("key", base_url=url)
    client.Customer.list()
    name = "get_connection_with_tls_context"
    name = name if hasattr(HTTPAdapter, name) else "get_connection"  # as it was before requests 2.32
    choose_pool = getattr(invoiced.DeadlineAdapter, name)

    def choose_and_close(*args: Any, **options: Any) -> Any:
        pool = choose_pool(*args, **options)
        client.close()
        return pool

    monkeypatch.setattr(invoiced.DeadlineAdapter, name, choose_and_close)
    assert client.Customer.create(name="Acme").name == "Acme"
    assert connections_to(url) == 0


def test_a_session_of_the_users_own_stays_open(url: str) -> None:
    with requests.Session() as session:
        with invoiced.Client("key", base_url=url, session=session) as client:
            client.Customer.create(name="Acme")
        client.close()
        assert connections_to(url) == 1
        client.Customer.create(name="Acme")
        assert connections_to(url) == 1
    assert connections_to(url) == 0


def test_a_client_that_is_forgotten_leaves_no_connection_open_and_no_warning(url: str) -> None:
    client = invoiced.Client("key", base_url=url)
    for customer in client.Customer.all(per_page=1):
        assert client.Customer.retrieve(customer.id) == customer
    with pytest.raises(invoiced.NotFoundError) as caught:
        client.Customer.retrieve(404)
    assert connections_to(url) == 1
    del client, customer, caught
    gc.collect()  # an open socket would be a ResourceWarning now, and warnings are errors
    assert connections_to(url) == 0


def test_a_loop_that_is_left_in_its_midst_keeps_nothing_open(url: str) -> None:
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


def test_a_call_that_fails_leaves_no_connection_in_its_error() -> None:
    for fault in (b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", json_answer("500 Sorry", "{}")):
        with RawServer(fault) as server:
            client = invoiced.Client("key", base_url=server.url)
            with pytest.raises(invoiced.InvoicedError) as caught:
                client.Customer.create(name="Acme")
            assert connections_to(server.url) == 0
            assert caught.value.outcome_unknown


def test_what_with_options_answers_shares_the_connections_and_closes_none(url: str) -> None:
    with invoiced.Client("key", base_url=url) as client:
        client.Customer.create(name="Acme")
        with client.with_options(max_retries=0) as other:
            other.Customer.create(name="Other")
            assert connections_to(url) == 1
        assert connections_to(url) == 1
    assert connections_to(url) == 0
