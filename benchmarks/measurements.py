"""Measurements of this library alone, each in its own process: python measurements.py NAME URL [COUNT]

Prints the values of all rounds as JSON.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import requests
from memory import peak_megabytes
from servers import SLOW_PAGES, SLOW_SECONDS, customers

import invoiced

ROUNDS = 5


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def building(client: invoiced.Client, count: int) -> list[float]:
    """Return the CPU time of building objects from parsed pages, as list() does, relative to parsing the pages."""
    build: Any = client.Customer._build  # private, because the rest of a public call takes much longer
    text, rounds = customers(1), 20
    page, pages = json.loads(text), count // 100 // rounds

    def objects() -> None:
        for _ in range(pages):
            list(map(build, page))

    def parsed() -> None:
        for _ in range(pages):
            json.loads(text)

    return [cpu_seconds(objects) / cpu_seconds(parsed) for _ in range(rounds)]


def memory_of_objects(client: invoiced.Client, count: int) -> list[float]:
    """Return the megabytes that this number of customers takes as objects."""
    return _memory_of(lambda page: client.Customer.list(page=page, per_page=100)[0], count)


def memory_of_dicts(client: invoiced.Client, count: int) -> list[float]:
    """Return the megabytes that this number of customers takes as parsed dicts."""
    with requests.Session() as session:
        url = f"{client.api_url}/customers?per_page=100&page="
        return _memory_of(lambda page: session.get(f"{url}{page}").json(), count)


def _memory_of(fetch: Callable[[int], object], count: int) -> list[float]:
    pages = [fetch(1)]
    before = peak_megabytes()
    pages += [fetch(page) for page in range(2, count // 100 + 1)]
    return [peak_megabytes() - before]


def memory_of_customers(client: invoiced.Client, _: int) -> list[float]:
    """Return the memory that the first use of customers takes, relative to the first use of all resources."""
    tracemalloc.start()
    memory = []
    for names in (["Customer"], invoiced.COLLECTIONS):
        for name in names:
            getattr(client, name)
        memory.append(tracemalloc.get_traced_memory()[0])
    customers, everything = memory
    return [customers / everything]


def whole_list(client: invoiced.Client, count: int) -> list[float]:
    """Return the peak memory of all(), relative to the peak after the same loop by hand in the same process."""
    client.Customer.list(per_page=1)
    with requests.Session() as session:
        url = f"{client.api_url}/customers?per_page=100&page="
        for page in range(1, count // 100 + 1):
            for _ in session.get(f"{url}{page}").json():
                pass
    by_hand = peak_megabytes()
    assert sum(1 for _ in islice(client.Customer.all(), count)) == count
    return [peak_megabytes() / by_hand]


def whole_list_by_page(client: invoiced.Client, count: int) -> list[float]:
    """Return the CPU time of all() relative to list(), for the same pages."""
    records, rounds = client.Customer.all(), 10
    pages = count // 100 // rounds

    def with_all() -> None:
        for _ in islice(records, pages * 100):
            pass

    def with_list(first: int) -> None:
        for page in range(first, first + pages):
            for _ in client.Customer.list(page=page, per_page=100)[0]:
                pass

    with_list(1)
    return [cpu_seconds(with_all) / cpu_seconds(lambda: with_list(turn * pages + 1)) for turn in range(rounds)]  # noqa: B023


def calls_with_all_resources(client: invoiced.Client, _: int) -> list[float]:
    """Return the CPU time of a call once all resources were used, relative to that of a client that uses one."""

    def calls(of: invoiced.Client) -> float:
        return cpu_seconds(lambda: [of.Customer.retrieve(1) for _ in range(500)])

    with invoiced.Client("key", base_url=client.api_url) as other:
        for name in invoiced.COLLECTIONS:
            getattr(other, name)
        calls(client)
        calls(other)
        return [calls(other) / calls(client) for _ in range(10)]


def calls_in_threads(client: invoiced.Client, threads: int) -> list[float]:
    """Return the CPU time of a call of many threads, relative to that of one thread."""

    def calls(number: int) -> None:
        for _ in range(number):
            client.Customer.retrieve(1)

    def in_threads() -> None:
        with ThreadPoolExecutor(threads) as executor:
            list(executor.map(calls, [1600 // threads] * threads))

    in_threads()
    return [cpu_seconds(in_threads) / cpu_seconds(lambda: calls(1600)) for _ in range(10)]


def memory_of_calls(client: invoiced.Client, count: int) -> list[float]:
    """Return the peak memory after many calls, relative to that after the first ones."""
    memory = []
    for number in (1000, count):
        for _ in range(number):
            client.Customer.retrieve(1)
        memory.append(peak_megabytes())
    first, last = memory
    return [last / first]


def late_calls(client: invoiced.Client, count: int) -> list[float]:
    """Return the CPU time of a call after many, relative to that of the first ones."""

    def calls(number: int) -> float:
        return cpu_seconds(lambda: [client.Customer.retrieve(1) and None for _ in range(number)]) / number

    calls(500)
    first = min(calls(500) for _ in range(5))
    calls(count)
    return [min(calls(500) for _ in range(5)) / first]


def prefetch_sleeping(client: invoiced.Client, _: int) -> list[float]:
    """Return the wall time relative to the ideal, with a consumer that sleeps for the delay of each page."""
    return _prefetch(client, lambda: time.sleep(SLOW_SECONDS))


def prefetch_computing(client: invoiced.Client, _: int) -> list[float]:
    """Return the wall time relative to the ideal, with a consumer that computes for the delay of each page."""

    def compute() -> None:
        end = time.thread_time() + SLOW_SECONDS
        while time.thread_time() < end:
            sum(range(1000))

    return _prefetch(client, compute)


def _prefetch(client: invoiced.Client, consume: Callable[[], None]) -> list[float]:
    slow: Any = invoiced.Client("key", base_url=f"{client.api_url}/slow")
    walls = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        number = 0
        for number, _customer in enumerate(slow.Customer.all(prefetch=True), 1):
            if number % 100 == 0:
                consume()
        assert number == SLOW_PAGES * 100, number
        walls.append(time.perf_counter() - started)
    return [wall / (SLOW_SECONDS * (SLOW_PAGES + 1)) for wall in walls]


MEASUREMENTS: dict[str, Callable[[invoiced.Client, int], list[float]]] = {
    measure.__name__: measure
    for measure in (
        building,
        memory_of_objects,
        memory_of_dicts,
        memory_of_customers,
        whole_list,
        whole_list_by_page,
        calls_with_all_resources,
        calls_in_threads,
        memory_of_calls,
        late_calls,
        prefetch_sleeping,
        prefetch_computing,
    )
}


if __name__ == "__main__":
    with invoiced.Client("key", base_url=sys.argv[2]) as client:
        print(json.dumps(MEASUREMENTS[sys.argv[1]](client, int(sys.argv[3]))))
