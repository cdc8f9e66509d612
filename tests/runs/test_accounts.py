"""Which account of the ledger a client has: by its customers, not by its key or its address."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

import invoiced
from invoiced.emulator import Emulator
from invoiced.ledger import Ledger
from invoiced.ledger.schema import accounts
from invoiced.runs.accounts import KnownAccount
from invoiced.statements import Statements

NOW = 1_795_000_000


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(documented_responses=True) as emulator:
        emulator.set_time(NOW)
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url).with_options(rate=1000) as client:
        yield client


def create(client: invoiced.Client, count: int) -> None:
    for number in range(count):
        client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")


def send(client: invoiced.Client, period: str = "2026-11") -> dict[str, int]:
    """Send statements to all customers, and return the number of rows by outcome."""
    of_period = Statements(client).period(period)
    return dict(of_period.run(of_period.plan(client.Customer.all())).counts)


def names() -> list[str]:
    """Return the names of the accounts in the ledger."""
    with Ledger() as ledger, ledger.database.begin() as connection:
        return [str(row.name) for row in connection.execute(accounts.select())]


class PagesElsewhere(HTTPAdapter):
    """Adapter for an account with pages of its own at a host, as on the service."""

    def __init__(self, emulator: Emulator, host: str) -> None:
        super().__init__()
        self._adapter, self._host = emulator.adapter(), host

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = self._adapter.send(request)
        body = BytesIO(response.raw.read().replace(b"https://api.invoiced.com/", f"https://{self._host}/".encode()))
        headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
        raw = HTTPResponse(body, headers, response.status_code, preload_content=False, request_method=request.method)
        return self.build_response(request, raw)


def client_with_pages(emulator: Emulator, host: str) -> invoiced.Client:
    session = requests.Session()
    session.mount("https://", PagesElsewhere(emulator, host))
    return invoiced.Client("any key", session=session).with_options(rate=1000)


def test_an_account_is_known_again_by_another_program_and_with_another_key(
    client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 3)
    assert send(client) == {"sent": 3}
    with invoiced.Client("another key", base_url=emulator.url) as other:
        assert Statements(other).period("2026-11").status().counts == {"sent": 3}
    assert len(names()) == 1


def test_another_account_behind_the_same_address_is_not_taken_for_this_one(
    client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 3)
    send(client)
    emulator.reset()
    emulator.set_time(NOW + 1)
    create(client, 3)
    assert Statements(client).period("2026-11").status().counts == {}
    assert send(client) == {"sent": 3}
    assert len(names()) == 2


def test_an_account_without_customers_is_not_taken_for_an_earlier_one(
    client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 1)
    send(client)
    emulator.reset()
    assert Statements(client).period("2026-11").status().counts == {}


def test_an_account_with_the_same_data_is_the_same(client: invoiced.Client, emulator: Emulator, tmp_path: Path) -> None:
    create(client, 3)
    send(client)
    emulator.snapshot(tmp_path / "account.jsonl")
    emulator.reset()
    emulator.load(tmp_path / "account.jsonl")
    assert send(client) == {"sent": 3}
    assert len(emulator.outbox) == 3
    assert len(names()) == 1


def test_an_account_at_another_address_is_another_one(client: invoiced.Client, tmp_path: Path) -> None:
    create(client, 1)
    send(client)
    with Emulator() as other, invoiced.Client("any key", base_url=other.url) as at_another_address:
        other.set_time(NOW)
        create(at_another_address, 1)
        assert Statements(at_another_address).period("2026-11").status().counts == {}


def test_an_account_stays_the_same_while_customers_come_go_and_are_renamed(
    client: invoiced.Client, emulator: Emulator
) -> None:
    create(client, 6)
    send(client)
    for id in (1, 2, 5, 6):
        client.Customer.retrieve(id).delete()
    customer = client.Customer.retrieve(3)
    customer.name, customer.number, customer.email = "Renamed", "NEW-3", "new@example.com"
    customer.save()
    emulator.set_time(NOW + 86_400)
    create(client, 4)
    assert send(client)["sent"] == 6 + 4
    assert len(emulator.outbox) == 6 + 4
    assert len(names()) == 1


def test_an_account_whose_customers_were_all_deleted_is_known_by_its_pages(emulator: Emulator) -> None:
    client = client_with_pages(emulator, "acme.invoiced.com")
    create(client, 2)
    send(client)
    for id in (1, 2):
        client.Customer.retrieve(id).delete()
    create(client, 1)
    assert Statements(client).period("2026-11").status().counts == {"sent": 2}
    assert names() == ["acme.invoiced.com"]
    assert Statements(client_with_pages(emulator, "other.invoiced.com")).period("2026-11").status().counts == {}


def test_an_account_whose_pages_have_moved_is_known_by_its_customers(emulator: Emulator) -> None:
    client = client_with_pages(emulator, "acme.invoiced.com")
    create(client, 2)
    send(client)
    assert send(client_with_pages(emulator, "pay.acme.example")) == {"sent": 2}
    assert len(emulator.outbox) == 2


def test_programs_that_begin_at_the_same_time_find_the_same_account(client: invoiced.Client) -> None:
    create(client, 2)
    barrier, found = Barrier(4), list[int]()

    def add() -> None:
        with Ledger() as ledger:
            account = KnownAccount(client, ledger)
            assert account.find() is None
            barrier.wait()
            found.append(account.add().id)

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 4
    assert len(names()) == 1


def test_nothing_is_sent_if_the_account_cannot_be_recognized(client: invoiced.Client, emulator: Emulator) -> None:
    create(client, 2)
    send(client)
    emulator.fail("GET /customers/*", status=503, times=None)
    impatient = client.with_options(max_retries=0)
    with pytest.raises(invoiced.ApiError):
        Statements(impatient).period("2026-11").status()
    with pytest.raises(invoiced.ApiError):
        Statements(impatient).period("2026-11").plan(impatient.Customer.all())
    assert len(emulator.outbox) == 2
