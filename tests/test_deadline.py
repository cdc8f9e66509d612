"""No call waits without end: servers that are silent, that drip, and that ask to wait."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
import trustme
from raw_server import RawServer, hang, json_answer

import invoiced

RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'
SUCCESS = json_answer("200 OK", RECORD)


def drip(answer: bytes) -> Callable[[socket.socket], None]:
    """Sends the beginning of an answer at once, and then a byte every now and then, without end."""

    def send(connection: socket.socket) -> None:
        connection.sendall(answer)
        gone = threading.Event()
        while not gone.wait(0.02):
            connection.sendall(b" ")

    return send


IN_THE_STATUS = drip(b"HTTP/1.1 200 OK")
IN_THE_HEAD = drip(b"HTTP/1.1 200 OK\r\nX-Long: ")
IN_THE_BODY = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{")
IN_A_CHUNK = drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n{")
UNTIL_IT_CLOSES = drip(b"HTTP/1.1 200 OK\r\n\r\n{")
DRIPS = [IN_THE_STATUS, IN_THE_HEAD, IN_THE_BODY, IN_A_CHUNK, UNTIL_IT_CLOSES, hang]


@contextlib.contextmanager
def soon() -> Any:
    """What is done inside takes a moment, and not the minute of the timeout."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("fault", DRIPS)
def test_a_server_that_drips_or_is_silent_holds_a_create_until_the_deadline_at_most(
    fault: Callable[[socket.socket], None],
) -> None:
    with RawServer(fault) as server, invoiced.Client("key", base_url=server.url, deadline=0.2) as client:
        with soon(), pytest.raises(invoiced.ApiTimeoutError, match="It may have been carried out") as caught:
            client.Customer.create(name="Acme")
        assert len(server.requests) == 1
        assert caught.value.request_sent is None
        assert caught.value.idempotency_key == server.header("Idempotency-Key")[0]


@pytest.mark.parametrize("fault", DRIPS)
def test_a_read_is_not_repeated_after_its_deadline(fault: Callable[[socket.socket], None]) -> None:
    with RawServer(fault, SUCCESS) as server, invoiced.Client("key", base_url=server.url) as client:
        with soon(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.retrieve(1, deadline=0.2)
        assert len(server.requests) == 1


def test_a_server_that_drips_over_tls_holds_a_call_until_the_deadline_at_most(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with RawServer(IN_THE_HEAD, IN_THE_BODY, SUCCESS, tls=context) as server:
        with invoiced.Client("key", base_url=server.url) as client:
            for _ in range(2):
                with soon(), pytest.raises(invoiced.ApiTimeoutError):
                    client.Customer.retrieve(1, deadline=0.3)
            assert client.Customer.retrieve(1, deadline=60).name == "Acme"


def test_a_tls_handshake_that_drips_ends_at_the_deadline_and_nothing_was_sent() -> None:
    server_hello = b"\x16\x03\x03\x40\x00"
    with RawServer(b"", before_reading=drip(server_hello)) as server:
        with invoiced.Client("key", base_url=server.url, deadline=0.2) as client:
            with soon(), pytest.raises(invoiced.ApiTimeoutError) as caught:
                client.Customer.create(name="Acme")
    assert caught.value.request_sent is False


@pytest.mark.parametrize("fault", [IN_THE_HEAD, IN_THE_BODY])
def test_a_proxy_that_drips_holds_a_call_until_the_deadline_at_most(
    fault: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(fault) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        with invoiced.Client("key", base_url="http://127.0.0.1:1") as client:
            with soon(), pytest.raises(invoiced.ApiTimeoutError):
                client.Customer.create(name="Acme", deadline=0.2)


def test_a_proxy_that_drips_before_the_tunnel_holds_a_call_until_the_deadline_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawServer(IN_THE_HEAD) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with invoiced.Client("key") as client, soon(), pytest.raises(invoiced.ApiTimeoutError) as caught:
            client.Customer.create(name="Acme", deadline=0.2)
    assert caught.value.request_sent is False


def test_a_connection_that_met_a_deadline_in_time_has_its_timeout_afterwards() -> None:
    replies = [SUCCESS.replace(b"Connection: close\r\n", b""), SUCCESS]

    def answer_twice(connection: socket.socket) -> None:
        connection.sendall(replies[0])
        connection.recv(65536)
        time.sleep(1.1)  # longer than the deadline of the first call had left
        connection.sendall(replies[1])

    with RawServer(answer_twice) as server, invoiced.Client("key", base_url=server.url) as client:
        assert client.Customer.retrieve(1, deadline=1).name == "Acme"
        assert client.Customer.retrieve(1).name == "Acme"


def test_the_waits_before_repeats_count(
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


@pytest.mark.parametrize("asked", ["86400", "61", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_wait_that_the_api_asks_for_is_left_to_the_caller_if_it_is_long(
    asked: str, client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.post("https://api.invoiced.com/customers", status=429, headers={"Retry-After": asked})
    with pytest.raises(invoiced.RateLimitError) as caught:
        client.Customer.create(name="Acme")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after == int(asked) if asked.isdigit() else caught.value.retry_after > 100 * 86_400
    assert waits == []


def test_a_wait_that_the_api_asks_for_is_not_begun_if_it_ends_after_the_deadline(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.post("https://api.invoiced.com/customers", status=429, headers={"Retry-After": "30"})
    with pytest.raises(invoiced.RateLimitError) as caught:
        client.Customer.create(name="Acme", deadline=20)
    assert caught.value.retry_after == 30
    assert waits == []


def test_each_page_of_a_loop_has_the_deadline(client: invoiced.Client, api: responses.RequestsMock) -> None:
    url = "https://api.invoiced.com/customers"
    api.get(url, json=[{"id": 1}], headers={"Link": f'<{url}?page=2>; rel="next"'})
    api.get(url, json=[{"id": 2}])
    loop = client.Customer.all(deadline=0.1)
    assert next(loop).id == 1
    time.sleep(0.11)
    assert next(loop).id == 2


def test_every_call_takes_a_deadline(client: invoiced.Client) -> None:
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
        with pytest.raises(ValueError, match="deadline must be seconds"):
            call()


@pytest.mark.parametrize("deadline", [0, -1, True, "30", (30, 60), float("nan"), float("inf"), 10**400])
def test_a_deadline_that_is_none_is_refused(deadline: Any) -> None:
    with pytest.raises(ValueError, match="deadline must be seconds"):
        invoiced.Client("key", deadline=deadline)


def test_with_a_session_of_the_users_own_a_silent_server_is_left_at_the_deadline() -> None:
    with RawServer(hang) as server, requests.Session() as session:
        client = invoiced.Client("key", base_url=server.url, session=session, deadline=0.2)
        with soon(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme")


@pytest.mark.parametrize("fault", [IN_THE_HEAD, IN_THE_BODY])
def test_a_session_of_the_users_own_may_have_the_adapter_that_ends_an_answer_that_drips(
    fault: Callable[[socket.socket], None],
) -> None:
    with RawServer(fault) as server, requests.Session() as session:
        session.mount("http://", invoiced.DeadlineAdapter(pool_connections=1))
        client = invoiced.Client("key", base_url=server.url, session=session, deadline=0.2)
        with soon(), pytest.raises(invoiced.ApiTimeoutError):
            client.Customer.create(name="Acme")


def test_a_session_of_the_users_own_is_free_of_the_deadline_after_the_call() -> None:
    def answer_late(connection: socket.socket) -> None:
        time.sleep(0.4)  # beyond the deadline of the call before
        connection.sendall(SUCCESS)

    with RawServer(SUCCESS, answer_late) as server, requests.Session() as session:
        session.mount("http://", invoiced.DeadlineAdapter())
        client = invoiced.Client("key", base_url=server.url, session=session)
        client.Customer.retrieve(1, deadline=0.3)
        assert session.get(server.url).status_code == 200
