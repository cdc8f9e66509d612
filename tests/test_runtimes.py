"""Ways to run a program: threads that outlive the main thread, asyncio, gevent, frozen clocks and frozen processes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import freezegun
import pytest
import time_machine
from open_sockets import idle_connection
from outcomes import Clock
from raw_server import RawServer, hang, json_response
from waiting import wait_until

import invoiced
from invoiced import deadline
from invoiced.emulator import Emulator

ROOT = Path(__file__).parent.parent
NAMES = [f"Customer {number}" for number in range(5)]

STORY = """
import io, sys, threading, invoiced

def story():
    with invoiced.Client("key", base_url=sys.argv[1]) as client:
        for number in range(5):
            client.Customer.create(name=f"Customer {number}")
        assert client.Customer.retrieve(1).name == "Customer 0"
        names = [customer.name for customer in client.Customer.all(prefetch=True, per_page=2)]
        limited = [customer.name for customer in client.Customer.all(prefetch=True, per_page=2, deadline=20)]
        assert names == limited
        try:
            client.File.create(file=io.BytesIO(b"1"), name="a.txt")
        except invoiced.ApiError as error:
            assert error.status_code == 501, error
        print(*names, sep=",", flush=True)
"""
PROGRAMS = {
    "a thread after the end of the main thread": STORY
    + """
main = threading.current_thread()
def outlive():
    main.join()
    story()
threading.Thread(target=outlive).start()
""",
    "gevent": "from gevent import monkey; monkey.patch_all()"
    + STORY
    + """
import gevent
gevent.spawn(story).get(timeout=60)
""",
    "no home directory and no writable folder": STORY + "story()",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_calls_work_in(program: str, tmp_path: Path) -> None:
    if "main.join()" in program and sys.version_info[:2] == (3, 12):
        pytest.skip("Python 3.12 starts no thread after the end of the main thread, so prefetch cannot work there")
    folder = tmp_path / "read only"
    folder.mkdir(mode=0o500)
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {name: value for name, value in environment.items() if name not in {"HOME", "USERPROFILE"}}
    with Emulator() as emulator:
        result = subprocess.run(
            [sys.executable, "-c", program, emulator.url],
            capture_output=True, text=True, timeout=100, env=environment, cwd=folder,
        )  # fmt: skip
    assert (result.stdout, result.stderr) == (",".join(NAMES) + "\n", "")


def test_calls_work_in_threads_of_asyncio() -> None:
    async def story(client: invoiced.Client) -> list[str]:
        create = [asyncio.to_thread(client.Customer.create, name=name) for name in NAMES]
        await asyncio.gather(*create)
        records = await asyncio.to_thread(lambda: [*client.Customer.all(prefetch=True, per_page=2, deadline=20)])
        return sorted(str(customer.name) for customer in records)

    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        assert asyncio.run(story(client)) == NAMES


# Frozen clocks

NOON = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.timezone.utc)
FREEZERS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "freezegun": lambda: freezegun.freeze_time(NOON),
    "time-machine": lambda: time_machine.travel(NOON, tick=False),
}
frozen = pytest.mark.parametrize("freeze", FREEZERS.values(), ids=FREEZERS)
RECORD = json_response("200 OK", '{"id": 1, "object": "customer", "name": "Acme"}')
BUSY = json_response("503 Service Unavailable", "{}")


@frozen
def test_retries_end_while_the_clock_is_frozen(freeze: Callable[[], AbstractContextManager[Any]]) -> None:
    with freeze(), RawServer(BUSY, RECORD, *[BUSY] * 3) as server:
        with invoiced.Client("key", base_url=server.url, deadline=20) as client:
            assert client.Customer.retrieve(1).name == "Acme"
            with pytest.raises(invoiced.ApiError, match="503"):
                client.Customer.retrieve(1, deadline=None)
    assert len(server.requests) == 5


@frozen
def test_a_silent_server_cannot_block_a_call_while_the_clock_is_frozen(
    freeze: Callable[[], AbstractContextManager[Any]],
) -> None:
    with freeze(), RawServer(hang) as server, invoiced.Client("key", base_url=server.url) as client:
        with pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme", deadline=0.2)


@frozen
def test_records_are_prefetched_while_the_clock_is_frozen(freeze: Callable[[], AbstractContextManager[Any]]) -> None:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        client.Customer.create(name="before")  # its connection is used when the clock has changed, and changed back
        with freeze():
            for name in NAMES:
                client.Customer.create(name=name)
            records = client.Customer.all(prefetch=True, per_page=2, deadline=20)
            assert [customer.name for customer in records] == ["before", *NAMES]
        assert client.Customer.retrieve(1).name == "before"


# Frozen processes


@pytest.mark.parametrize("clock", ["monotonic", "time"])
def test_a_connection_is_not_used_again_after_a_minute_of_either_clock(
    clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monotonic clock may stand still while a machine is suspended, such as that of a serverless function."""

    def port() -> int:
        client.Customer.list()
        return int(idle_connection(client, emulator.url).sock.getsockname()[1])

    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        first = port()
        assert port() == first
        for seconds in (61, -61):
            advanced = Clock()
            read = getattr(advanced, clock)
            monkeypatch.setattr(advanced, clock, lambda read=read, seconds=seconds: read() + seconds, raising=False)
            monkeypatch.setattr(deadline, "time", advanced)
            assert port() != first
            first = port()


@pytest.mark.parametrize("lost", ["closed", "reset"])
def test_a_post_opens_a_new_connection_if_the_server_has_closed_its_side(lost: str) -> None:
    ended = threading.Event()

    def respond_and_end(connection: socket.socket) -> None:
        connection.sendall(RECORD.replace(b"Connection: close\r\n", b""))
        if lost == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        ended.set()

    with RawServer(respond_and_end, RECORD) as server:
        with invoiced.Client("key", base_url=server.url, max_retries=0) as client:
            client.Customer.retrieve(1)
            ended.wait(10)
            socket_of_client = idle_connection(client, server.url).sock
            wait_until(lambda: _has_news(socket_of_client))
            assert client.Customer.create(name="Acme").name == "Acme"


def _has_news(connection: socket.socket) -> bool:
    connection.setblocking(False)
    with contextlib.suppress(BlockingIOError, ConnectionResetError):
        return connection.recv(1, socket.MSG_PEEK) == b""
    return False
