"""`all(prefetch=True)`: one page ahead, in one thread, and nothing else is different."""

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


def ahead(client: invoiced.Client) -> Generator[invoiced.Customer, None, None]:
    return client.Customer.all(per_page=SIZE // PAGES, prefetch=True)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("invoiced-prefetch")]


def wait_for_requests(emulator: Emulator, number: int) -> None:
    wait_until(lambda: len(emulator.requests) >= number)


def test_the_records_are_those_of_a_loop_without_it_in_their_order(client: invoiced.Client) -> None:
    assert [one.id for one in ahead(client)] == [one.id for one in client.Customer.all()]
    contacts = invoiced.Customer(client, 1).contacts()
    contacts.create(name="Jan", email="jan@acmecorp.com")
    assert [one.name for one in contacts.all(prefetch=True)] == ["Jan"]


def test_the_next_page_is_fetched_while_the_loop_goes_over_this_one_and_none_after_it(
    client: invoiced.Client, emulator: Emulator
) -> None:
    records = ahead(client)
    assert not emulator.requests
    for page in range(1, PAGES):
        next(records)
        wait_for_requests(emulator, page + 1)
        next(records)
        assert len(emulator.requests) == page + 1
    assert len(list(records)) == SIZE // PAGES
    assert len(emulator.requests) == PAGES


def broken_off(records: Iterator[invoiced.Customer]) -> None:
    for _ in records:
        break


def failed(records: Iterator[invoiced.Customer]) -> None:
    with suppress(ZeroDivisionError):
        for _ in records:
            raise ZeroDivisionError


@pytest.mark.parametrize("leave", [broken_off, failed])
def test_a_loop_that_is_left_has_fetched_one_page_more_and_its_thread_is_gone(
    client: invoiced.Client, emulator: Emulator, leave: Callable[[Iterator[invoiced.Customer]], None]
) -> None:
    leave(ahead(client))
    assert threads() == []
    assert len(emulator.requests) <= 2
    client.Customer.list(page=1)
    assert len(emulator.requests) <= 3


def test_close_ends_the_thread_of_a_loop_that_has_a_name(client: invoiced.Client, emulator: Emulator) -> None:
    records = ahead(client)
    next(records)
    assert len(threads()) == 1
    records.close()
    assert threads() == []
    assert list(records) == []
    assert len(emulator.requests) <= 2


def test_the_thread_is_gone_after_the_last_record_and_never_there_without_a_loop(client: invoiced.Client) -> None:
    unused = ahead(client)
    assert len(list(ahead(client))) == SIZE
    assert threads() == []
    unused.close()


def test_an_error_comes_where_its_page_would_and_ends_the_thread(client: invoiced.Client, emulator: Emulator) -> None:
    records, seen = ahead(client), list[int]()
    emulator.fail("GET /customers", status=400, body={"message": "No"}, query={"page": 3})
    with pytest.raises(invoiced.InvalidRequestError, match="No"):
        seen.extend(one.id for one in records)
    assert len(seen) == 2 * SIZE // PAGES
    assert threads() == []
    assert len(emulator.requests) == 3


def test_a_bad_parameter_is_refused_before_the_loop(client: invoiced.Client) -> None:
    bad: Any = object()
    with pytest.raises(TypeError, match="sort"):
        client.Customer.all(sort=bad, prefetch=True)


def test_the_thread_has_the_context_of_the_loop(emulator: Emulator) -> None:
    trace, seen = ContextVar("trace", default="none"), []

    def note(response: requests.Response, **_: object) -> None:
        seen.append(trace.get())

    with requests.Session() as session:
        session.hooks["response"].append(note)
        trace.set("of the loop")
        list(ahead(invoiced.Client("key", base_url=emulator.url, session=session)))
    assert seen == ["of the loop"] * PAGES
