"""Processes that share a client by fork(): no connection ever carries requests of two of them."""

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

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork() here")

PAGES = 4


class Received(NamedTuple):
    connection: int
    path: str


class Ledger(ThreadingHTTPServer):
    """Answers each record that is asked for, and a list of four pages; notes which connection asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.numbers = itertools.count()
        self.received: list[Received] = []

    def connections_of(self, path: str) -> list[int]:
        return [number for number, asked in self.received if asked == path]


class _Answer(BaseHTTPRequestHandler):
    server: Ledger
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        # A number of its own, because the port of a connection that was closed may come again.
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
        """Nothing: what matters is noted."""


def serving(server: Ledger) -> Iterator[Ledger]:
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger() as server:
        yield from serving(server)


@pytest.fixture
def ledger_with_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with Ledger() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
        yield from serving(server)


PROGRAM = """
    import multiprocessing, os, sys, threading
    import requests
    import invoiced

    class Call:
        '''Retrieves the record that has the id of this process, which tells the server who asks.'''

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

    session = requests.Session() if sys.argv[2] == "a session of its own" else None
    client = invoiced.Client("key", base_url=sys.argv[1], session=session, timeout=10, max_retries=0)
    call = Call(client)
"""


def run(ledger: Ledger, program: str, session: str = "the client's own session") -> None:
    """Runs the program in a process without threads, because only such a one forks without a warning."""
    source = textwrap.dedent(PROGRAM) + textwrap.dedent(program)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", source, ledger.url, session], capture_output=True, text=True, timeout=60
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


def assert_no_connection_is_shared(ledger: Ledger, processes: int) -> None:
    askers: dict[int, set[str]] = {}
    for connection, path in ledger.received:
        askers.setdefault(connection, set()).add(path)
    assert all(len(paths) == 1 for paths in askers.values()), askers
    assert len(set.union(*askers.values())) == processes


SESSIONS = pytest.mark.parametrize("session", ["the client's own session", "a session of its own"])


SERVER_THAT_FORKS = """
    call()
    children = [in_a_child(lambda: call(20)) for _ in range(8)]
    call(20)
    assert all(map(succeeds, children))
    call()
"""


@SESSIONS
@pytest.mark.parametrize("protocol", ["ledger", "ledger_with_tls"])
def test_children_of_a_server_that_forks_have_connections_of_their_own_and_their_parent_keeps_its_own(
    session: str, protocol: str, request: pytest.FixtureRequest
) -> None:
    ledger: Ledger = request.getfixturevalue(protocol)
    run(ledger, SERVER_THAT_FORKS, session)
    assert_no_connection_is_shared(ledger, processes=9)
    assert len(ledger.received) == 1 + 8 * 20 + 20 + 1
    assert ledger.received[0] == ledger.received[-1]


@SESSIONS
def test_processes_of_multiprocessing_have_connections_of_their_own(session: str, ledger: Ledger) -> None:
    run(
        ledger,
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
    assert_no_connection_is_shared(ledger, processes=5)


@SESSIONS
def test_a_child_of_a_child_has_connections_of_its_own(session: str, ledger: Ledger) -> None:
    run(
        ledger,
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
    assert_no_connection_is_shared(ledger, processes=3)


@SESSIONS
def test_a_child_that_only_closes_the_client_leaves_its_parents_connection_alone(session: str, ledger: Ledger) -> None:
    run(
        ledger,
        """
        call()
        assert succeeds(in_a_child(client.close))
        call()
        """,
        session,
    )
    [first, last] = ledger.received
    assert first == last


@SESSIONS
def test_a_loop_that_began_before_the_fork_goes_on_in_the_child_and_in_the_parent(session: str, ledger: Ledger) -> None:
    run(
        ledger,
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
    parents, childs = ledger.received[0].connection, ledger.received[1].connection
    assert parents != childs
    assert [connection for connection, _ in ledger.received] == [parents] + [childs] * 4 + [parents] * 4


def test_threads_that_make_the_first_calls_of_a_child_together_share_nothing_with_the_parent(ledger: Ledger) -> None:
    """As in a worker of gunicorn that was forked from a preloaded application and then starts its threads."""
    run(
        ledger,
        """
        class Session(requests.Session):
            '''Takes its time to close the connections that came from the parent: the other thread goes on.'''

            def close(self):
                closing.set()
                answered.wait(0.2)
                super().close()

        closing, answered = threading.Event(), threading.Event()
        client = invoiced.Client("key", base_url=sys.argv[1], session=Session(), timeout=10, max_retries=0)
        call = Call(client)

        def child():
            first = threading.Thread(target=call)
            first.start()
            assert closing.wait(10)
            call()
            answered.set()
            first.join()

        call()
        assert succeeds(in_a_child(child))
        """,
    )
    assert_no_connection_is_shared(ledger, processes=2)


LOOP_THAT_FORKS = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # of Python, about a fork beside a thread

    def goes_on():
        try:
            next(records)
        except RuntimeError as error:
            assert "another process" in str(error)
        else:
            raise AssertionError("it went on")
        assert threading.active_count() == 1
        call()

    records = client.Customer.all(prefetch=True)
    next(records)
    child = in_a_child(goes_on)
    assert succeeds(child)
    assert len(list(records)) == 3
    assert threading.active_count() == 1
"""


def test_a_fork_does_not_wait_for_a_thread_that_it_has_not(ledger: Ledger) -> None:
    run(ledger, LOOP_THAT_FORKS)
