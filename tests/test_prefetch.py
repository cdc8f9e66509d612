"""Prefetching with `all(prefetch=True)`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import pytest
import requests
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator

SIZE, PAGES = 10, 5


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        with invoiced.Client("key", base_url=emulator.url) as client:
            for number in range(SIZE):
                client.Customer.create(name=f"Customer {number}")
        emulator.requests.clear()
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("key", base_url=emulator.url, max_retries=0) as client:
        yield client


def prefetched(client: invoiced.Client) -> Generator[invoiced.Customer, None, None]:
    return client.Customer.all(per_page=SIZE // PAGES, prefetch=True)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("invoiced-prefetch")]


def wait_for_requests(emulator: Emulator, number: int) -> None:
    wait_until(lambda: len(emulator.requests) >= number)


def test_prefetching_yields_the_same_records_in_the_same_order(client: invoiced.Client) -> None:
    assert [customer.id for customer in prefetched(client)] == [customer.id for customer in client.Customer.all()]
    contacts = invoiced.Customer(client, 1).contacts()
    contacts.create(name="Jan", email="jan@acmecorp.com")
    assert [contact.name for contact in contacts.all(prefetch=True)] == ["Jan"]


def test_only_the_next_page_is_prefetched(client: invoiced.Client, emulator: Emulator) -> None:
    records = prefetched(client)
    assert not emulator.requests
    for page in range(1, PAGES):
        next(records)
        wait_for_requests(emulator, page + 1)
        next(records)
        assert len(emulator.requests) == page + 1
    assert len(list(records)) == SIZE // PAGES
    assert len(emulator.requests) == PAGES


def leave_by_break(records: Iterator[invoiced.Customer]) -> None:
    for _ in records:
        break


def leave_by_error(records: Iterator[invoiced.Customer]) -> None:
    with suppress(ZeroDivisionError):
        for _ in records:
            raise ZeroDivisionError


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_error])
def test_leaving_the_loop_ends_the_thread_after_at_most_one_prefetched_page(
    client: invoiced.Client, emulator: Emulator, leave: Callable[[Iterator[invoiced.Customer]], None]
) -> None:
    leave(prefetched(client))
    assert threads() == []
    assert len(emulator.requests) <= 2
    client.Customer.list(page=1)
    assert len(emulator.requests) <= 3


def test_closing_the_generator_ends_the_thread(client: invoiced.Client, emulator: Emulator) -> None:
    emulator.fail("GET /customers", latency=0.2, query={"page": 2})
    records = prefetched(client)
    next(records)
    assert len(threads()) == 1
    records.close()
    assert threads() == []
    assert list(records) == []
    assert len(emulator.requests) <= 2


def test_the_thread_ends_after_the_last_record_and_starts_with_the_loop(client: invoiced.Client) -> None:
    unused = prefetched(client)
    assert len(list(prefetched(client))) == SIZE
    assert threads() == []
    unused.close()


def test_an_error_is_raised_in_place_of_its_page_and_ends_the_thread(
    client: invoiced.Client, emulator: Emulator
) -> None:
    records, seen = prefetched(client), list[int]()
    emulator.fail("GET /customers", status=403, body={"message": "No"}, query={"page": 3})
    with pytest.raises(invoiced.PermissionDeniedError, match="No"):
        seen.extend(customer.id for customer in records)
    assert len(seen) == 2 * SIZE // PAGES
    assert threads() == []
    assert len(emulator.requests) == 3


def test_an_invalid_parameter_raises_an_error_before_the_loop(client: invoiced.Client) -> None:
    bad: Any = object()
    with pytest.raises(TypeError, match="sort"):
        client.Customer.all(sort=bad, prefetch=True)


def test_the_thread_runs_in_the_context_of_the_loop(emulator: Emulator) -> None:
    trace, seen = ContextVar("trace", default="default"), []

    def record_trace(response: requests.Response, **_: object) -> None:
        seen.append(trace.get())

    with requests.Session() as session:
        session.hooks["response"].append(record_trace)
        trace.set("of the loop")
        list(prefetched(invoiced.Client("key", base_url=emulator.url, session=session)))
    assert seen == ["of the loop"] * PAGES
