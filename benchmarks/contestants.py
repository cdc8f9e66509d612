"""The compared clients, each in its own process: python contestants.py NAME SERVER=URL...

The process prints the kinds of work it measures. Then it reads lines such as ["retrieve", "https", 200] and prints for
each line {"cpu": seconds, "wall": seconds} per call; all threads of "threads" count as one call.
Libraries are imported only by the client that uses them: invoiced 3.0.0 runs in its own environment.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

Call = Callable[[], object]
KEY = "key"
AUTHORIZATION = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
CREATED = {"name": "Acme", "number": "CUST-00001", "email": "billing@acmecorp.com", "payment_terms": "NET 30"}
ID = 15444
THREADS = 32


def bare_requests(url: str) -> dict[str, Call]:
    requests: Any = import_module("requests")
    session = requests.Session()
    session.auth = (KEY, "")

    def create_session() -> None:
        created = requests.Session()
        created.auth = (KEY, "")
        for scheme in ("https://", "http://"):
            created.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
        created.merge_environment_settings(url, {}, None, None, None)  # our client reads the environment only once

    return {
        "retrieve": lambda: session.get(f"{url}/customers/{ID}").json(),
        "page": lambda: session.get(f"{url}/customers?per_page=100").json(),
        "create": lambda: session.post(f"{url}/customers", json=CREATED).json(),
        "save": lambda: session.patch(f"{url}/customers/{ID}", json={"phone": "1"}).json(),
        "client": create_session,
    }


def ours(url: str) -> dict[str, Call]:
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed
    return with_msgspec(url)


def with_msgspec(url: str) -> dict[str, Call]:
    invoiced: Any = import_module("invoiced")
    client = invoiced.Client(KEY, base_url=url)
    return {**_of_invoiced(client), "client": lambda: invoiced.Client(KEY)}


def older(url: str) -> dict[str, Call]:
    invoiced: Any = import_module("invoiced")
    client = invoiced.Client(KEY)
    client.api_url = url
    return {**_of_invoiced(client), "client": lambda: invoiced.Client(KEY)}


def _of_invoiced(client: Any) -> dict[str, Call]:
    customer = client.Customer.retrieve(ID)

    def save() -> None:
        customer.phone = "1"  # differs from the value in the response
        if not customer.save():
            raise RuntimeError("nothing was sent")

    return {
        "retrieve": lambda: client.Customer.retrieve(ID),
        "page": lambda: client.Customer.list(per_page=100),
        "create": lambda: client.Customer.create(**CREATED),
        "save": save,
    }


def stripe(url: str) -> dict[str, Call]:
    module: Any = import_module("stripe")
    module.ca_bundle_path = os.environ["REQUESTS_CA_BUNDLE"]
    client = module.StripeClient(KEY, base_addresses={"api": url})
    return {"retrieve": lambda: client.v1.customers.retrieve(str(ID))}


def httpx(url: str) -> dict[str, Call]:
    return _of_httpx(import_module("httpx").Client(auth=(KEY, "")), url)


def httpx2(url: str) -> dict[str, Call]:
    return _of_httpx(import_module("httpx2").Client(auth=(KEY, "")), url)


def _of_httpx(client: Any, url: str) -> dict[str, Call]:
    return {
        "retrieve": lambda: client.get(f"{url}/customers/{ID}").json(),
        "page": lambda: client.get(f"{url}/customers?per_page=100").json(),
    }


def urllib3(url: str) -> dict[str, Call]:
    pool = import_module("urllib3").PoolManager(headers=AUTHORIZATION)
    return {
        "retrieve": lambda: pool.request("GET", f"{url}/customers/{ID}").json(),
        "page": lambda: pool.request("GET", f"{url}/customers?per_page=100").json(),
    }


def http_client(url: str) -> dict[str, Call]:
    client: Any = import_module("http.client")
    parts = urlsplit(url)
    connection = {"http": client.HTTPConnection, "https": client.HTTPSConnection}[parts.scheme](parts.netloc)

    def get(path: str) -> object:
        connection.request("GET", path, headers=AUTHORIZATION)
        return json.loads(connection.getresponse().read())

    return {"retrieve": lambda: get(f"/customers/{ID}"), "page": lambda: get("/customers?per_page=100")}


CONTESTANTS: dict[str, Callable[[str], dict[str, Call]]] = {
    "requests.Session, bare": bare_requests,
    "the same, repeated (A/A)": bare_requests,
    "this library": ours,
    "invoiced 3.0.0": older,
    "this library, with msgspec": with_msgspec,
    "stripe": stripe,
    "httpx.Client": httpx,
    "httpx2.Client": httpx2,
    "urllib3.PoolManager": urllib3,
    "http.client, kept alive": http_client,
}


def timed(calls: int, call: Call) -> dict[str, float]:
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        call()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"cpu": cpu / calls, "wall": wall / calls}


def in_threads(make: Callable[[str], dict[str, Call]], url: str) -> Callable[[int], dict[str, float]]:
    """Return a function that times concurrent retrieves: threads share our client, or have a session each."""
    retrieves = [make(url)["retrieve"]] * THREADS if make is ours else [make(url)["retrieve"] for _ in range(THREADS)]

    def run(call: Call, calls: int) -> None:
        for _ in range(calls):
            call()

    def all_at_once(calls: int) -> None:
        threads = [threading.Thread(target=run, args=(call, calls)) for call in retrieves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return lambda calls: timed(1, lambda: all_at_once(calls))


def main(name: str, *servers: str) -> None:
    make = CONTESTANTS[name]
    urls = dict(server.split("=", 1) for server in servers)
    works: dict[tuple[str, str], Callable[[int], dict[str, float]]] = {
        (work, server): partial(timed, call=call) for server, url in urls.items() for work, call in make(url).items()
    }
    if make in (bare_requests, ours):
        works["threads", "http"] = in_threads(make, urls["http"])
    print(json.dumps([work for work, _ in works]), flush=True)
    for line in sys.stdin:
        work, scheme, calls = json.loads(line)
        print(json.dumps(works[work, scheme](calls)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
