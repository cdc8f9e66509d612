"""Benchmark of the emulator: its start, writes, lists, pages, a year of subscriptions, and 100,000 stored invoices.

pip install ".[emulator]" && python benchmarks/emulator.py

The emulator runs in a process of its own, as for most users, with its data in memory and in a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from invoiced.emulator import Emulator

SECONDS = 3
LINES = [
    {"name": "Copy paper", "quantity": 3, "unit_cost": 14.95},
    {"unit_cost": 10},
    {"unit_cost": 0.5, "quantity": 7},
]
STORED = (1_000, 100_000)
SUBSCRIPTIONS = 200
PAGES = "/_emulator/pages/"

START = """
import sys
from invoiced.emulator import Emulator
import requests
with Emulator() as emulator:
    assert requests.get(emulator.url + "/customers", auth=("key", "")).status_code == 200
"""
SERVE = """
import sys
from invoiced.emulator import Emulator
with Emulator(data=sys.argv[1] or None, max_concurrency=None) as emulator:
    if len(sys.argv) > 2:
        emulator.load(sys.argv[2])
    print(emulator.url, flush=True)
    sys.stdin.read()
"""


class Api(requests.Session):
    """A session with a connection that is kept."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.auth = url, ("key", "")

    def call(self, method: str, path: str, **options: Any) -> Any:
        response = self.request(method, self.url + path, **options)
        response.raise_for_status()
        return response.json()


@contextmanager
def serving(*arguments: str) -> Iterator[Api]:
    """Run an emulator in another process, with a data file or "" for memory, and perhaps a snapshot to load."""
    command = [sys.executable, "-c", SERVE, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            with Api(process.stdout.readline().strip()) as api:
                yield api
        finally:
            process.stdin.close()


def per_second(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """Return how often a function can be called per second."""
    work()
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - started)


def seconds_of(code: str) -> float:
    """Return the seconds of a program, the fewest of five runs."""

    def run() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return min(run() for _ in range(5))


def invoice(customer: int = 1) -> dict[str, Any]:
    return {"customer": customer, "items": LINES, "payment_terms": "NET 30"}


def measure_start() -> None:
    bare, with_requests, start = (seconds_of(code) for code in ("", "import requests", START))
    print(
        f"start to first response  {start:6.2f} s, {(start - bare) / (with_requests - bare):.1f} x importing requests"
    )


def writes_and_lists(api: Api) -> dict[str, float]:
    """Return how often per second each of some calls is made."""
    api.call("POST", "/customers", json={"name": "Acme"})
    large = {"customer": 1, "items": [{"unit_cost": 1_000_000}]}
    applied = [{"type": "invoice", "invoice": api.call("POST", "/invoices", json=large)["id"], "amount": 1}]
    payment = {"customer": 1, "amount": 1, "applied_to": applied}
    page = "/invoices?per_page=100&expand=customer&include=amount_paid,sent"
    return {
        "invoices": per_second(lambda: api.call("POST", "/invoices", json=invoice())),
        "payments": per_second(lambda: api.call("POST", "/payments", json=payment)),
        "lists of 100": per_second(lambda: api.call("GET", page)),
        "retrieved customers": per_second(lambda: api.call("GET", "/customers/1")),
    }


def measure_writes(folder: Path) -> None:
    for name, path in (("in memory", ""), ("in a file", str(folder / "data.db"))):
        with serving(path) as api:
            found = writes_and_lists(api)
        print(f"per second {name}     {', '.join(f'{name} {count:.0f}' for name, count in found.items())}", flush=True)


def measure_subscriptions() -> None:
    with Emulator() as emulator, Api(emulator.url) as api:
        emulator.clock.set(1_767_225_600)  # 2026-01-01
        api.call(
            "POST",
            "/plans",
            json={"id": "basic", "name": "Basic", "amount": 30, "interval": "month", "interval_count": 1},
        )
        for number in range(SUBSCRIPTIONS):
            customer = api.call("POST", "/customers", json={"name": f"Customer {number}"})
            api.call("POST", "/subscriptions", json={"customer": customer["id"], "plan": "basic"})
        started = time.perf_counter()
        emulator.clock.advance(days=364)
        seconds = time.perf_counter() - started
        total = requests.get(f"{emulator.url}/invoices", auth=api.auth).headers["X-Total-Count"]
    print(f"a year of {SUBSCRIPTIONS} subscriptions  {seconds:6.1f} s, {total} invoices", flush=True)


def stored(folder: Path, count: int) -> Path:
    """Write a snapshot with a number of invoices of 100 customers."""
    with Emulator() as emulator, Api(emulator.url) as api:
        for number in range(100):
            api.call("POST", "/customers", json={"name": f"Customer {number}"})
        api.call("POST", "/invoices", json=invoice())
        emulator.snapshot(folder / "one.jsonl")
    lines = (folder / "one.jsonl").read_text().splitlines()
    (sample,) = (json.loads(line) for line in lines if '"type": "invoice"' in line)
    path = folder / f"{count}.jsonl"
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines if '"type": "invoice"' not in line)
        for number in range(count):
            number_text = f"OLD-{number:06}"
            body = {**sample["body"], "id": 1000 + number, "number": number_text, "customer": 1 + number % 100}
            file.write(json.dumps({**sample, "id": 1000 + number, "body": body}) + "\n")
    return path


def measure_pages(api: Api, count: int) -> None:
    """Measure the pages for a browser, and the API while a browser looks on for a while."""
    listed = 1 / per_second(lambda: api.call("GET", "/invoices?per_page=100&sort=id+DESC&expand=customer"))
    shown = 1 / per_second(lambda: api.get(f"{api.url}{PAGES}invoices").raise_for_status())
    overview = 1 / per_second(lambda: requests.get(f"{api.url}/").raise_for_status())
    alone = per_second(lambda: api.call("GET", "/customers/1"))
    stop = threading.Event()
    browser = threading.Thread(target=look_on, args=[api.url, stop])
    browser.start()
    watched = per_second(lambda: api.call("GET", "/customers/1"), seconds=20)
    stop.set()
    browser.join()
    print(
        f"pages, {count:7,} invoices   100 of them {shown * 1000:5.1f} ms (the API's list {listed * 1000:.1f} ms), "
        f"overview {overview * 1000:5.1f} ms, the API's speed while somebody looks on {watched / alone:.2f}",
        flush=True,
    )


def look_on(url: str, stop: threading.Event) -> None:
    """Do what the script of a page does."""
    version, pause = "", 2.0
    while not stop.wait(pause):
        started = time.perf_counter()
        response = requests.get(f"{url}/", headers={"If-None-Match": version})
        version = response.headers.get("ETag", version)
        pause = max(2.0, 10 * (time.perf_counter() - started))


def measure_growth(folder: Path) -> None:
    found = []
    for count in STORED:
        with serving(str(folder / f"{count}.db"), str(stored(folder, count))) as api:
            create = 1 / per_second(lambda: api.call("POST", "/invoices", json=invoice()))
            listed = 1 / per_second(lambda: api.call("GET", "/invoices?filter[customer]=7&per_page=10"))
            measure_pages(api, count)
        found.append((create, listed))
        print(
            f"with {count:7,} invoices     create {create * 1000:5.1f} ms, filtered list {listed * 1000:5.1f} ms",
            flush=True,
        )
    (create, listed), (create_later, listed_later) = found
    print(f"growth                   create {create_later / create:.2f}, filtered list {listed_later / listed:.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        measure_start()
        measure_writes(Path(name))
        measure_growth(Path(name))
        measure_subscriptions()
