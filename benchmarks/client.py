"""What the client costs, as ratios in one run against the same work done by hand with requests and json.

pip install ".[emulator]" && python benchmarks/client.py
"""

from __future__ import annotations

import gc
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import requests

import invoiced
from invoiced.emulator import Emulator

CUSTOMERS = 2_000
CALLS = 300
ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, ours: Callable[[], object], by_hand: Callable[[], object]) -> None:
    """The medians of alternating rounds, so that both meet the same disturbances."""
    ours()
    by_hand()
    rounds = [(seconds(ours), seconds(by_hand)) for _ in range(ROUNDS)]
    mine, hand = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{name:<58} {mine:8.3f} s {hand:8.3f} s   {mine / hand:5.2f} x")


def memory(make: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    kept = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


def main() -> None:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client, requests.Session() as session:
        session.auth = ("key", "")
        url = f"{emulator.url}/customers"
        first = client.Customer.create(name="Customer 0", metadata={"account_rep": "Jan"})
        for number in range(1, CUSTOMERS):
            client.Customer.create(name=f"Customer {number}", metadata={"account_rep": "Jan"})

        def pages_by_hand() -> list[Any]:
            gathered, page = [], 1
            while records := session.get(url, params={"per_page": 100, "page": page}).json():
                gathered += records
                page += 1
            return gathered

        print(f"{'':<58} {'client':>10} {'by hand':>10}   ratio")
        compare(
            f"{CALLS} retrieves over a kept connection",
            lambda: [client.Customer.retrieve(first.id) for _ in range(CALLS)],
            lambda: [session.get(f"{url}/{first.id}").json() for _ in range(CALLS)],
        )
        compare(
            f"{CALLS} retrieves, by hand with a new connection each",
            lambda: [client.Customer.retrieve(first.id) for _ in range(CALLS)],
            lambda: [requests.get(f"{url}/{first.id}", auth=("key", "")).json() for _ in range(CALLS)],
        )
        compare(f"a loop over {CUSTOMERS} customers", lambda: list(client.Customer.all()), pages_by_hand)

        text = json.dumps(first.to_dict())
        ours = memory(lambda: [invoiced.Customer(client, 1, json.loads(text)) for _ in range(CUSTOMERS)])
        hand = memory(lambda: [json.loads(text) for _ in range(CUSTOMERS)])
        print(
            f"{f'memory of {CUSTOMERS} customers':<58} {ours / 1e6:7.2f} MB {hand / 1e6:7.2f} MB   {ours / hand:5.2f} x"
        )


if __name__ == "__main__":
    main()
