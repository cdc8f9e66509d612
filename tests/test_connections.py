"""What happens on the wire: real sockets, and the faults that occur there."""

from __future__ import annotations

import errno
import gc
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest
import requests
import trustme
import urllib3
from raw_server import RawServer, answer, hang, json_answer, reset
from requests.adapters import HTTPAdapter

import invoiced

RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'
SUCCESS = json_answer("200 OK", RECORD)


def close(connection: socket.socket) -> None:
    """Close after the request was read, without an answer."""


def client_of(server: RawServer, **options: object) -> invoiced.Client:
    return invoiced.Client("key", base_url=server.url, **options)  # type: ignore[arg-type]


def create(client: invoiced.Client) -> invoiced.Customer:
    return client.Customer.create(name="Acme")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority: trustme.CA) -> Iterator[requests.Session]:
    """A session of the user's own, with a CA bundle of its own."""
    with authority.cert_pem.tempfile() as bundle, requests.Session() as session:
        session.verify = bundle
        yield session


CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: application/json\r\n\r\n" + RECORD.encode()


@pytest.mark.parametrize("fault", [close, reset, CUT_SHORT, b"HTTP/1.1 20", b"nonsense\r\n\r\n"])
def test_a_create_whose_answer_is_lost_is_not_repeated(
    fault: bytes | Callable[[socket.socket], None], waits: list[float]
) -> None:
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
        assert caught.value.request_sent is None
        assert len(server.requests) == 1
        assert caught.value.idempotency_key == server.header("Idempotency-Key")[0]
    assert "It may have been carried out" in str(caught.value)


def test_a_create_whose_answer_ends_in_its_head_may_have_been_carried_out(waits: list[float]) -> None:
    with RawServer(b"HTTP/1.1 200 OK\r\nContent-Le", SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiError, match="It may have been carried out") as caught:
            create(client)
        assert caught.value.outcome_unknown
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [close, reset, CUT_SHORT])
def test_a_read_whose_answer_is_lost_is_repeated(
    fault: bytes | Callable[[socket.socket], None], waits: list[float]
) -> None:
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        assert client.Customer.retrieve(1).name == "Acme"
        assert len(server.requests) == 2


def test_a_change_whose_answer_is_lost_is_repeated_with_the_same_body_and_key(waits: list[float]) -> None:
    with RawServer(close, SUCCESS) as server, client_of(server) as client:
        invoiced.Customer(client, 1).save(name="Acme")
        assert server.bodies == [b'{"name": "Acme"}'] * 2
        assert len(set(server.header("Idempotency-Key"))) == 1


def hang_halfway(connection: socket.socket) -> None:
    connection.sendall(CUT_SHORT)
    hang(connection)


@pytest.mark.parametrize("fault", [hang, hang_halfway])
def test_an_answer_that_takes_too_long_or_stops_halfway_is_a_timeout(fault: Callable[[socket.socket], None]) -> None:
    with RawServer(fault) as server, client_of(server, timeout=(5, 0.05)) as client:
        with pytest.raises(invoiced.ApiTimeoutError) as caught:
            create(client)
    assert caught.value.request_sent is None


def test_a_timeout_can_be_given_per_call() -> None:
    with RawServer(hang) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme", timeout=0.05)


def test_where_nobody_listens_a_create_is_repeated_and_surely_never_sent(waits: list[float]) -> None:
    with RawServer() as server:
        url = server.url
    with invoiced.Client("key", base_url=url) as client, pytest.raises(invoiced.ApiConnectionError) as caught:
        create(client)
    assert len(waits) == 2
    assert caught.value.request_sent is False
    assert not isinstance(caught.value, invoiced.ApiTimeoutError)
    host = url.removeprefix("http://")
    assert str(caught.value) == (
        f"POST /customers: no connection to {host}: [Errno {errno.ECONNREFUSED}] Connection refused. "
        "It never reached the API: nothing was changed."
    )


def test_a_host_without_a_name_is_surely_never_reached(waits: list[float]) -> None:
    with invoiced.Client("key", base_url="https://api.invoiced.invalid") as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
    assert len(waits) == 2
    assert caught.value.request_sent is False


def hang_up(connection: socket.socket) -> None:
    connection.recv(65536)


def answer_without_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("fault", [hang_up, answer_without_tls])
def test_a_tls_handshake_that_fails_is_surely_before_the_request(
    fault: Callable[[socket.socket], None], waits: list[float]
) -> None:
    with RawServer(b"", b"", b"", before_reading=fault) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
    assert caught.value.request_sent is False
    assert len(waits) == 2


def hang_in_the_handshake(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def test_a_tls_handshake_that_takes_too_long_is_surely_before_the_request() -> None:
    with RawServer(b"", before_reading=hang_in_the_handshake) as server:
        with client_of(server, timeout=0.05, max_retries=0) as client:
            with pytest.raises(invoiced.ApiTimeoutError) as caught:
                create(client)
    assert caught.value.request_sent is False


def test_a_certificate_that_nobody_vouches_for_is_refused_and_the_key_is_not_sent(
    server_tls: ssl.SSLContext, waits: list[float]
) -> None:
    with RawServer(SUCCESS, SUCCESS, SUCCESS, tls=server_tls) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            create(client)
        assert caught.value.request_sent is False
        assert server.requests == []


def test_a_session_of_the_users_own_brings_its_ca_bundle_whatever_the_environment_says(
    server_tls: ssl.SSLContext, trusting: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with RawServer(SUCCESS, tls=server_tls) as server, client_of(server, session=trusting) as client:
        assert create(client).name == "Acme"


def test_a_session_of_the_users_own_brings_its_proxy_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with RawServer(SUCCESS) as proxy, requests.Session() as session:
        session.proxies = {"http": proxy.url}
        create(invoiced.Client("key", base_url="http://localhost:2", session=session))
        assert proxy.requests[0].startswith(b"POST http://localhost:2/customers HTTP/1.1")
        assert session.proxies == {"http": proxy.url}


@pytest.mark.parametrize("fault", [close, reset, CUT_SHORT, b"HTTP/1.1 20"])
def test_a_tls_connection_lost_after_the_handshake_leaves_the_outcome_unknown(
    fault: bytes | Callable[[socket.socket], None],
    server_tls: ssl.SSLContext,
    trusting: requests.Session,
    waits: list[float],
) -> None:
    with RawServer(fault, SUCCESS, tls=server_tls) as server:
        with client_of(server, session=trusting) as client, pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # requests leaves the socket open
def test_an_answer_that_requests_cannot_read_leaves_the_outcome_unknown_and_the_key_hidden(waits: list[float]) -> None:
    fault = b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n{}"
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
        assert len(server.requests) == 1
    gc.collect()
    assert caught.value.outcome_unknown
    assert caught.value.idempotency_key
    assert caught.value.__context__ is None


def test_an_answer_nested_deeper_than_python_goes_is_unreadable() -> None:
    deep = json_answer("201 Created", "[" * 200_000)
    with RawServer(deep) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiError, match="It may have been carried out"):
            create(client)


def test_an_adapter_with_retries_of_its_own_leaves_the_outcome_unknown(waits: list[float]) -> None:
    retries = urllib3.Retry(total=2, allowed_methods=None, backoff_factor=0)
    with RawServer(close) as server, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retries))

        def close_the_door(response: requests.Response, **_: object) -> None:
            raise AssertionError("no answer was sent")

        session.hooks["response"].append(close_the_door)
        with client_of(server, session=session, timeout=1) as client:
            server.close_after_the_first()
            with pytest.raises(invoiced.ApiConnectionError) as caught:
                create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None
    assert waits == []


def test_an_earlier_failure_that_the_program_is_handling_does_not_change_the_outcome(waits: list[float]) -> None:
    with RawServer() as server:
        nobody = server.url
    with RawServer(close, SUCCESS) as server, client_of(server) as client:
        with invoiced.Client("key", base_url=nobody) as other:
            try:
                create(other)
            except invoiced.ApiConnectionError:
                with pytest.raises(invoiced.ApiConnectionError) as caught:
                    create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(status: str) -> None:
    with RawServer(SUCCESS) as elsewhere:
        moved = answer(status, Location=f"{elsewhere.url}/customers")
        with RawServer(moved) as server, client_of(server) as client:
            with pytest.raises(invoiced.ApiError, match="redirect"):
                create(client)
            with pytest.raises(invoiced.ApiConnectionError):
                client_of(server, max_retries=0, timeout=0.05).Customer.list()
        assert elsewhere.requests == []


def test_no_cookie_is_stored_or_sent_back_whoever_made_the_session() -> None:
    baked = json_answer("200 OK", RECORD, Set_Cookie="session=1; Path=/")
    with requests.Session() as session:
        for options in ({}, {"session": session}):
            with RawServer(baked, baked) as server, client_of(server, **options) as client:
                client.Customer.retrieve(1)
                client.Customer.retrieve(1)
                assert server.header("Cookie") == [None, None]
        assert not session.cookies


def test_what_goes_out_is_json_with_the_headers_of_the_documentation() -> None:
    with RawServer(SUCCESS) as server, client_of(server) as client:
        create(client)
        assert server.requests[0].startswith(b"POST /customers HTTP/1.1\r\n")
        assert server.bodies == [b'{"name": "Acme"}']
        assert server.header("Content-Type") == ["application/json"]
        assert server.header("Accept") == ["application/json"]
        assert server.header("User-Agent") == [f"Invoiced Python/{invoiced.VERSION}"]
        assert server.header("Authorization") == ["Basic a2V5Og=="]


def test_credentials_of_a_netrc_file_or_of_the_session_do_not_replace_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login other password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with requests.Session() as session, RawServer(SUCCESS, SUCCESS) as server:
        session.auth = ("other", "secret")
        for options in ({}, {"session": session}):
            with client_of(server, **options) as client:
                create(client)
        assert server.header("Authorization") == ["Basic a2V5Og=="] * 2
