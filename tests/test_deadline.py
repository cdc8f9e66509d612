"""Deadlines: slow and silent servers, and waits before retries."""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
import trustme
from raw_server import RawServer, hang, json_response

import invoiced

RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'
SUCCESS = json_response("200 OK", RECORD)


def drip(start: bytes) -> Callable[[socket.socket], None]:
    """Return a reply that sends the start of a response at once, and then a byte every 20 ms, without end."""

    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        never = threading.Event()
        while not never.wait(0.02):
            connection.sendall(b" ")

    return send


DRIP_IN_STATUS_LINE = drip(b"HTTP/1.1 200 OK")
DRIP_IN_HEADERS = drip(b"HTTP/1.1 200 OK\r\nX-Long: ")
DRIP_IN_BODY = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{")
DRIP_IN_CHUNK = drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n{")
DRIP_WITHOUT_LENGTH = drip(b"HTTP/1.1 200 OK\r\n\r\n{")
DRIPS = [DRIP_IN_STATUS_LINE, DRIP_IN_HEADERS, DRIP_IN_BODY, DRIP_IN_CHUNK, DRIP_WITHOUT_LENGTH, hang]


@contextlib.contextmanager
def takes_less_than_the_timeout() -> Any:
    """Check that the block takes seconds and not the minute of the timeout."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("fault", DRIPS)
def test_a_slow_or_silent_server_cannot_block_a_create_beyond_the_deadline(
    fault: Callable[[socket.socket], None],
) -> None:
    with RawServer(fault) as server, invoiced.Client("key", base_url=server.url, deadline=0.2) as client:
        with (
            takes_less_than_the_timeout(),
            pytest.raises(invoiced.ApiTimeoutError, match="It may have been processed") as caught,
        ):
            client.Customer.create(name="Acme")
        assert len(server.requests) == 1
        assert caught.value.request_sent is None
        assert caught.value.idempotency_key == server.header("Idempotency-Key")[0]


@pytest.mark.parametrize("fault", DRIPS)
def test_a_get_is_not_retried_after_its_deadline(fault: Callable[[socket.socket], None]) -> None:
    with RawServer(fault, SUCCESS) as server, invoiced.Client("key", base_url=server.url) as client:
        with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.retrieve(1, deadline=0.2)
        assert len(server.requests) == 1


def test_a_slow_tls_server_cannot_block_a_call_beyond_the_deadline(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with RawServer(DRIP_IN_HEADERS, DRIP_IN_BODY, SUCCESS, tls=context) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            for _ in range(2):
                with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError):
                    client.Customer.retrieve(1, deadline=0.3)
            assert client.Customer.retrieve(1, deadline=60).name == "Acme"


def test_a_slow_tls_handshake_ends_at_the_deadline_and_nothing_was_sent() -> None:
    server_hello = b"\x16\x03\x03\x40\x00"
    with RawServer(b"", before_reading=drip(server_hello)) as server:
        with invoiced.Client("key", base_url=server.url, deadline=0.2) as client:
            with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError) as caught:
                client.Customer.create(name="Acme")
    assert caught.value.request_sent is False


@pytest.mark.parametrize("fault", [DRIP_IN_HEADERS, DRIP_IN_BODY])
def test_a_slow_proxy_cannot_block_a_call_beyond_the_deadline(
    fault: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(fault) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        with invoiced.Client("key", base_url="http://127.0.0.1:1") as client:
            with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError):
                client.Customer.create(name="Acme", deadline=0.2)


def test_a_proxy_that_is_slow_to_open_a_tunnel_cannot_block_a_call_beyond_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawServer(DRIP_IN_HEADERS) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with (
            invoiced.Client("key") as client,
            takes_less_than_the_timeout(),
            pytest.raises(invoiced.ApiTimeoutError) as caught,
        ):
            client.Customer.create(name="Acme", deadline=0.2)
    assert caught.value.request_sent is False
    # On Python 3.10, http.client leaves the socket of a failed tunnel to the garbage collector: not to a later test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_a_connection_has_its_normal_timeout_after_a_call_with_a_deadline() -> None:
    replies = [SUCCESS.replace(b"Connection: close\r\n", b""), SUCCESS]

    def reply_twice(connection: socket.socket) -> None:
        connection.sendall(replies[0])
        connection.recv(65536)
        time.sleep(1.1)  # longer than the time left until the deadline of the first call
        connection.sendall(replies[1])

    with RawServer(reply_twice) as server, invoiced.Client("key", base_url=server.url) as client:
        assert client.Customer.retrieve(1, deadline=1).name == "Acme"
        assert client.Customer.retrieve(1).name == "Acme"


def test_waits_before_retries_count_towards_the_deadline(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    for _ in range(2):
        api.get("https://api.invoiced.com/customers/1", status=503)
    with pytest.raises(invoiced.ApiError) as caught:
        client.Customer.retrieve(1, deadline=0.2)
    assert caught.value.status_code == 503
    assert waits == []
    api.get("https://api.invoiced.com/customers/1", json={"id": 1})
    assert client.Customer.retrieve(1, deadline=60).id == 1
    assert len(waits) == 1


@pytest.mark.parametrize("retry_after", ["86400", "61", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_long_retry_after_is_left_to_the_caller(
    retry_after: str, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.post("https://api.invoiced.com/customers", status=429, headers={"Retry-After": retry_after})
    with pytest.raises(invoiced.RateLimitError) as caught:
        client.Customer.create(name="Acme")
    assert caught.value.retry_after is not None
    assert (
        caught.value.retry_after == int(retry_after)
        if retry_after.isdigit()
        else caught.value.retry_after > 100 * 86_400
    )
    assert waits == []


def test_a_retry_after_beyond_the_deadline_raises_the_error_immediately(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.post("https://api.invoiced.com/customers", status=429, headers={"Retry-After": "30"})
    with pytest.raises(invoiced.RateLimitError) as caught:
        client.Customer.create(name="Acme", deadline=20)
    assert caught.value.retry_after == 30
    assert waits == []


def test_the_deadline_applies_to_each_page_of_an_iteration(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    url = "https://api.invoiced.com/customers"
    api.get(url, json=[{"id": 1}], headers={"Link": f'<{url}?page=2>; rel="next"'})
    api.get(url, json=[{"id": 2}])
    loop = client.Customer.all(deadline=0.1)
    assert next(loop).id == 1
    time.sleep(0.11)
    assert next(loop).id == 2


def test_every_call_accepts_a_deadline(client: invoiced.Client) -> None:
    customer = invoiced.Customer(client, 1)
    contact = invoiced.Contact(client, 2, parent=("customers", 1))
    options: dict[str, Any] = {"deadline": -1}
    for call in (
        lambda: client.Customer.create(name="Acme", **options),
        lambda: client.Customer.retrieve(1, **options),
        lambda: client.Customer.list(**options),
        lambda: next(client.Customer.all(**options)),
        lambda: client.Customer.find(number="1", **options),
        lambda: customer.save(name="Acme", **options),
        lambda: customer.refresh(**options),
        lambda: customer.delete(**options),
        lambda: customer.balance(**options),
        lambda: customer.send_statement(**options),
        lambda: customer.contacts().create(name="Nancy", **options),
        lambda: customer.contacts().retrieve(2, **options),
        lambda: customer.contacts().list(**options),
        lambda: next(customer.contacts().all(**options)),
        lambda: customer.contacts().find(name="Nancy", **options),
        lambda: contact.save(name="Nancy", **options),
        lambda: contact.refresh(**options),
        lambda: contact.delete(**options),
        lambda: client.request("GET", "customers", **options),
    ):
        with pytest.raises(ValueError, match="deadline must be a positive number of seconds"):
            call()


@pytest.mark.parametrize("deadline", [0, -1, True, "30", (30, 60), float("nan"), float("inf"), 10**400])
def test_an_invalid_deadline_raises_an_error(deadline: Any) -> None:
    with pytest.raises(ValueError, match="deadline must be a positive number of seconds"):
        invoiced.Client("key", deadline=deadline)


def test_a_silent_server_cannot_block_a_users_session_beyond_the_deadline() -> None:
    with RawServer(hang) as server, requests.Session() as session:
        client = invoiced.Client("key", base_url=server.url, session=session, deadline=0.2)
        with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme")


@pytest.mark.parametrize("fault", [DRIP_IN_HEADERS, DRIP_IN_BODY])
def test_a_users_session_can_mount_the_deadline_adapter(fault: Callable[[socket.socket], None]) -> None:
    with RawServer(fault) as server, requests.Session() as session:
        session.mount("http://", invoiced.DeadlineAdapter(pool_connections=1))
        client = invoiced.Client("key", base_url=server.url, session=session, deadline=0.2)
        with takes_less_than_the_timeout(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme")


def test_the_deadline_does_not_affect_a_users_session_after_the_call() -> None:
    def reply_late(connection: socket.socket) -> None:
        time.sleep(0.4)  # beyond the deadline of the previous call
        connection.sendall(SUCCESS)

    with RawServer(SUCCESS, reply_late) as server, requests.Session() as session:
        session.mount("http://", invoiced.DeadlineAdapter())
        client = invoiced.Client("key", base_url=server.url, session=session)
        client.Customer.retrieve(1, deadline=0.3)
        assert session.get(server.url).status_code == 200
