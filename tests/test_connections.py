"""Connections over real sockets, and their faults."""

from __future__ import annotations

import errno
import gc
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import outcomes
import pytest
import requests
import trustme
import urllib3
from open_sockets import idle_connection
from raw_server import RawServer, hang, http_response, json_response, reset
from requests.adapters import HTTPAdapter

import invoiced
from invoiced import deadline
from invoiced.emulator import Emulator

RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'
SUCCESS = json_response("200 OK", RECORD)


def close(connection: socket.socket) -> None:
    """Close the connection after the request was read, without a response."""


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
def trusting_session(authority: trustme.CA) -> Iterator[requests.Session]:
    """Return a user's session with its own CA bundle."""
    with authority.cert_pem.tempfile() as bundle, requests.Session() as session:
        session.verify = bundle
        yield session


TRUNCATED = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: application/json\r\n\r\n" + RECORD.encode()


@pytest.mark.parametrize("fault", [close, reset, TRUNCATED, b"HTTP/1.1 20", b"nonsense\r\n\r\n"])
def test_a_create_whose_response_is_lost_is_not_retried(
    fault: bytes | Callable[[socket.socket], None], waits: list[float]
) -> None:
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
        assert caught.value.request_sent is None
        assert len(server.requests) == 1
        assert caught.value.idempotency_key == server.header("Idempotency-Key")[0]
    assert "It may have been processed" in str(caught.value)


def test_a_create_whose_response_ends_in_the_headers_may_have_been_processed(waits: list[float]) -> None:
    with RawServer(b"HTTP/1.1 200 OK\r\nContent-Le", SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiError, match="It may have been processed") as caught:
            create(client)
        assert caught.value.outcome_unknown
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [close, reset, TRUNCATED])
def test_a_get_whose_response_is_lost_is_retried(
    fault: bytes | Callable[[socket.socket], None], waits: list[float]
) -> None:
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        assert client.Customer.retrieve(1).name == "Acme"
        assert len(server.requests) == 2


def test_an_update_whose_response_is_lost_is_retried_with_the_same_body_and_key(waits: list[float]) -> None:
    with RawServer(close, SUCCESS) as server, client_of(server) as client:
        invoiced.Customer(client, 1).save(name="Acme")
        assert server.bodies == [b'{"name": "Acme"}'] * 2
        assert len(set(server.header("Idempotency-Key"))) == 1


def hang_halfway(connection: socket.socket) -> None:
    connection.sendall(TRUNCATED)
    hang(connection)


@pytest.mark.parametrize("fault", [hang, hang_halfway])
def test_a_response_that_is_late_or_stops_halfway_raises_a_timeout_error(
    fault: Callable[[socket.socket], None],
) -> None:
    with RawServer(fault) as server, client_of(server, timeout=(5, 0.05)) as client:
        with pytest.raises(invoiced.ApiTimeoutError) as caught:
            create(client)
    assert caught.value.request_sent is None


def test_a_timeout_can_be_set_per_call() -> None:
    with RawServer(hang) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme", timeout=0.05)


def test_a_refused_connection_is_retried_and_the_request_was_certainly_not_sent(waits: list[float]) -> None:
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


def test_a_request_to_an_unknown_host_was_certainly_not_sent(waits: list[float]) -> None:
    with invoiced.Client("key", base_url="https://api.invoiced.invalid") as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
    assert len(waits) == 2
    assert caught.value.request_sent is False


def close_after_reading(connection: socket.socket) -> None:
    connection.recv(65536)


def reply_without_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("fault", [close_after_reading, reply_without_tls])
def test_a_request_was_certainly_not_sent_if_the_tls_handshake_failed(
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


def test_a_request_was_certainly_not_sent_if_the_tls_handshake_timed_out() -> None:
    with RawServer(b"", before_reading=hang_in_the_handshake) as server:
        with client_of(server, timeout=0.05, max_retries=0) as client:
            with pytest.raises(invoiced.ApiTimeoutError) as caught:
                create(client)
    assert caught.value.request_sent is False


def test_an_untrusted_certificate_raises_an_error_and_the_key_is_not_sent(
    server_tls: ssl.SSLContext, waits: list[float]
) -> None:
    with RawServer(SUCCESS, SUCCESS, SUCCESS, tls=server_tls) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            create(client)
        assert caught.value.request_sent is False
        assert server.requests == []


def test_the_ca_bundle_of_a_users_session_overrides_the_environment(
    server_tls: ssl.SSLContext, trusting_session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with RawServer(SUCCESS, tls=server_tls) as server, client_of(server, session=trusting_session) as client:
        assert create(client).name == "Acme"


def test_the_proxy_of_a_users_session_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with RawServer(SUCCESS) as proxy, requests.Session() as session:
        session.proxies = {"http": proxy.url}
        create(invoiced.Client("key", base_url="http://localhost:2", session=session))
        assert proxy.requests[0].startswith(b"POST http://localhost:2/customers HTTP/1.1")
        assert session.proxies == {"http": proxy.url}


@pytest.mark.parametrize("fault", [close, reset, TRUNCATED, b"HTTP/1.1 20"])
def test_a_tls_connection_lost_after_the_handshake_leaves_the_outcome_unknown(
    fault: bytes | Callable[[socket.socket], None],
    server_tls: ssl.SSLContext,
    trusting_session: requests.Session,
    waits: list[float],
) -> None:
    with RawServer(fault, SUCCESS, tls=server_tls) as server:
        with (
            client_of(server, session=trusting_session) as client,
            pytest.raises(invoiced.ApiConnectionError) as caught,
        ):
            create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # requests leaves the socket open
def test_a_response_that_requests_cannot_parse_leaves_the_outcome_unknown_and_the_key_hidden(
    waits: list[float],
) -> None:
    fault = b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n{}"
    with RawServer(fault, SUCCESS) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            create(client)
        assert len(server.requests) == 1
    gc.collect()
    assert caught.value.outcome_unknown
    assert caught.value.idempotency_key
    assert caught.value.__context__ is None


def test_a_response_nested_too_deeply_for_python_raises_an_error() -> None:
    deep = json_response("201 Created", "[" * 200_000)
    with RawServer(deep) as server, client_of(server) as client:
        with pytest.raises(invoiced.ApiError, match="It may have been processed"):
            create(client)


def test_retries_of_an_adapter_leave_the_outcome_unknown(waits: list[float]) -> None:
    retries = urllib3.Retry(total=2, allowed_methods=None, backoff_factor=0)
    with RawServer(close) as server, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retries))

        def fail(response: requests.Response, **_: object) -> None:
            raise AssertionError("no response was sent")

        session.hooks["response"].append(fail)
        with client_of(server, session=session, timeout=1) as client:
            server.close_after_first_connection()
            with pytest.raises(invoiced.ApiConnectionError) as caught:
                create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None
    assert waits == []


def test_an_exception_being_handled_does_not_affect_the_outcome(waits: list[float]) -> None:
    with RawServer() as server:
        unused_url = server.url
    with RawServer(close, SUCCESS) as server, client_of(server) as client:
        with invoiced.Client("key", base_url=unused_url) as other:
            try:
                create(other)
            except invoiced.ApiConnectionError:
                with pytest.raises(invoiced.ApiConnectionError) as caught:
                    create(client)
        assert len(server.requests) == 1
    assert caught.value.request_sent is None


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_not_followed_and_the_key_is_not_sent_to_its_target(status: str) -> None:
    with RawServer(SUCCESS) as elsewhere:
        moved = http_response(status, Location=f"{elsewhere.url}/customers")
        with RawServer(moved) as server, client_of(server) as client:
            with pytest.raises(invoiced.ApiError, match="redirect"):
                create(client)
            with pytest.raises(invoiced.ApiConnectionError):
                client_of(server, max_retries=0, timeout=0.05).Customer.list()
        assert elsewhere.requests == []


def test_no_cookie_is_stored_or_sent_with_any_session() -> None:
    with_cookie = json_response("200 OK", RECORD, Set_Cookie="session=1; Path=/")
    with requests.Session() as session:
        for options in ({}, {"session": session}):
            with RawServer(with_cookie, with_cookie) as server, client_of(server, **options) as client:
                client.Customer.retrieve(1)
                client.Customer.retrieve(1)
                assert server.header("Cookie") == [None, None]
        assert not session.cookies


def test_requests_are_json_with_the_documented_headers() -> None:
    with RawServer(SUCCESS) as server, client_of(server) as client:
        create(client)
        assert server.requests[0].startswith(b"POST /customers HTTP/1.1\r\n")
        assert server.bodies == [b'{"name": "Acme"}']
        assert server.header("Content-Type") == ["application/json"]
        assert server.header("Accept") == ["application/json"]
        assert server.header("User-Agent") == [f"Invoiced Python/{invoiced.VERSION}"]
        assert server.header("Authorization") == ["Basic a2V5Og=="]


def test_credentials_of_netrc_or_of_the_session_do_not_replace_the_key(
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


# Idle connections


def test_a_connection_that_was_idle_for_a_minute_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall may have forgotten it: a POST would be lost, and its outcome unknown."""

    def port() -> int:
        client.Customer.list()
        return int(idle_connection(client, emulator.url).sock.getsockname()[1])

    clock = outcomes.Clock()
    monkeypatch.setattr(deadline, "time", clock)
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        first = port()
        clock.advance_to(clock.monotonic() + 59)
        assert port() == first
        clock.advance_to(clock.monotonic() + 61)
        assert port() != first


def test_a_connection_is_probed_while_it_waits() -> None:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        client.Customer.list()
        connection = idle_connection(client, emulator.url)
        assert connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
