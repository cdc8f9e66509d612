"""The API key is sent only to `api_url`, and is never exposed, regardless of the call and its outcome."""

from __future__ import annotations

import base64
import datetime
import gc
import http.client
import logging
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests
import trustme
from evidence import texts_of, texts_of_copies, texts_of_log
from raw_server import RawServer, hang, http_response, json_response, reset

import invoiced
from invoiced.emulator import Emulator

# requests does not close a response if a hook raises an error or the Location is invalid.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

KEY = "sk_marker_8c41f07d"
TOKEN = "token_marker_52b9e63a"
KEY_IN_BASE64 = base64.b64encode(f"{KEY}:".encode()).decode()
SECRETS = (KEY, KEY_IN_BASE64.rstrip("="), TOKEN)


# Functions instead of a table of arguments, because tracebacks also contain the variables of the tests.
def with_a_key(**options: Any) -> invoiced.Client:
    return invoiced.Client(KEY, **options)


def with_a_token(**options: Any) -> invoiced.Client:
    return invoiced.Client(access_token=TOKEN, **options)


AUTHORIZATION = {with_a_key: f"Basic {KEY_IN_BASE64}", with_a_token: f"Bearer {TOKEN}"}

clients = pytest.mark.parametrize("new_client", AUTHORIZATION)


def secrets_in(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if any(secret in text for secret in SECRETS)]


class Observer:
    """Collects what calls return and raise, and searches it, the log and the output for secrets."""

    def __init__(self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.caplog, self.capfd = caplog, capfd
        self.warnings: list[warnings.WarningMessage] = []
        self.results: list[object] = []
        self.errors: list[Exception] = []

    def attempt(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            self.results.append(call(*arguments))
        except Exception as error:
            self.errors.append(error)

    def exposed_secrets(self) -> list[str]:
        shown = [*texts_of(*self.results, *self.errors), *texts_of_log(self.caplog.records), *self.capfd.readouterr()]
        shown += [text for value in (*self.results, *self.errors) for text in texts_of_copies(value)]
        return secrets_in(shown + list(map(str, self.warnings)))


@pytest.fixture
def observer(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Observer]:
    for name in (None, *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, name)
    gc.freeze()  # so that collecting is fast
    observer = Observer(caplog, capfd)
    with warnings.catch_warnings(record=True) as observer.warnings:
        warnings.simplefilter("always")
        yield observer
    observer.results.clear()
    observer.errors.clear()
    gc.collect()  # close the responses that requests left open here and not during another test
    gc.unfreeze()


def all_customers(client: invoiced.Client) -> object:
    return list(client.Customer.all(filter={"name": "Acme"}))


def customer(client: invoiced.Client) -> invoiced.Customer:
    return invoiced.Customer(client, 1, {"name": "Acme"})


def contact(client: invoiced.Client) -> invoiced.Contact:
    return invoiced.Contact(client, 2, {"name": "Nancy"}, parent=("customers", 1))


CALLS: dict[str, Callable[[invoiced.Client], object]] = {
    "create": lambda client: client.Customer.create(name="Acme", email="billing@acmecorp.com"),
    "retrieve": lambda client: client.Customer.retrieve(1, expand="parent_customer"),
    "list": lambda client: client.Customer.list(per_page=3, sort="name asc"),
    "all": all_customers,
    "find": lambda client: client.Customer.find(number="CUST-00001"),
    "save": lambda client: customer(client).save(notes="Paid."),
    "refresh": lambda client: customer(client).refresh(),
    "balance": lambda client: customer(client).balance(),
    "send_statement": lambda client: customer(client).send_statement(subject="A statement"),
    "create a contact": lambda client: customer(client).contacts().create(name="Nancy"),
    "retrieve a contact": lambda client: customer(client).contacts().retrieve(2),
    "list contacts": lambda client: customer(client).contacts().list(),
    "all contacts": lambda client: list(customer(client).contacts().all()),
    "find a contact": lambda client: customer(client).contacts().find(name="Nancy"),
    "save a contact": lambda client: contact(client).save(phone="1"),
    "refresh a contact": lambda client: contact(client).refresh(),
    "delete a contact": lambda client: contact(client).delete(),
    "delete": lambda client: customer(client).delete(),
    "request with params": lambda client: client.request("GET", ("customers", 1, "balance"), {"currency": "eur"}),
    "request with a query": lambda client: client.request("GET", "customers", "page=1"),
    "request with a body": lambda client: client.request("PUT", "/customers/1", {"name": "Acme"}),
}


def close(connection: socket.socket) -> None:
    """Close the connection after the request was read, without a response."""


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    never = threading.Event()
    while not never.wait(0.01):
        connection.sendall(b" ")


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
REPLIES: dict[str, bytes | Callable[[socket.socket], None]] = {
    "a record": json_response("200 OK", '{"id": 1, "object": "customer", "payment_source": {"object": "card"}}'),
    "a list": json_response("200 OK", '[{"id": 1}]', X_Total_Count="1"),
    "an incomplete list": json_response("200 OK", '[{"id": 1}]', X_Total_Count="9"),
    "no content": http_response("204 No Content"),
    "400": json_response("400 Bad Request", '{"type": "invalid_request", "message": "No.", "param": "name"}'),
    "401": json_response("401 Unauthorized", '{"message": "No."}', WWW_Authenticate='Basic realm="Invoiced"'),
    "403": json_response("403 Forbidden", '{"message": "No."}'),
    "404": json_response("404 Not Found", '{"message": "No."}'),
    "429": json_response("429 Too Many Requests", '{"message": "Wait."}', Retry_After="7"),
    "500": json_response("500 Internal Server Error", '{"message": "Sorry."}'),
    "503": http_response("503 Service Unavailable"),
    "HTML": http_response("200 OK", b"<h1>Hotel Wi-Fi</h1>", Content_Type="text/html"),
    "HTML with an error status": http_response("502 Bad Gateway", b"<h1>Bad Gateway</h1>", Content_Type="text/html"),
    "invalid JSON": json_response("200 OK", '{"id": 1'),
    "JSON of another type": json_response("200 OK", '"Acme"'),
    "an encoding that was not requested": json_response("200 OK", "{}", Content_Encoding="br"),
    "invalid gzip": json_response("200 OK", "{}", Content_Encoding="gzip"),
    "invalid headers": JSON + b"Content-Length: 2\r\nno header\r\n\r\n{}",
    "an invalid Location": http_response("302 Found", Location="http://[::1"),
    "nonsense": b"nonsense\r\n\r\n",
    "incomplete headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "an incomplete body": JSON + b"Content-Length: 999\r\n\r\n{",
    "no response": close,
    "a reset": reset,
}


@clients
@pytest.mark.parametrize("reply", REPLIES)
def test_no_secret_is_exposed_with_any_response(
    reply: str, new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    with RawServer(*[REPLIES[reply]] * 3 * len(CALLS)) as server, new_client(base_url=server.url) as client:
        observer.results += [client, client.Customer, customer(client).contacts()]
        for call in CALLS.values():
            observer.attempt(call, client)
        assert set(server.header("Authorization")) == {AUTHORIZATION[new_client]}  # so that there is a secret to find
        assert observer.exposed_secrets() == []


@clients
@pytest.mark.parametrize(("fault", "options"), [(hang, {"timeout": 0.01}), (drip, {"deadline": 0.02})])
def test_no_secret_is_exposed_by_a_timeout(
    fault: Callable[[socket.socket], None],
    options: Any,
    new_client: Callable[..., invoiced.Client],
    observer: Observer,
    waits: list[float],
) -> None:
    with RawServer(*[fault] * len(CALLS)) as server:
        with new_client(base_url=server.url, max_retries=0, **options) as client:
            for call in CALLS.values():
                observer.attempt(call, client)
        assert all(isinstance(error, invoiced.ApiTimeoutError) for error in observer.errors)
        assert len(observer.errors) == len(CALLS)
        assert observer.exposed_secrets() == []


@clients
def test_no_secret_is_exposed_by_a_refused_connection(
    new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    with RawServer() as server:
        unused_url = server.url
    with new_client(base_url=unused_url) as client:
        for call in CALLS.values():
            observer.attempt(call, client)
    assert [error.request_sent for error in observer.errors if isinstance(error, invoiced.ApiConnectionError)] == (
        [False] * len(CALLS)
    )
    assert observer.exposed_secrets() == []


@pytest.fixture(scope="module")
def untrusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


@clients
def test_no_secret_is_exposed_or_sent_when_tls_fails(
    new_client: Callable[..., invoiced.Client], untrusted: ssl.SSLContext, observer: Observer, waits: list[float]
) -> None:
    received: list[bytes] = []

    def close_after_reading(connection: socket.socket) -> None:
        received.append(connection.recv(65536))

    with RawServer(*[b""] * 3, before_reading=close_after_reading) as closing_server:
        with RawServer(*[b""] * 3, tls=untrusted) as untrusted_server:
            for server in (closing_server, untrusted_server):
                with new_client(base_url=server.url, max_retries=0) as client:
                    for name in ("create", "all", "delete"):
                        observer.attempt(CALLS[name], client)
    assert len(observer.errors) == 2 * 3
    assert untrusted_server.requests == []
    assert secrets_in(part.decode("latin-1") for part in received) == []
    assert observer.exposed_secrets() == []


class HookError(Exception):
    """The error of a hook or of a signal handler."""


def raise_error(response: requests.Response, **_: object) -> None:
    raise HookError(response.status_code)


def raise_value_error(response: requests.Response, **_: object) -> None:
    raise ValueError(response.status_code)


def raise_for_status(response: requests.Response, **_: object) -> None:
    response.raise_for_status()


def raise_connection_error(response: requests.Response, **_: object) -> None:
    raise requests.ConnectionError("lost", request=response.request)


@clients
@pytest.mark.parametrize("hook", [raise_error, raise_value_error, raise_for_status, raise_connection_error])
def test_no_secret_is_exposed_when_a_hook_of_the_session_raises_an_error(
    hook: Callable[..., None], new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    failing = json_response("500 Internal Server Error", '{"message": "Sorry."}')
    with RawServer(*[failing] * 3 * len(CALLS)) as server, requests.Session() as session:
        session.hooks["response"].append(hook)
        client = new_client(base_url=server.url, session=session)
        observer.results.append(session)
        for call in CALLS.values():
            observer.attempt(call, client)
    assert len(observer.errors) == len(CALLS)
    assert observer.exposed_secrets() == []


@clients
def test_no_secret_is_exposed_when_a_signal_interrupts_a_call(
    new_client: Callable[..., invoiced.Client], observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Celery's soft time limit or Ctrl+C, the error passes through all frames of the call."""

    def interrupt(*_: object) -> None:
        raise HookError

    monkeypatch.setattr(http.client.HTTPResponse, "begin", interrupt)
    with RawServer(hang) as server, new_client(base_url=server.url) as client:
        observer.attempt(CALLS["create"], client)
    assert [type(error) for error in observer.errors] == [HookError]
    assert observer.exposed_secrets() == []


BAD_CALLS: list[Callable[[Any], object]] = [
    lambda client: client.Customer.retrieve(""),
    lambda client: client.Customer.retrieve(".."),
    lambda client: client.Customer.retrieve(None),
    lambda client: client.Customer.create(name=float("nan")),
    lambda client: client.Customer.create(name="\ud800"),
    lambda client: client.Customer.create(name=object()),
    lambda client: client.Customer.create(name="Acme", idempotency_key="two\nlines"),
    lambda client: client.Customer.create(name="Acme", timeout=-1),
    lambda client: client.Customer.create(name="Acme", deadline="soon"),
    lambda client: client.Customer.list(updated_after=datetime.datetime(2026, 11, 1)),
    lambda client: client.Customer.all(filter={1: 2}),
    lambda client: client.Customer.find(),
    lambda client: client.Customer.find(number=" "),
    lambda client: customer(client).contacts().retrieve("."),
    lambda client: client.request("GET", "customers?page=2"),
    lambda client: client.request("GET", "customers", "page=two lines\n"),
    lambda client: client.request("GE T\n", "customers"),
    lambda client: client.Customer.nothing(),
]


@clients
def test_no_secret_is_exposed_by_an_invalid_call(
    new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    client = new_client(base_url="http://127.0.0.1:1")
    for call in BAD_CALLS:
        observer.attempt(call, client)
    assert len(observer.errors) == len(BAD_CALLS)
    assert observer.exposed_secrets() == []


BAD_CLIENTS: dict[str, Callable[[], object]] = {
    "base_url": lambda: (with_a_key(base_url="http://api.invoiced.test"), with_a_token(base_url="ftp://x")),
    "timeout": lambda: with_a_key(timeout=-1),
    "deadline": lambda: with_a_token(deadline=-1),
    "max_retries": lambda: with_a_key(max_retries=-1),
    "sandbox": lambda: with_a_token(sandbox="false"),
    "session": lambda: with_a_key(session=object()),
    "both credentials": lambda: invoiced.Client(KEY, access_token=TOKEN),
    "a key with a line break": lambda: invoiced.Client(f"{KEY}\n{KEY}"),
    "a key that is not a string": lambda: invoiced.Client(KEY.encode()),  # type: ignore[arg-type]
    "a token with a space": lambda: invoiced.Client(access_token=f"{TOKEN} "),
}


@pytest.mark.parametrize("bad", BAD_CLIENTS)
def test_no_secret_is_exposed_by_invalid_arguments_of_a_client(bad: str, observer: Observer) -> None:
    observer.attempt(BAD_CLIENTS[bad])
    assert len(observer.errors) == 1
    assert observer.exposed_secrets() == []


@clients
def test_no_secret_is_exposed_by_successful_calls_and_no_statement_link_is_logged(
    new_client: Callable[..., invoiced.Client], observer: Observer
) -> None:
    with Emulator() as emulator, new_client(base_url=emulator.url) as client:
        acme = client.Customer.create(name="Acme", number="A-1", email="a@example.com", stripe_token="tok_visa")
        nancy = acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        assert nancy.save(phone="1") is True
        assert acme.save(notes="Paid.", metadata={"rep": "Jan"}) is True
        acme.refresh()
        nancy.refresh()
        observer.results += [acme, nancy, acme.payment_source, acme.balance(), acme.send_statement()]
        observer.results += [client.Customer.retrieve(acme.id), client.Customer.find(number="A-1")]
        observer.results += [client.Customer.list(), list(client.Customer.all(filter={"name": "Acme"}))]
        observer.results += [acme.contacts().list(), list(acme.contacts().all()), acme.contacts().find(name=nancy.name)]
        observer.results += [acme.contacts().retrieve(nancy.id), client.request("GET", ("customers", acme.id))]
        observer.results += [client, client.Customer, acme.contacts(), client.Customer.all()]
        nancy.delete()
        acme.delete()
        assert observer.exposed_secrets() == []
    assert acme.statement_pdf_url.startswith(client.api_url)
    assert len(observer.caplog.records) > 2 * 17  # of this library and urllib3
    assert not [line for line in texts_of_log(observer.caplog.records) if acme.statement_pdf_url in line]


@clients
def test_requests_are_sent_only_to_the_api_url(new_client: Callable[..., invoiced.Client], observer: Observer) -> None:
    def page(number: int, next: str) -> bytes:
        headers = {"X_Total_Count": "2", "Link": f'<{next}>; rel="next"'}
        return json_response("200 OK", f'[{{"id": {number}}}]', **headers)

    with RawServer(*[http_response("200 OK")] * 9) as elsewhere:
        moved = [
            http_response(f"{status} Moved", Location=f"{elsewhere.url}/x") for status in (301, 302, 303, 307, 308)
        ]
        pages = [page(1, f"{elsewhere.url}/customers?page=2"), page(2, f"{elsewhere.url}/customers?page=2")]
        with RawServer(*moved, *pages) as server, new_client(base_url=server.url) as client:
            for _ in moved:
                observer.attempt(CALLS["create"], client)
            assert [customer.id for customer in client.Customer.all()] == [1, 2]
            assert server.header("Authorization") == [AUTHORIZATION[new_client]] * 7
        assert len(observer.errors) == len(moved)
        assert elsewhere.requests == []
    assert observer.exposed_secrets() == []


# Detection of exposed secrets


def secret_in_a_variable() -> Iterator[str]:
    def fail() -> None:
        secret = KEY
        raise HookError(len(secret))

    with pytest.raises(HookError) as caught:
        fail()
    return texts_of(caught.value)


def secret_in_the_request_of_an_error() -> Iterator[str]:
    request = requests.Request("GET", "http://localhost", auth=(KEY, "")).prepare()
    return texts_of(requests.ConnectionError(request=request))


def secret_in_a_cause() -> Iterator[str]:
    error = HookError()
    error.__context__ = HookError(TOKEN)
    return texts_of(error)


def secret_in_a_log_record() -> Iterator[str]:
    return texts_of_log([logging.makeLogRecord({"msg": "%s", "args": (KEY,)})])


def secret_in_a_logged_error() -> Iterator[str]:
    return texts_of_log([logging.makeLogRecord({"exc_info": (HookError, HookError(TOKEN), None)})])


def secret_in_a_pickle() -> Iterator[str]:
    return texts_of_copies({"Authorization": f"Basic {KEY_IN_BASE64}"})


@pytest.mark.parametrize(
    "texts",
    [
        secret_in_a_variable,
        secret_in_the_request_of_an_error,
        secret_in_a_cause,
        secret_in_a_log_record,
        secret_in_a_logged_error,
        secret_in_a_pickle,
    ],
)
def test_an_exposed_secret_is_detected(texts: Callable[[], Iterator[str]]) -> None:
    assert secrets_in(texts())
