"""Forked processes that share a client: no connection carries the requests of two processes."""

from __future__ import annotations

import itertools
import os
import ssl
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")

PAGES = 4


class Received(NamedTuple):
    connection: int
    path: str


class RecordingServer(ThreadingHTTPServer):
    """A server of records and of a list with four pages that records the connection of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.numbers = itertools.count()
        self.received: list[Received] = []

    def connections_of(self, path: str) -> list[int]:
        return [connection for connection, received in self.received if received == path]


class _Handler(BaseHTTPRequestHandler):
    server: RecordingServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        # A connection number, because the port of a closed connection may be reused.
        self.number = next(self.server.numbers)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.server.received.append(Received(self.number, self.path))
        page = int(parse_qs(address.query).get("page", ["1"])[0])
        id = address.path.rpartition("/")[2]
        body = f'{{"id": {id}}}' if id.isdecimal() else f'[{{"id": {page}}}]'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Total-Count", str(PAGES))
        if page < PAGES:
            self.send_header("Link", f'<{self.server.url}{address.path}?page={page + 1}>; rel="next"')
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


def serving(server: RecordingServer) -> Iterator[RecordingServer]:
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        yield from serving(server)


@pytest.fixture
def tls_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with RecordingServer() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
        yield from serving(server)


PROGRAM = """
    import multiprocessing, os, sys, threading
    import requests
    import invoiced

    class Call:
        '''Retrieves the record whose ID is the process ID, which identifies the process to the server.'''

        def __init__(self, client):
            self.client = client

        def __call__(self, times=1):
            for _ in range(times):
                assert self.client.Customer.retrieve(os.getpid()).id == os.getpid()

    def in_a_child(work):
        child = os.fork()
        if child == 0:
            try:
                work()
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        return child

    def succeeds(child):
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    session = requests.Session() if sys.argv[2] == "a user's session" else None
    client = invoiced.Client("key", base_url=sys.argv[1], session=session, timeout=10, max_retries=0)
    call = Call(client)
"""


def run(server: RecordingServer, program: str, session: str = "the client's own session") -> None:
    """Run the program in a process without threads, because a fork with threads causes a warning."""
    source = textwrap.dedent(PROGRAM) + textwrap.dedent(program)
    completed = subprocess.run(
        [sys.executable, "-W", "error", "-c", source, server.url, session], capture_output=True, text=True, timeout=60
    )
    assert (completed.stdout, completed.stderr, completed.returncode) == ("", "", 0)


def assert_no_connection_is_shared(server: RecordingServer, processes: int) -> None:
    paths_of: dict[int, set[str]] = {}
    for connection, path in server.received:
        paths_of.setdefault(connection, set()).add(path)
    assert all(len(paths) == 1 for paths in paths_of.values()), paths_of
    assert len(set.union(*paths_of.values())) == processes


SESSIONS = pytest.mark.parametrize("session", ["the client's own session", "a user's session"])


PROGRAM_WITH_CHILDREN = """
    call()
    children = [in_a_child(lambda: call(20)) for _ in range(8)]
    call(20)
    assert all(map(succeeds, children))
    call()
"""


@SESSIONS
@pytest.mark.parametrize("protocol", ["server", "tls_server"])
def test_forked_processes_open_their_own_connections_and_the_parent_keeps_its_own(
    session: str, protocol: str, request: pytest.FixtureRequest
) -> None:
    server: RecordingServer = request.getfixturevalue(protocol)
    run(server, PROGRAM_WITH_CHILDREN, session)
    assert_no_connection_is_shared(server, processes=9)
    assert len(server.received) == 1 + 8 * 20 + 20 + 1
    assert server.received[0] == server.received[-1]


@SESSIONS
def test_multiprocessing_processes_open_their_own_connections(session: str, server: RecordingServer) -> None:
    run(
        server,
        """
        call()
        processes = [multiprocessing.get_context("fork").Process(target=call, args=(10,)) for _ in range(4)]
        for process in processes:
            process.start()
        call(10)
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        """,
        session,
    )
    assert_no_connection_is_shared(server, processes=5)


@SESSIONS
def test_a_grandchild_opens_its_own_connections(session: str, server: RecordingServer) -> None:
    run(
        server,
        """
        def child():
            call()
            grandchild = in_a_child(lambda: call(3))
            call(3)
            assert succeeds(grandchild)

        call()
        assert succeeds(in_a_child(child))
        call()
        """,
        session,
    )
    assert_no_connection_is_shared(server, processes=3)


@SESSIONS
def test_closing_the_client_in_a_child_does_not_affect_the_parents_connection(
    session: str, server: RecordingServer
) -> None:
    run(
        server,
        """
        call()
        assert succeeds(in_a_child(client.close))
        call()
        """,
        session,
    )
    [first, last] = server.received
    assert first == last


@SESSIONS
def test_an_iteration_started_before_the_fork_continues_in_the_child_and_in_the_parent(
    session: str, server: RecordingServer
) -> None:
    run(
        server,
        """
        loop = client.Customer.all()
        assert next(loop).id == 1

        def child():
            assert [customer.id for customer in loop] == [2, 3, 4]
            call()

        assert succeeds(in_a_child(child))
        assert [customer.id for customer in loop] == [2, 3, 4]
        call()
        """,
        session,
    )
    parent, child = server.received[0].connection, server.received[1].connection
    assert parent != child
    assert [connection for connection, _ in server.received] == [parent] + [child] * 4 + [parent] * 4


def test_simultaneous_first_calls_of_threads_in_a_child_use_no_connection_of_the_parent(
    server: RecordingServer,
) -> None:
    """As in a gunicorn worker that is forked from a preloaded application and then starts its threads."""
    run(
        server,
        """
        class Session(requests.Session):
            '''A session that is slow to close the connections of the parent, while another thread continues.'''

            def close(self):
                closing.set()
                responded.wait(0.2)
                super().close()

        closing, responded = threading.Event(), threading.Event()
        client = invoiced.Client("key", base_url=sys.argv[1], session=Session(), timeout=10, max_retries=0)
        call = Call(client)

        def child():
            first = threading.Thread(target=call)
            first.start()
            assert closing.wait(10)
            call()
            responded.set()
            first.join()

        call()
        assert succeeds(in_a_child(child))
        """,
    )
    assert_no_connection_is_shared(server, processes=2)


PROGRAM_WITH_PREFETCHING = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # about forking a process with threads

    def continue_in_child():
        try:
            next(records)
        except RuntimeError as error:
            assert "another process" in str(error)
        else:
            raise AssertionError("the iteration continued")
        assert threading.active_count() == 1
        call()

    records = client.Customer.all(prefetch=True)
    next(records)
    child = in_a_child(continue_in_child)
    assert succeeds(child)
    assert len(list(records)) == 3
    assert threading.active_count() == 1
"""


def test_a_fork_does_not_wait_for_the_prefetch_thread_of_its_parent(server: RecordingServer) -> None:
    run(server, PROGRAM_WITH_PREFETCHING)
