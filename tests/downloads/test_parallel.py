"""Tests of downloading many files at a time, and of leaving them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from invoiced.downloads.fetching import Fetcher
from invoiced.downloads.links import Links
from invoiced.downloads.parallel import fetch_all


def new_fetcher() -> Fetcher:
    return Fetcher(Links("http://127.0.0.1"), 60)


def fetched(items: Any, fetch: Any, concurrency: int = 3, stop: Any = lambda: None) -> Any:
    return fetch_all(items, fetch, new_fetcher=new_fetcher, concurrency=concurrency, stop=stop)


def test_results_have_the_order_of_the_items() -> None:
    first_may_end = threading.Event()

    def fetch(_: Fetcher, item: int) -> int:
        if item == 0:
            assert first_may_end.wait(30)
        if item == 2:
            first_may_end.set()
        return item

    assert list(fetched(range(10), fetch)) == list(range(10))


def test_no_fetcher_is_used_twice_at_a_time_and_no_item_is_fetched_far_ahead() -> None:
    in_use: set[Fetcher] = set()
    begun: list[int] = []

    def fetch(fetcher: Fetcher, item: int) -> int:
        assert fetcher not in in_use
        in_use.add(fetcher)
        begun.append(item)
        in_use.remove(fetcher)
        return item

    for number, item in enumerate(fetched(range(50), fetch)):
        assert item == number
        assert max(begun) <= number + 3


def test_a_fetcher_whose_download_took_too_long_is_replaced() -> None:
    def fetch(fetcher: Fetcher, item: int) -> bool:
        was_stopped = fetcher.stopped
        if item % 2:
            fetcher.stop()
        return was_stopped

    assert list(fetched(range(8), fetch, concurrency=1)) == [False] * 8


def test_an_error_ends_the_downloads_in_flight() -> None:
    ended = threading.Event()

    def fetch(fetcher: Fetcher, item: int) -> None:
        if item == 0:
            raise RuntimeError("first")
        wait_until(lambda: fetcher.stopped)
        ended.set()

    with pytest.raises(RuntimeError, match="first"):
        list(fetched(range(3), fetch))
    assert ended.is_set()


def test_what_cannot_be_interrupted_is_not_waited_for() -> None:
    may_end, stops = threading.Event(), list[str]()
    results = fetched(range(3), lambda _, item: item and may_end.wait(60), stop=lambda: stops.append("stopped"))
    assert next(results) == 0
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5
    assert stops == ["stopped"]
    may_end.set()


PROGRAM = """
import sys, invoiced
from invoiced.statements import StatementDownload
client = invoiced.Client("key", base_url=sys.argv[1]).with_options(rate=float(sys.argv[3]))
link = sys.argv[1] + "/pdf"
customers = [invoiced.Customer(client, id, {"statement_pdf_url": link, "created_at": 1}) for id in range(1, 9)]
download = StatementDownload(client, sys.argv[2], period="2026-11")
"""

ENDS = {
    "Ctrl-C": """
        try:
            list(download.fetch(customers))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """,
    "Ctrl-C that is not caught": "list(download.fetch(customers))",
    "the end of the program": """
        results = download.fetch(customers)
        import threading
        threading.Thread(target=next, args=(results, None), daemon=True).start()
        input()
    """,
}


@pytest.mark.skipif(sys.platform == "win32", reason="requires signals")
@pytest.mark.parametrize("program", ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize("rate", [1000, 0.01], ids=["downloading", "waiting for the rate limiter"])
def test_a_program_ends_at_once_although_servers_drip(program: str, rate: float, tmp_path: Path) -> None:
    connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4")
            except OSError:
                return
            connections.append(connection)

    source = PROGRAM + textwrap.dedent(program)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        arguments = [f"http://127.0.0.1:{listener.getsockname()[1]}", str(tmp_path), str(rate)]
        with subprocess.Popen(
            [sys.executable, "-c", source, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            wait_until(lambda: len(connections) == (4 if rate > 1 else 1), process)
            wait_until(lambda: len(list(tmp_path.glob("*.part"))) == len(connections), process)
            began = time.monotonic()
            if "input()" in program:
                output, _ = process.communicate(b"\n", timeout=30)
            else:
                process.send_signal(signal.SIGINT)
                output, _ = process.communicate(timeout=30)
            assert time.monotonic() - began < 5
    assert output == (b"interrupted\n" if "print" in program else b"")
    assert [path.name for path in tmp_path.iterdir()] == ["statements.json"]
    for connection in connections:
        connection.close()
