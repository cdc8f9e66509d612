"""Benchmark of statements: sends per second, the time to plan and to send many rows, and their memory.

pip install . && python benchmarks/statements.py [URL of a PostgreSQL database]

A server that responds in 50 ms shows what a run takes beyond the API: ideally, `concurrency` rows per 50 ms. "By hand"
are the same requests from as many threads, without a ledger: what is possible on this machine. The other figures are
those of an API in the same process that responds at once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from memory import peak_megabytes
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

import invoiced
from invoiced.statements import Statements

ROWS = (1_000, 100_000)
CONCURRENCY = (4, 8, 16)
SECONDS = 0.05
"""Seconds in which the server responds."""
DURATION = 10
"""Seconds that sending takes ideally."""

EMAILS = b'[{"id": "f45382c6fbc44d44aa7f9a55eb2ce731", "email": "client@example.com", "state": "sent"}]'


def customers(url: str, query: str, count: int) -> tuple[bytes, dict[str, str]]:
    """Return a page of a list of customers, which are generated and not kept in memory, and its headers."""
    arguments = {name: values[0] for name, values in parse_qs(query).items()}
    page, size = int(arguments.get("page", 1)), int(arguments["per_page"])
    ids = range((page - 1) * size + 1, min(page * size, count) + 1)
    link = f'<{url}/customers?per_page={size}&page={page + 1}>; rel="next"' if page * size < count else ""
    return json.dumps([*map(customer, ids)]).encode(), {"X-Total-Count": str(count), "Link": link}


def customer(id: int) -> dict[str, Any]:
    link = f"https://dundermifflin.invoiced.com/statements/{id:024}/pdf"
    fields = {"id": id, "object": "customer", "number": f"CUST-{id:06}", "name": f"Customer {id}", "metadata": {}}
    return {**fields, "email": f"office-{id}@example.com", "created_at": 1415222128, "statement_pdf_url": link}


class InProcess(HTTPAdapter):
    """An API in this process with a number of customers."""

    URL = "https://api.invoiced.com"

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        status, body, headers = 201, EMAILS, dict[str, str]()
        if request.method == "GET":
            status, (body, headers) = 200, customers(self.URL, urlsplit(str(request.url)).query, self._count)
        raw = HTTPResponse(BytesIO(body), headers, status, preload_content=False, request_method=request.method)
        return self.build_response(request, raw)


class Server(asyncio.Protocol):
    """A server that responds to each POST after some time. It understands what this library sends, and no more."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = int((head.lower() + b"\r\ncontent-length: 0").partition(b"content-length:")[2].split(b"\r\n")[0])
        if not end or len(body) < length:
            return
        self._received = b""
        method, target, _ = head.split(b"\r\n")[0].decode().split()
        if method == "POST":
            asyncio.get_running_loop().call_later(SECONDS, self._respond, 201, EMAILS, {})
        else:
            host = self._transport.get_extra_info("sockname")
            self._respond(200, *customers(f"http://127.0.0.1:{host[1]}", urlsplit(target).query, int(sys.argv[2])))

    def _respond(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self._transport.write(f"HTTP/1.1 {status} OK\r\n{text}\r\n".encode() + body)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(count: int) -> Iterator[str]:
    """Yield the URL of a server with a number of customers, in a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, "serve", str(count)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def send(client: invoiced.Client, ledger: str, concurrency: int) -> tuple[float, float]:
    """Return the seconds to plan and to send the statements to all customers."""
    period = Statements(client.with_options(rate=inf), ledger=ledger, concurrency=concurrency).period("2026-11")
    started = time.perf_counter()
    plan = period.plan(client.Customer.all())
    planned = time.perf_counter()
    for result in period.send(plan):
        assert result.outcome == "sent", result
    return planned - started, time.perf_counter() - planned


def by_hand(url: str, count: int, concurrency: int) -> float:
    """Return the seconds to send the same requests from as many threads."""

    def post(numbers: range) -> None:
        with requests.Session() as session:
            for id in numbers:
                session.post(f"{url}/customers/{id}/emails", json={}, auth=("key", "")).json()

    started = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as threads:
        list(threads.map(post, [range(first, count + 1, concurrency) for first in range(1, concurrency + 1)]))
    return time.perf_counter() - started


def measure_speed(server: str | None) -> None:
    """Print the sends per second as a ratio to the ideal, in files and on a server."""
    print(f"{'sends per second':<24}{'ideal':>8}{'by hand':>16}{'file':>16}{'server' if server else '':>16}")
    for concurrency in CONCURRENCY:
        count = round(DURATION * concurrency / SECONDS)
        with serving(count) as url, invoiced.Client("key", base_url=url) as client, tempfile.TemporaryDirectory() as f:
            seconds = [by_hand(url, count, concurrency), send(client, f"{f}/ledger.sqlite", concurrency)[1]]
            if server:
                seconds.append(send(client, server, concurrency)[1])
        cells = "".join(f"{count / each:9.0f} ({DURATION / each:.2f})" for each in seconds)
        print(f"{f'concurrency {concurrency}':<24}{concurrency / SECONDS:8.0f}{cells}", flush=True)


def measure_rows(count: int) -> None:
    """Print what a number of rows takes in this process."""
    session = requests.Session()
    session.mount("https://", InProcess(count))
    with tempfile.TemporaryDirectory() as folder, invoiced.Client("key", session=session) as client:
        before = peak_megabytes()
        planned, sent = send(client, f"{folder}/ledger.sqlite", 4)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        print(f"rows         {count:10,}")
        print(f"peak memory  {peak_megabytes():10.1f} MB, of which {before:.1f} MB before")
        print(f"plan         {planned:10.1f} s")
        print(f"send         {sent:10.1f} s, {sent / count * 1000:.2f} ms per row")
        print(f"ledger       {size / 1e6:10.1f} MB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve())
    elif sys.argv[1:2] == ["rows"]:
        measure_rows(int(sys.argv[2]))
    else:
        for rows in ROWS:
            subprocess.run([sys.executable, __file__, "rows", str(rows)], check=True)
        measure_speed(sys.argv[1] if sys.argv[1:] else None)
