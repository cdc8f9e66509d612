"""Threads that share a client."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from open_sockets import connections_to, needs_proc
from werkzeug import Response

import invoiced
from invoiced.emulator.api.application import Application
from invoiced.emulator.records.account import Settings
from invoiced.emulator.schedule.clock import Clock
from invoiced.emulator.server.components import Components
from invoiced.emulator.server.gateway import Gateway
from invoiced.emulator.server.server import Server
from invoiced.emulator.storage.store import Store
from invoiced.emulator.storage.tokens import Tokens

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

THREADS = 32


class RecordingGateway(Gateway):
    """An emulator that records the client port of each request, which identifies its connection."""

    def __init__(self) -> None:
        clock = Clock(time.time)
        application = Application(
            Store(),
            clock,
            Tokens(None),
            settings=Settings(),
            api_key=None,
            webhook_secret="any secret",
            idempotency=True,
        )
        super().__init__(Components(application, clock, seed=None), lambda request, path: Response(status=404))
        self.client_ports: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.client_ports.append(environ["REMOTE_PORT"])
        return super().__call__(environ, start_response)


@pytest.fixture
def gateway() -> RecordingGateway:
    return RecordingGateway()


@pytest.fixture
def url(gateway: RecordingGateway) -> Iterator[str]:
    server = Server(gateway, "127.0.0.1", 0)
    yield server.url
    server.stop()


def make_ten_calls(client: invoiced.Client, name: str) -> None:
    """Make ten calls whose responses differ from those of all other threads."""
    acme = client.Customer.create(name=name, number=name, email=f"{name}@example.com")
    assert (acme.name, acme.number) == (name, name)
    assert client.Customer.retrieve(acme.id).name == name
    assert acme.save(notes=f"of {name}") is True
    assert acme.notes == f"of {name}"
    found, page = client.Customer.list(filter={"number": name})
    assert (found, page.total_count) == ([acme], 1)
    nancy = acme.contacts().create(name=f"Nancy of {name}")
    assert list(acme.contacts().all()) == [nancy]
    assert acme.balance().total_outstanding == 0
    with pytest.raises(invoiced.NotFoundError) as caught:
        client.Customer.retrieve(f"nobody-{name}")
    assert caught.value.path == f"/customers/nobody-{name}"
    with pytest.raises(invoiced.InvalidRequestError) as refused:
        client.Customer.create(name=name, number=name, idempotency_key=f"twice-{name}")
    assert (refused.value.param, refused.value.idempotency_key) == ("number", f"twice-{name}")
    [email] = acme.send_statement(subject=f"Statement of {name}")
    assert email.subject == f"Statement of {name}"


@needs_proc
@pytest.mark.parametrize("calls", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_each_call_gets_its_own_response_and_each_thread_uses_at_most_one_connection(
    calls: int, url: str, gateway: RecordingGateway
) -> None:
    rounds = -(-calls // (10 * THREADS))
    start = Barrier(THREADS)
    client = invoiced.Client("key", base_url=url)

    def work(thread: int) -> None:
        start.wait()
        for turn in range(rounds):
            make_ten_calls(client, f"thread-{thread}-turn-{turn}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert len(gateway.client_ports) == rounds * THREADS * 10 >= calls
    assert len(set(gateway.client_ports)) <= THREADS
    assert 0 < connections_to(url) <= THREADS
    client.close()
    assert connections_to(url) == 0
    gc.collect()  # an unclosed connection would cause a ResourceWarning


@needs_proc
def test_calls_succeed_while_other_threads_close_the_client(url: str, waits: list[float]) -> None:
    client = invoiced.Client("key", base_url=url, max_retries=100)
    customers = [client.Customer.create(name=f"Customer {thread}") for thread in range(16)]
    start = Barrier(len(customers))

    def work(customer: invoiced.Customer) -> None:
        start.wait()
        for turn in range(20):
            assert customer.save(notes=f"{customer.name}, {turn}") is True
            client.close()
            assert client.Customer.retrieve(customer.id).notes == f"{customer.name}, {turn}"

    with ThreadPoolExecutor(len(customers)) as pool:
        list(pool.map(work, customers))
    client.close()
    gc.collect()
    assert connections_to(url) == 0
