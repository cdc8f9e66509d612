"""What is measured of this library alone, each in a process of its own: python measurements.py NAME URL [COUNT]

Prints the measured values of the rounds, as JSON.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from servers import SLOW_PAGES, SLOW_SECONDS, customers

import invoiced

ROUNDS = 5


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def megabytes() -> float:
    """The most memory that this process has had."""
    if (status := Path("/proc/self/status")).exists():  # on Linux, ru_maxrss begins at what the parent had
        return int(re.findall(r"VmHWM:\s*(\d+)", status.read_text())[0]) / 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def building(client: invoiced.Client, count: int) -> list[float]:
    """Microseconds to build an object over its parsed dict, page by page, as list() does it."""
    build: Any = client.Customer._build  # private: by the public way, the rest of a call would drown it
    page = json.loads(customers(1))

    def objects() -> None:
        for _ in range(count // 100):
            [build(values) for values in page]

    def dicts() -> None:
        for _ in range(count // 100):
            [values for values in page]

    return [(cpu_seconds(objects) - cpu_seconds(dicts)) * 1e6 / count for _ in range(ROUNDS)]


def held_objects(client: invoiced.Client, count: int) -> list[float]:
    """Megabytes of that many customers, as objects."""
    return _held(lambda page: client.Customer.list(page=page, per_page=100)[0], count)


def held_dicts(client: invoiced.Client, count: int) -> list[float]:
    """Megabytes of that many customers, as plain parsed dicts."""
    with requests.Session() as session:
        url = f"{client.api_url}/customers?per_page=100&page="
        return _held(lambda page: session.get(f"{url}{page}").json(), count)


def _held(fetch: Callable[[int], object], count: int) -> list[float]:
    held = [fetch(1)]
    before = megabytes()
    held += [fetch(page) for page in range(2, count // 100 + 1)]
    return [megabytes() - before]


def whole_list(client: invoiced.Client, count: int) -> list[float]:
    """Megabytes that a loop over all customers adds to what the first page takes."""
    records = client.Customer.all()
    next(records)
    before = megabytes()
    assert sum(1 for _ in islice(records, count - 1)) == count - 1
    return [megabytes() - before]


def whole_list_by_page(client: invoiced.Client, count: int) -> list[float]:
    """CPU time of all() over that of list(), page by page, for the same pages."""
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


def prefetch_sleeping(client: invoiced.Client, _: int) -> list[float]:
    """Wall time over the ideal, with a consumer that waits as long for each page as the server does."""
    return _prefetch(client, lambda: time.sleep(SLOW_SECONDS))


def prefetch_computing(client: invoiced.Client, _: int) -> list[float]:
    """Wall time over the ideal, with a consumer that computes as long on each page as the server waits."""

    def compute() -> None:
        ends = time.thread_time() + SLOW_SECONDS
        while time.thread_time() < ends:
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
        held_objects,
        held_dicts,
        whole_list,
        whole_list_by_page,
        prefetch_sleeping,
        prefetch_computing,
    )
}


if __name__ == "__main__":
    with invoiced.Client("key", base_url=sys.argv[2]) as client:
        print(json.dumps(MEASUREMENTS[sys.argv[1]](client, int(sys.argv[3]))))
