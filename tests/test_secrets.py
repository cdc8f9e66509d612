"""The API key goes to `api_url` and nowhere else: whatever is called, and however it ends, nothing shows it."""

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
from evidence import shown_by, shown_by_duplicates_of, shown_by_log
from raw_server import RawServer, answer, hang, json_answer, reset

import invoiced
from invoiced.emulator import Emulator

# An answer that a hook refuses, or whose Location cannot be read, is left open by requests.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

KEY = "sk_marker_8c41f07d"
TOKEN = "token_marker_52b9e63a"
KEY_IN_BASE64 = base64.b64encode(f"{KEY}:".encode()).decode()
SECRETS = (KEY, KEY_IN_BASE64.rstrip("="), TOKEN)


# Functions and not a table of arguments, because the variables of the tests are in the tracebacks, too.
def with_a_key(**options: Any) -> invoiced.Client:
    return invoiced.Client(KEY, **options)


def with_a_token(**options: Any) -> invoiced.Client:
    return invoiced.Client(access_token=TOKEN, **options)


AUTHORIZATION = {with_a_key: f"Basic {KEY_IN_BASE64}", with_a_token: f"Bearer {TOKEN}"}

clients = pytest.mark.parametrize("new_client", AUTHORIZATION)


def secrets_in(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if any(secret in text for secret in SECRETS)]


class Observer:
    """Keeps what calls answer and raise, and finds the secrets in it, in the log and in what was written."""

    def __init__(self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.caplog, self.capfd = caplog, capfd
        self.warnings: list[warnings.WarningMessage] = []
        self.kept: list[object] = []
        self.errors: list[Exception] = []

    def attempt(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            self.kept.append(call(*arguments))
        except Exception as error:
            self.errors.append(error)

    def secrets_outside_the_tests(self) -> list[str]:
        shown = [*shown_by(*self.kept, *self.errors), *shown_by_log(self.caplog.records), *self.capfd.readouterr()]
        shown += [text for one in (*self.kept, *self.errors) for text in shown_by_duplicates_of(one)]
        return secrets_in(shown + list(map(str, self.warnings)))


@pytest.fixture
def observer(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Observer]:
    for name in (None, *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, name)
    observer = Observer(caplog, capfd)
    with warnings.catch_warnings(record=True) as observer.warnings:
        warnings.simplefilter("always")
        yield observer
    observer.kept.clear()
    observer.errors.clear()
    gc.collect()  # so that what requests has left open is closed here, and not amid another test


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
    "find": lambda client: client.Customer.find(number="CUST-0001"),
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
    """Close after the request was read, without an answer."""


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    never = threading.Event()
    while not never.wait(0.01):
        connection.sendall(b" ")


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ANSWERS: dict[str, bytes | Callable[[socket.socket], None]] = {
    "a record": json_answer("200 OK", '{"id": 1, "object": "customer", "payment_source": {"object": "card"}}'),
    "a list": json_answer("200 OK", '[{"id": 1}]', X_Total_Count="1"),
    "a list that breaks off": json_answer("200 OK", '[{"id": 1}]', X_Total_Count="9"),
    "no content": answer("204 No Content"),
    "400": json_answer("400 Bad Request", '{"type": "invalid_request", "message": "No.", "param": "name"}'),
    "401": json_answer("401 Unauthorized", '{"message": "No."}', WWW_Authenticate='Basic realm="Invoiced"'),
    "403": json_answer("403 Forbidden", '{"message": "No."}'),
    "404": json_answer("404 Not Found", '{"message": "No."}'),
    "429": json_answer("429 Too Many Requests", '{"message": "Wait."}', Retry_After="7"),
    "500": json_answer("500 Internal Server Error", '{"message": "Sorry."}'),
    "503": answer("503 Service Unavailable"),
    "HTML": answer("200 OK", b"<h1>Hotel Wi-Fi</h1>", Content_Type="text/html"),
    "HTML of a failure": answer("502 Bad Gateway", b"<h1>Bad Gateway</h1>", Content_Type="text/html"),
    "unreadable JSON": json_answer("200 OK", '{"id": 1'),
    "JSON of another kind": json_answer("200 OK", '"Acme"'),
    "an encoding that was not asked for": json_answer("200 OK", "{}", Content_Encoding="br"),
    "what is not gzip": json_answer("200 OK", "{}", Content_Encoding="gzip"),
    "a head that is half unreadable": JSON + b"Content-Length: 2\r\nno header\r\n\r\n{}",
    "a location that is unreadable": answer("302 Found", Location="http://[::1"),
    "nonsense": b"nonsense\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": JSON + b"Content-Length: 999\r\n\r\n{",
    "nothing": close,
    "a reset": reset,
}


@clients
@pytest.mark.parametrize("reply", ANSWERS)
def test_no_secret_shows_whatever_is_answered(
    reply: str, new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    with RawServer(*[ANSWERS[reply]] * 3 * len(CALLS)) as server, new_client(base_url=server.url) as client:
        observer.kept += [client, client.Customer, customer(client).contacts()]
        for call in CALLS.values():
            observer.attempt(call, client)
        assert set(server.header("Authorization")) == {AUTHORIZATION[new_client]}  # so there is something to find
        assert observer.secrets_outside_the_tests() == []


@clients
@pytest.mark.parametrize(("fault", "options"), [(hang, {"timeout": 0.01}), (drip, {"deadline": 0.02})])
def test_no_secret_shows_when_the_time_is_up(
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
        assert observer.secrets_outside_the_tests() == []


@clients
def test_no_secret_shows_where_nobody_listens(
    new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    with RawServer() as server:
        nobody = server.url
    with new_client(base_url=nobody) as client:
        for call in CALLS.values():
            observer.attempt(call, client)
    assert [error.request_sent for error in observer.errors if isinstance(error, invoiced.ApiConnectionError)] == (
        [False] * len(CALLS)
    )
    assert observer.secrets_outside_the_tests() == []


@pytest.fixture(scope="module")
def untrusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


@clients
def test_no_secret_shows_or_is_sent_when_tls_fails(
    new_client: Callable[..., invoiced.Client], untrusted: ssl.SSLContext, observer: Observer, waits: list[float]
) -> None:
    received: list[bytes] = []

    def hang_up(connection: socket.socket) -> None:
        received.append(connection.recv(65536))

    with RawServer(*[b""] * 3, before_reading=hang_up) as hanging_up:
        with RawServer(*[b""] * 3, tls=untrusted) as posing:
            for server in (hanging_up, posing):
                with new_client(base_url=server.url, max_retries=0) as client:
                    for name in ("create", "all", "delete"):
                        observer.attempt(CALLS[name], client)
    assert len(observer.errors) == 2 * 3
    assert posing.requests == []
    assert secrets_in(part.decode("latin-1") for part in received) == []
    assert observer.secrets_outside_the_tests() == []


class Refused(Exception):
    """What a hook or the handler of a signal raises."""


def refuse(response: requests.Response, **_: object) -> None:
    raise Refused(response.status_code)


def refuse_as_a_value(response: requests.Response, **_: object) -> None:
    raise ValueError(response.status_code)


def raise_for_status(response: requests.Response, **_: object) -> None:
    response.raise_for_status()


def lose(response: requests.Response, **_: object) -> None:
    raise requests.ConnectionError("lost", request=response.request)


@clients
@pytest.mark.parametrize("hook", [refuse, refuse_as_a_value, raise_for_status, lose])
def test_no_secret_shows_when_a_hook_of_the_session_raises(
    hook: Callable[..., None], new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    failing = json_answer("500 Internal Server Error", '{"message": "Sorry."}')
    with RawServer(*[failing] * 3 * len(CALLS)) as server, requests.Session() as session:
        session.hooks["response"].append(hook)
        client = new_client(base_url=server.url, session=session)
        observer.kept.append(session)
        for call in CALLS.values():
            observer.attempt(call, client)
    assert len(observer.errors) == len(CALLS)
    assert observer.secrets_outside_the_tests() == []


@clients
def test_no_secret_shows_when_a_signal_breaks_off_a_call_that_waits_for_its_answer(
    new_client: Callable[..., invoiced.Client], observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Celery's soft time limit, or Ctrl+C: the error goes through all the frames of the call."""

    def give_up(*_: object) -> None:
        raise Refused

    monkeypatch.setattr(http.client.HTTPResponse, "begin", give_up)
    with RawServer(hang) as server, new_client(base_url=server.url) as client:
        observer.attempt(CALLS["create"], client)
    assert [type(error) for error in observer.errors] == [Refused]
    assert observer.secrets_outside_the_tests() == []


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
def test_no_secret_shows_when_a_call_is_refused_before_it_is_sent(
    new_client: Callable[..., invoiced.Client], observer: Observer, waits: list[float]
) -> None:
    client = new_client(base_url="http://127.0.0.1:1")
    for call in BAD_CALLS:
        observer.attempt(call, client)
    assert len(observer.errors) == len(BAD_CALLS)
    assert observer.secrets_outside_the_tests() == []


BAD_CLIENTS: dict[str, Callable[[], object]] = {
    "base_url": lambda: (with_a_key(base_url="http://api.invoiced.test"), with_a_token(base_url="ftp://x")),
    "timeout": lambda: with_a_key(timeout=-1),
    "deadline": lambda: with_a_token(deadline=-1),
    "max_retries": lambda: with_a_key(max_retries=-1),
    "sandbox": lambda: with_a_token(sandbox="false"),
    "session": lambda: with_a_key(session=object()),
    "both credentials": lambda: invoiced.Client(KEY, access_token=TOKEN),
    "a key in two lines": lambda: invoiced.Client(f"{KEY}\n{KEY}"),
    "a key that is no text": lambda: invoiced.Client(KEY.encode()),  # type: ignore[arg-type]
    "a token with a blank": lambda: invoiced.Client(access_token=f"{TOKEN} "),
}


@pytest.mark.parametrize("bad", BAD_CLIENTS)
def test_no_secret_shows_when_a_client_is_refused(bad: str, observer: Observer) -> None:
    observer.attempt(BAD_CLIENTS[bad])
    assert len(observer.errors) == 1
    assert observer.secrets_outside_the_tests() == []


@clients
def test_no_secret_shows_when_all_goes_well_and_no_log_has_the_link_to_a_statement(
    new_client: Callable[..., invoiced.Client], observer: Observer
) -> None:
    with Emulator() as emulator, new_client(base_url=emulator.url) as client:
        acme = client.Customer.create(name="Acme", number="A-1", email="a@example.com", stripe_token="tok_visa")
        nancy = acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        assert nancy.save(phone="1") is True
        assert acme.save(notes="Paid.", metadata={"rep": "Jan"}) is True
        acme.refresh()
        nancy.refresh()
        observer.kept += [acme, nancy, acme.payment_source, acme.balance(), acme.send_statement()]
        observer.kept += [client.Customer.retrieve(acme.id), client.Customer.find(number="A-1")]
        observer.kept += [client.Customer.list(), list(client.Customer.all(filter={"name": "Acme"}))]
        observer.kept += [acme.contacts().list(), list(acme.contacts().all()), acme.contacts().find(name=nancy.name)]
        observer.kept += [acme.contacts().retrieve(nancy.id), client.request("GET", ("customers", acme.id))]
        observer.kept += [client, client.Customer, acme.contacts(), client.Customer.all()]
        nancy.delete()
        acme.delete()
        assert observer.secrets_outside_the_tests() == []
    assert acme.statement_pdf_url.startswith(client.api_url)
    assert len(observer.caplog.records) > 2 * 17  # of this library, and of urllib3
    assert not [line for line in shown_by_log(observer.caplog.records) if acme.statement_pdf_url in line]


@clients
def test_only_the_server_at_api_url_is_sent_anything(
    new_client: Callable[..., invoiced.Client], observer: Observer
) -> None:
    def page(number: int, next: str) -> bytes:
        headers = {"X_Total_Count": "2", "Link": f'<{next}>; rel="next"'}
        return json_answer("200 OK", f'[{{"id": {number}}}]', **headers)

    with RawServer(*[answer("200 OK")] * 9) as elsewhere:
        moved = [answer(f"{status} Moved", Location=f"{elsewhere.url}/x") for status in (301, 302, 303, 307, 308)]
        pages = [page(1, f"{elsewhere.url}/customers?page=2"), page(2, f"{elsewhere.url}/customers?page=2")]
        with RawServer(*moved, *pages) as server, new_client(base_url=server.url) as client:
            for _ in moved:
                observer.attempt(CALLS["create"], client)
            assert [customer.id for customer in client.Customer.all()] == [1, 2]
            assert server.header("Authorization") == [AUTHORIZATION[new_client]] * 7
        assert len(observer.errors) == len(moved)
        assert elsewhere.requests == []
    assert observer.secrets_outside_the_tests() == []


# That the search would find a secret if there were one


def shown_in_a_variable() -> Iterator[str]:
    def fail() -> None:
        secret = KEY
        raise Refused(len(secret))

    with pytest.raises(Refused) as caught:
        fail()
    return shown_by(caught.value)


def shown_by_the_request_of_an_error() -> Iterator[str]:
    request = requests.Request("GET", "http://localhost", auth=(KEY, "")).prepare()
    return shown_by(requests.ConnectionError(request=request))


def shown_by_a_cause() -> Iterator[str]:
    error = Refused()
    error.__context__ = Refused(TOKEN)
    return shown_by(error)


def shown_by_a_record_of_a_log() -> Iterator[str]:
    return shown_by_log([logging.makeLogRecord({"msg": "%s", "args": (KEY,)})])


def shown_by_an_error_in_a_log() -> Iterator[str]:
    return shown_by_log([logging.makeLogRecord({"exc_info": (Refused, Refused(TOKEN), None)})])


def shown_by_a_pickle() -> Iterator[str]:
    return shown_by_duplicates_of({"Authorization": f"Basic {KEY_IN_BASE64}"})


@pytest.mark.parametrize(
    "shown",
    [
        shown_in_a_variable,
        shown_by_the_request_of_an_error,
        shown_by_a_cause,
        shown_by_a_record_of_a_log,
        shown_by_an_error_in_a_log,
        shown_by_a_pickle,
    ],
)
def test_a_secret_would_be_found(shown: Callable[[], Iterator[str]]) -> None:
    assert secrets_in(shown())
