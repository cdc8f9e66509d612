"""Compatibility with the features of requests: instrumentation, mocks, hooks, adapters and users' sessions."""

from __future__ import annotations

import contextlib
import functools
import gc
import gzip
import http.client
import json
import runpy
import weakref
import zlib
from collections.abc import Iterator, Mapping
from functools import partialmethod
from io import BytesIO
from pathlib import Path
from types import FunctionType
from typing import Any
from urllib.parse import quote, urlsplit

import certifi
import pytest
import requests
import requests_mock
import urllib3
import vcr  # type: ignore[import-untyped]
import wrapt
from fuzzing import fuzz
from hypothesis import strategies as st
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from raw_server import RawServer, http_response, json_response
from requests.adapters import BaseAdapter
from sessions import AnotherSession

import invoiced
from invoiced import deadline, headers, watchers
from invoiced.emulator import Emulator

URL = "https://api.invoiced.com"
KEY = "sk_0123456789abcdef"
AUTHORIZATION = "Basic c2tfMDEyMzQ1Njc4OWFiY2RlZjo="
RECORD = '{"id": 1, "object": "customer", "name": "Acme"}'
SUCCESS = json_response("200 OK", RECORD)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


# requests-mock


def test_requests_mock_can_replace_the_api(client: invoiced.Client, waits: list[float]) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(f"{URL}/customers/1", [{"status_code": 503}, {"json": {"id": 1, "name": "Acme"}}])
        mock.post(f"{URL}/customers", json={"id": 2}, additional_matcher=lambda sent: sent.json() == {"name": "Acme"})
        assert client.Customer.retrieve(1).name == "Acme"
        assert client.Customer.create(name="Acme").id == 2
    assert [sent.method for sent in mock.request_history] == ["GET", "GET", "POST"]
    assert {sent.headers["Authorization"] for sent in mock.request_history} == {AUTHORIZATION}


def test_requests_mock_can_replace_a_users_session(session: requests.Session) -> None:
    client = invoiced.Client(KEY, session=session)
    with requests_mock.Mocker(session=session) as mock:
        mock.get(f"{URL}/customers/1", json={"id": 1, "name": "Acme"})
        assert client.Customer.retrieve(1).name == "Acme"


def test_requests_mock_can_raise_connection_errors(client: invoiced.Client, waits: list[float]) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(f"{URL}/customers", exc=requests.ConnectTimeout)
        with pytest.raises(invoiced.ApiTimeoutError) as caught:
            client.Customer.create(name="Acme")
    assert caught.value.request_sent is False
    assert mock.call_count == 3


# vcrpy


@pytest.mark.parametrize("own_session", [False, True])
@pytest.mark.parametrize("serializer", ["yaml", "json"])
@pytest.mark.parametrize("filter_headers", [[], ["authorization"]])
def test_vcr_replays_a_recording_without_the_server_and_the_key(
    own_session: bool, serializer: str, filter_headers: list[str], tmp_path: Path
) -> None:
    def story(client: invoiced.Client) -> list[object]:
        acme = client.Customer.create(name="Acme", idempotency_key="acme-17")
        acme.save(notes="Paid.", idempotency_key="paid-17")
        found = [customer.to_dict() for customer in client.Customer.all(filter={"name": "Acme"})]
        with pytest.raises(invoiced.NotFoundError) as caught:
            client.Customer.retrieve(404)
        return [acme.to_dict(), found, str(caught.value)]

    def replay(mode: str) -> list[object]:
        with requests.Session() as session:
            with invoiced.Client(KEY, base_url=url, session=session if own_session else None) as client:
                recorder = vcr.VCR(filter_headers=filter_headers, serializer=serializer)
                with recorder.use_cassette(str(cassette), record_mode=mode):
                    return story(client)

    cassette = tmp_path / "story.yaml"
    with Emulator() as emulator:
        url = emulator.url
        recorded = replay("once")
        assert len(emulator.requests) == 4
    assert replay("none") == recorded
    recording = cassette.read_text()
    assert "POST" in recording
    assert "acme-17" in recording
    assert KEY not in recording
    assert AUTHORIZATION.removeprefix("Basic ") not in recording


# OpenTelemetry


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Return the exporter of OpenTelemetry's instrumentation of requests."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    RequestsInstrumentor().instrument(tracer_provider=provider)
    yield exporter
    RequestsInstrumentor().uninstrument()
    provider.shutdown()


def attributes_of(spans: InMemorySpanExporter) -> list[tuple[object, object, object]]:
    """Return method, status and URL of each span, by their old or new names."""
    names = [
        ("http.method", "http.request.method"),
        ("http.status_code", "http.response.status_code"),
        ("http.url", "url.full"),
    ]
    found = []
    for span in spans.get_finished_spans():
        attributes: Mapping[str, object] = span.attributes or {}
        method, status, url = (attributes.get(old, attributes.get(new)) for old, new in names)
        found.append((method, status, url))
    return found


def json_of(spans: InMemorySpanExporter) -> str:
    return "".join(span.to_json() for span in spans.get_finished_spans())


@pytest.mark.parametrize("kind", [None, requests.Session, AnotherSession])
def test_opentelemetry_has_one_span_per_call(
    kind: type[requests.Session] | None, emulator: Emulator, spans: InMemorySpanExporter
) -> None:
    session = kind() if kind else None
    with invoiced.Client(KEY, base_url=emulator.url, session=session) as client:
        acme = client.Customer.create(name="Acme")
        acme.save(notes="Paid.")
        acme.delete()
        with pytest.raises(invoiced.NotFoundError):
            client.Customer.retrieve(acme.id)
    if session is not None:
        session.close()
    address = f"{emulator.url}/customers"
    assert attributes_of(spans) == [
        ("POST", 201, address),
        ("PATCH", 200, f"{address}/{acme.id}"),
        ("DELETE", 204, f"{address}/{acme.id}"),
        ("GET", 404, f"{address}/{acme.id}"),
    ]
    exported = json_of(spans)
    assert KEY not in exported
    assert AUTHORIZATION.removeprefix("Basic ") not in exported


def test_opentelemetry_has_one_span_per_attempt(
    emulator: Emulator, spans: InMemorySpanExporter, waits: list[float]
) -> None:
    emulator.fail("GET /customers", status=503, times=1)
    emulator.fail("GET /customers", connection="reset", times=1)
    with invoiced.Client(KEY, base_url=emulator.url) as client:
        client.Customer.list()
    assert [status for _, status, _ in attributes_of(spans)] == [503, None, 200]
    codes = [span.status.status_code for span in spans.get_finished_spans()]
    assert codes == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
    assert KEY not in json_of(spans)


def test_opentelemetry_propagates_its_trace_to_the_server(spans: InMemorySpanExporter) -> None:
    with RawServer(SUCCESS) as server, invoiced.Client(KEY, base_url=server.url) as client:
        client.Customer.create(name="Acme")
        (traceparent,) = server.header("traceparent")
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert traceparent is not None
    assert f"{span.context.trace_id:032x}" in traceparent


# Hooks of a session


def test_a_hook_can_read_the_response_before_the_client(session: requests.Session, emulator: Emulator) -> None:
    read: list[object] = []
    session.hooks["response"].append(lambda response, **_: read.append(response.json()))
    acme = invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.create(name="Acme")
    assert read == [acme.to_dict()]


def test_a_single_hook_does_not_need_a_list(session: requests.Session, emulator: Emulator) -> None:
    statuses: list[int] = []
    session.hooks = {"response": lambda response, **_: statuses.append(response.status_code)}
    invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.list()
    assert statuses == [200]


def test_a_hook_added_later_is_called(session: requests.Session, emulator: Emulator) -> None:
    client = invoiced.Client(KEY, base_url=emulator.url, session=session)
    client.Customer.list()
    statuses: list[int] = []
    session.hooks["response"].append(lambda response, **_: statuses.append(response.status_code))
    client.Customer.list()
    assert statuses == [200]


def test_hooks_receive_the_options_of_the_request(session: requests.Session, emulator: Emulator) -> None:
    received: list[dict[str, Any]] = []
    session.hooks["response"].append(lambda response, **options: received.append(options))
    session.proxies["https"] = "http://localhost:1"
    invoiced.Client(KEY, base_url=emulator.url, session=session, timeout=(3, 20)).Customer.list()
    assert received[0]["timeout"] == (3, 20)
    assert received[0]["proxies"]["https"] == "http://localhost:1"


def test_a_hook_can_replace_the_response(session: requests.Session, emulator: Emulator) -> None:
    def replace(response: requests.Response, **_: object) -> requests.Response:
        replacement = requests.Response()
        replacement.status_code, replacement._content = 200, b'{"id": 7, "object": "customer", "name": "Replaced"}'
        replacement.request, replacement.url = response.request, response.url
        response.close()
        return replacement

    session.hooks["response"].append(replace)
    with pytest.raises(invoiced.NotFoundError):
        invoiced.Client(KEY, base_url=emulator.url).Customer.retrieve(7)
    assert invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.retrieve(7).name == "Replaced"


class HookError(Exception):
    """The error of a hook."""


def test_an_error_raised_by_a_hook_propagates_without_a_retry(session: requests.Session, emulator: Emulator) -> None:
    def raise_error(response: requests.Response, **_: object) -> None:
        response.close()  # requests would not close the response
        raise HookError(response.status_code)

    session.hooks["response"].append(raise_error)
    with pytest.raises(HookError, match="201"):
        invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.create(name="Acme")
    assert len(emulator.requests) == 1


# Adapters of a session


class Recorder(BaseAdapter):
    """An adapter that records each request with its options, except the timeout, and returns an empty response."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        assert not arguments
        assert options.pop("timeout")
        headers = {name.lower(): value for name, value in request.headers.items()}
        names = {"method": request.method, "url": request.url, "headers": headers, "body": request.body}
        self.sent.append({**names, **options, "proxies": {**options["proxies"]}})
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        response.raw = urllib3.HTTPResponse(BytesIO(b""), status=200, preload_content=False)
        return response

    def close(self) -> None:
        pass


def test_the_adapter_with_the_longest_prefix_is_used(session: requests.Session) -> None:
    adapters = {prefix: Recorder() for prefix in ("https://", URL, f"{URL}/customers", "https://api.invoiced")}
    for prefix, adapter in adapters.items():
        session.mount(prefix, adapter)
    client = invoiced.Client(KEY, session=session)
    for path in ("customers/1", "invoices"):
        client.request("GET", path)
    invoiced.Client(KEY, sandbox=True, session=session).request("GET", "customers")
    assert {prefix: [sent["url"] for sent in adapter.sent] for prefix, adapter in adapters.items()} == {
        "https://": [f"{invoiced.Client(KEY, sandbox=True).api_url}/customers"],
        "https://api.invoiced": [],
        URL: [f"{URL}/invoices"],
        f"{URL}/customers": [f"{URL}/customers/1"],
    }


def test_an_adapter_mounted_later_is_used(session: requests.Session, emulator: Emulator) -> None:
    client = invoiced.Client(KEY, session=session)
    session.mount(URL, emulator.adapter())
    assert client.Customer.create(name="Acme").name == "Acme"


# Sessions with overridden or patched methods


@pytest.mark.parametrize("name", ["request", "prepare_request", "send", "get_adapter", "merge_environment_settings"])
def test_methods_overridden_by_a_session_class_are_called(name: str, emulator: Emulator) -> None:
    calls: list[str] = []

    def overridden(session: requests.Session, *arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return getattr(requests.Session, name)(session, *arguments, **options)

    with type("OwnSession", (requests.Session,), {name: overridden})() as session:
        invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.create(name="Acme")
    assert calls == [name]


@pytest.mark.parametrize("name", ["send", "get_adapter"])
def test_methods_overridden_on_a_session_are_called(name: str, session: requests.Session, emulator: Emulator) -> None:
    calls: list[str] = []
    original = getattr(session, name)

    def overridden(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return original(*arguments, **options)

    setattr(session, name, overridden)
    invoiced.Client(KEY, base_url=emulator.url, session=session).Customer.create(name="Acme")
    assert calls == [name]


def test_a_session_class_can_change_the_request_except_the_key() -> None:
    class Signing(requests.Session):
        def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
            prepared = super().prepare_request(request)
            prepared.headers["X-Signature"] = str(len(prepared.body or b""))
            return prepared

    with Signing() as session, RawServer(SUCCESS) as server:
        invoiced.Client(KEY, base_url=server.url, session=session).Customer.create(name="Acme")
        assert server.header("X-Signature") == [str(len(server.bodies[0]))]
        assert server.header("Authorization") == [AUTHORIZATION]


def test_a_connection_error_inside_a_hook_leaves_the_outcome_of_a_create_unknown(waits: list[float]) -> None:
    def audit(response: requests.Response, **_: object) -> None:
        assert response.content
        requests.get("http://127.0.0.1:1/audit", timeout=5)

    with requests.Session() as session, RawServer(SUCCESS) as server:
        session.hooks["response"].append(audit)
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            invoiced.Client(KEY, base_url=server.url, session=session).Customer.create(name="Acme")
        assert caught.value.request_sent is None
        assert caught.value.outcome_unknown
        assert len(server.requests) == 1
    assert waits == []


PREPARING = pytest.mark.parametrize("name", ["request", "prepare_request", "merge_environment_settings"])


@PREPARING
@pytest.mark.parametrize("owner", ["the session", "the class"])
def test_patched_methods_of_a_session_are_called(name: str, owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by tracers that patch the class, and by programs that add defaults to a session."""
    with requests.Session() as session, RawServer(SUCCESS, SUCCESS) as server:
        target: Any = session if owner == "the session" else requests.Session
        original, calls = getattr(target, name), []

        @functools.wraps(original)
        def patched(*args: Any, **options: Any) -> Any:
            calls.append(name)
            return original(*args, **options)

        client = invoiced.Client(KEY, base_url=server.url, session=session)
        monkeypatch.setattr(target, name, patched)
        client.Customer.retrieve(1)
        assert calls == [name]
        monkeypatch.undo()
        client.Customer.retrieve(1)
        assert calls == [name]


def test_a_header_that_cannot_be_encoded_raises_an_error_without_a_retry(waits: list[float]) -> None:
    with requests.Session() as session, RawServer() as server:
        session.headers["X-Price"] = "\u20ac 5"
        with pytest.raises(UnicodeEncodeError):
            invoiced.Client(KEY, base_url=server.url, session=session).Customer.retrieve(1)
    assert waits == []


# Headers, parameters and cookies of a session


def test_headers_of_a_session_are_added_and_those_of_the_client_take_precedence(session: requests.Session) -> None:
    session.headers.update({"X-Team": "billing", "user-agent": "mine", "ACCEPT": "text/html", "authorization": "x"})
    with RawServer(SUCCESS) as server:
        invoiced.Client(KEY, base_url=server.url, session=session).Customer.create(name="Acme")
        assert server.header("X-Team") == ["billing"]
        assert server.header("User-Agent") == [f"Invoiced Python/{invoiced.VERSION}"]
        assert server.header("Accept") == ["application/json"]
        assert server.header("Authorization") == [AUTHORIZATION]
        for name in (b"user-agent:", b"accept:", b"authorization:"):
            assert server.requests[0].lower().count(b"\r\n" + name) == 1


def test_a_session_header_with_the_value_none_is_not_sent(session: requests.Session) -> None:
    session.headers.update({"Connection": None, "X-Team": None, "Accept": None})  # type: ignore[dict-item]  # pyright: ignore
    with RawServer(SUCCESS) as server:
        assert invoiced.Client(KEY, base_url=server.url, session=session).Customer.retrieve(1).name == "Acme"
        assert server.header("Connection") == [None]
        assert server.header("X-Team") == [None]
        assert server.header("Accept") == ["application/json"]


def test_session_params_are_added_to_each_query(session: requests.Session) -> None:
    session.params = {"tenant": "a b"}
    with RawServer(json_response("200 OK", "[]"), SUCCESS) as server:
        client = invoiced.Client(KEY, base_url=server.url, session=session)
        client.Customer.list(per_page=1)
        client.Customer.create(name="Acme")
        targets = [request.split(b" ", 2)[1] for request in server.requests]
    assert targets == [b"/customers?per_page=1&tenant=a+b", b"/customers?tenant=a+b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-Team", "a\r\nX-Evil: 1"), ("X-Team", "a\nX-Evil: 1"), ("X-Team", " a"), ("X\r\nX-Evil", "1")],
)
def test_a_session_header_that_contains_a_line_break_raises_an_error_before_anything_is_sent(
    name: str, value: str, session: requests.Session
) -> None:
    session.headers[name] = value
    with RawServer() as server, pytest.raises(ValueError, match=r"[Hh]eader"):
        invoiced.Client(KEY, base_url=server.url, session=session).Customer.create(name="Acme")
    assert server.requests == []


def test_a_session_class_neither_stores_nor_sends_cookies(session: requests.Session) -> None:
    with_cookie = json_response("200 OK", RECORD, Set_Cookie="session=1; Path=/")
    with RawServer(with_cookie, with_cookie) as server:
        client = invoiced.Client(KEY, base_url=server.url, session=session)
        client.Customer.retrieve(1)
        client.Customer.retrieve(1)
        assert server.header("Cookie") == [None, None]
    assert not session.cookies


# Responses


def deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


LONG = json.dumps({"id": 1, "object": "customer", "name": "Acme", "notes": "\u20ac" * 100_000}).encode()
COMPRESSED = {
    "gzip": gzip.compress(LONG),
    "GZip": gzip.compress(LONG),
    "deflate": zlib.compress(LONG),
    "deflate, raw": deflate(LONG),
}


@pytest.mark.parametrize("compression", COMPRESSED)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_compressed_response_is_decompressed(compression: str, chunked: bool) -> None:
    compressed, encoding = COMPRESSED[compression], compression.partition(",")[0]
    reply = http_response("200 OK", compressed, Content_Type="application/json", Content_Encoding=encoding)
    if chunked:
        head = reply.partition(b"\r\n\r\n")[0].replace(
            b"Content-Length: %d" % len(compressed), b"Transfer-Encoding: chunked"
        )
        parts = [compressed[start : start + 100] for start in range(0, len(compressed), 100)]
        reply = head + b"\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    with RawServer(reply) as server, invoiced.Client(KEY, base_url=server.url) as client:
        assert client.Customer.retrieve(1).to_dict() == json.loads(LONG)
        assert server.header("Accept-Encoding") == ["gzip, deflate"]


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SMALL = gzip.compress(RECORD.encode())


@pytest.mark.parametrize(
    "cut",
    [
        JSON + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(RECORD), RECORD.encode()),
        JSON + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s" % (len(RECORD) + 1, RECORD.encode()),
        JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(SMALL) + 1, SMALL),
        JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(SMALL), SMALL[:-9]),
        JSON + b"Content-Encoding: gzip\r\n\r\n" + SMALL[:-12],
        JSON + b"\r\n" + RECORD.encode()[:-1],
    ],
    ids=[
        "no last chunk",
        "in a chunk",
        "after the compressed body",
        "in the compressed body",
        "compressed, no length",
        "no length",
    ],
)
def test_a_truncated_body_raises_an_error_even_if_it_is_valid_json(cut: bytes) -> None:
    with RawServer(cut, cut) as server, invoiced.Client(KEY, base_url=server.url, max_retries=0) as client:
        with pytest.raises(invoiced.InvoicedError):
            client.Customer.retrieve(1)
        with pytest.raises(invoiced.InvoicedError, match="It may have been processed"):
            client.Customer.create(name="Acme")


INVALID_LOCATIONS = [
    "",
    " ",
    "//",
    "///",
    "?page=2",
    "#",
    "..",
    "mailto:x",
    "ftp://x",
    "https://",
    "http:",
    "/\x7f",
    "http://a b",
    "http://[::1",
    "/caf\xe9",
    "http://a:b/",
]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_with_an_invalid_location_raises_an_error_with_its_status(
    status: int, session: requests.Session
) -> None:
    moved = [http_response(f"{status} Moved", Location=location) for location in INVALID_LOCATIONS]
    with RawServer(*moved, http_response(f"{status} Moved"), SUCCESS) as server:
        client = invoiced.Client(KEY, base_url=server.url, session=session)
        for _ in (*INVALID_LOCATIONS, "no Location"):
            with pytest.raises(invoiced.ApiError) as caught:
                client.Customer.create(name="Acme")
            assert caught.value.status_code == status
        assert len(server.requests) == len(INVALID_LOCATIONS) + 1


QUERIES = [
    "a=\u00fc",
    "a[b]=1&c[]=2",
    "a=%zz",
    "a=#f",
    "a b",
    "a=%e2%82%ac",
    "a\r\nb",
    "a=%5B%2F",
    "a='(!)|^`{}<>",
    "?",
]


@pytest.mark.parametrize("query", QUERIES, ids=ascii)
def test_a_query_is_sent_as_requests_would_send_it(query: str) -> None:
    """As for the query of a `next` link, which is encoded by the API."""
    with RawServer(*[json_response("200 OK", "[]")] * 2) as server, requests.Session() as session:
        invoiced.Client(KEY, base_url=server.url).request("GET", "customers", query)
        session.get(f"{server.url}/customers?{query}")
        actual, expected = (request.split(b"\r\n")[0] for request in server.requests)
    assert actual == expected


# All features together: the request is the same as that of `requests.Session.request`

NAMES = ["X-Team", "user-agent", "ACCEPT", "authorization", "content-type", "Connection", "accept-encoding", "x"]
HEADERS = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(st.none(), st.just(""), st.from_regex("[!-~]([ -~]*[!-~])?", fullmatch=True), st.just(b"bytes")),
    max_size=4,
)
PROXIES = st.dictionaries(
    st.sampled_from(["http", "https", "all", "no_proxy", "http://localhost", "https://api.invoiced.com"]),
    st.sampled_from(["http://localhost:1", "http://user:secret@localhost:1", "socks5://localhost:1", "localhost"]),
    max_size=3,
)
ENVIRONMENT = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_PROXY": st.just("http://localhost:3"),
        "https_proxy": st.just("http://localhost:4"),
        "ALL_PROXY": st.just("http://localhost:5"),
        "NO_PROXY": st.sampled_from(["localhost", "*", "example.com", ".invoiced.com", "127.0.0.0/8", "::1"]),
        "REQUESTS_CA_BUNDLE": st.just("requests.pem"),
        "CURL_CA_BUNDLE": st.just("curl.pem"),
    },
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "headers": HEADERS,
        "proxies": PROXIES,
        "params": st.dictionaries(st.sampled_from(["tenant", "page", "a b"]), st.sampled_from(["1", "\u00fc", "a&b"])),
        "verify": st.sampled_from([True, False, "bundle.pem"]),
        "cert": st.sampled_from([None, "client.pem", ("client.pem", "key.pem")]),
        "trust_env": st.booleans(),
        "stream": st.booleans(),
        "auth": st.sampled_from([None, ("other", "secret")]),
        "max_redirects": st.integers(0, 3),
    },
)
HOSTS = ["https://api.invoiced.com", "https://api.invoiced.test:8443/v1", "http://localhost:8065", "http://127.0.0.1/a"]
HOSTS += ["http://[::1]:8065"]
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
SEGMENTS = TEXT.filter(lambda text: text.strip() and text not in {".", ".."})


def session_with(settings: Mapping[str, Any]) -> tuple[requests.Session, Recorder, list[int]]:
    session, recorder, statuses = requests.Session(), Recorder(), list[int]()
    for name, value in settings.items():
        if name == "headers":
            session.headers.update(value)
        else:
            setattr(session, name, value)
    session.hooks["response"].append(lambda response, **_: statuses.append(response.status_code))
    for scheme in ("https://", "http://"):
        session.mount(scheme, recorder)
    return session, recorder, statuses


@fuzz(
    400,
    settings=SETTINGS,
    environment=ENVIRONMENT,
    host=st.sampled_from(HOSTS),
    method=st.sampled_from(["GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"]),
    segment=SEGMENTS,
    params=st.dictionaries(TEXT.filter(lambda name: name and "[" not in name and "]" not in name), TEXT, max_size=3),
)
def test_requests_are_identical_to_those_of_the_library_requests(
    settings: dict[str, Any], environment: dict[str, str], host: str, method: str, segment: str, params: dict[str, str]
) -> None:
    in_query = method in {"GET", "HEAD", "DELETE"}
    url = f"{host}/customers/{quote(segment, safe='')}"
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "User-Agent": f"Invoiced Python/{invoiced.VERSION}",
    }
    key = "key-0001" if method in {"POST", "PATCH"} else None
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params.items())
    url = f"{url}?{query}" if query and in_query else url
    content = None if in_query else json.dumps(params, ensure_ascii=False).encode()
    if key:
        headers["Idempotency-Key"] = key
    if content is not None:
        headers["Content-Type"] = "application/json"

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        session, actual, statuses = session_with(settings)
        client = invoiced.Client(KEY, base_url=host, session=session)
        client.request(method, ("customers", segment), params, idempotency_key=key)
        session, expected, expected_statuses = session_with(settings)
        host_name = urlsplit(host).hostname
        not_proxied = {"no_proxy": host_name} if invoiced.is_local(str(host_name)) else {}  # for an API on this machine
        # These override the environment.
        options: Any = {"verify": session.verify, "proxies": {**session.proxies, **not_proxied}}
        options |= {"timeout": 1, "stream": True, "allow_redirects": False}
        session.request(method, url, headers=headers, data=content, auth=(KEY, ""), **options)
    assert actual.sent == expected.sent
    assert statuses == expected_statuses == [200]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        *((requests.Session, name) for name in ("request", "send", "prepare_request", "get_adapter")),
        *((requests.adapters.HTTPAdapter, name) for name in ("send", "build_response", "request_url", "add_headers")),
        (invoiced.DeadlineAdapter, "send"),
        (requests.PreparedRequest, "prepare_headers"),
    ],
    ids=str,
)
@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize("early", [False, True])
def test_whoever_patches_requests_sees_each_call_also_of_clients_that_sent_directly_before(
    owner: type, name: str, early: bool, wraps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client's own session sends past requests, unless somebody watches."""
    seen: list[str] = []
    original = getattr(owner, name)

    def watch(*args: Any, **options: Any) -> Any:
        seen.append(name)
        return original(*args, **options)

    def watch_as_wrapt(wrapped: Any, instance: object, args: Any, options: Any) -> Any:
        seen.append(name)
        return wrapped(*args, **options)

    with (
        RawServer(*[json_response("200 OK", '{"id": 1}')] * 2) as server,
        invoiced.Client(KEY, base_url=server.url) as client,
    ):
        if not early:
            client.Customer.retrieve(1)
            assert seen == []
        # A wrapper of wrapt, as instrumentations use it, equals what it wraps.
        monkeypatch.setattr(owner, name, wrapt.FunctionWrapper(original, watch_as_wrapt) if wraps else watch)
        assert client.Customer.retrieve(1).id == 1
    assert {*seen} == {name}


def import_headers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let responses use the module as it is if it is imported now."""
    monkeypatch.setattr(deadline, "begin_response", runpy.run_path(str(headers.__file__))["begin_response"])


def test_whoever_patched_the_standard_library_before_the_import_sees_each_response(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[int] = []
    original = http.client.HTTPResponse.begin

    def begin(response: http.client.HTTPResponse) -> None:
        original(response)
        seen.append(response.status)

    monkeypatch.setattr(http.client.HTTPResponse, "begin", begin)
    import_headers_again(monkeypatch)
    with RawServer(json_response("200 OK", '{"id": 1}')) as server:
        assert invoiced.Client(KEY, base_url=server.url).Customer.retrieve(1).id == 1
    assert seen == [200]


@pytest.mark.parametrize("name", ["HTTPResponse.begin", "parse_headers"])
@pytest.mark.parametrize("early", [False, True])
def test_whoever_wraps_the_standard_library_sees_each_response(
    name: str, early: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watch(wrapped: Any, instance: object, args: Any, options: Any) -> Any:
        seen.append(name)
        return wrapped(*args, **options)

    owner = http.client.HTTPResponse if "." in name else http.client
    attribute = name.rpartition(".")[2]
    if not early:
        import_headers_again(monkeypatch)
    monkeypatch.setattr(owner, attribute, wrapt.FunctionWrapper(getattr(owner, attribute), watch))
    if early:
        import_headers_again(monkeypatch)
    with RawServer(json_response("200 OK", '{"id": 1}')) as server:
        assert invoiced.Client(KEY, base_url=server.url).Customer.retrieve(1).id == 1
    assert seen == [name]


def test_a_later_python_can_give_the_response_keyword_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of Python 3.15: begin(*, _max_headers=None)."""
    seen: list[object] = []
    original = http.client.HTTPResponse.begin

    def begin(response: Any, *, _max_headers: int | None = None) -> None:
        seen.append(_max_headers)
        response.original_begin()

    # As if http.client defined it.
    defined: Any = FunctionType(begin.__code__, vars(http.client), closure=begin.__closure__)
    defined.__kwdefaults__ = begin.__kwdefaults__
    monkeypatch.setattr(http.client.HTTPResponse, "original_begin", original, raising=False)
    monkeypatch.setattr(http.client.HTTPResponse, "begin", defined)
    import_headers_again(monkeypatch)
    with RawServer(json_response("200 OK", '{"id": 1}')) as server:
        assert invoiced.Client(KEY, base_url=server.url).Customer.retrieve(1).id == 1
    assert seen == [None]


@pytest.mark.parametrize("own", [False, True])
def test_a_class_that_replaces_that_of_requests_sees_each_call(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of requests-cache, installed for all programs."""
    seen: list[str] = []

    class Traced(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
            seen.append(method)
            return super().request(method, url, *args, **options)

    with RawServer(*[json_response("200 OK", '{"id": 1}')] * 2) as server:
        invoiced.Client(KEY, base_url=server.url).Customer.retrieve(1)
        assert seen == []
        monkeypatch.setattr(requests, "Session", Traced)
        with requests.Session() as session:
            client = invoiced.Client(KEY, base_url=server.url, session=session if own else None)
            assert client.Customer.retrieve(1).id == 1
    assert seen == ["GET"]


def test_a_session_that_sends_another_body_announces_the_length_of_that_body() -> None:
    class Streaming(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
            return super().request(method, url, *args, **{**options, "data": iter([options["data"]])})

    with RawServer(http_response("201 Created", b'{"id": 1}')) as server, Streaming() as session:
        invoiced.Client(KEY, base_url=server.url, session=session).Customer.create(name="Acme")
        assert server.header("Content-Length") == [None]
        assert server.header("Transfer-Encoding") == ["chunked"]


def test_a_client_sends_directly_again_after_a_mock_that_was_active_at_the_import() -> None:
    with RawServer(json_response("200 OK", '{"id": 1}')) as server, invoiced.Client(KEY, base_url=server.url) as client:
        with requests_mock.Mocker():
            imported = runpy.run_path(str(watchers.__file__), run_name="invoiced.watchers")
            session, adapter = client._session._session, client._session._adapter
            assert imported["are_watched"](session, adapter)
        assert not imported["are_watched"](session, adapter)


def test_a_patch_of_the_session_of_a_client_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with invoiced.Client(KEY) as client:
        session: Any = client._session._session
        response = requests.Response()
        response.status_code, vars(response)["_content"] = 200, b'{"id": 1}'
        monkeypatch.setattr(session, "send", lambda *args, **options: response)
        assert client.Customer.retrieve(1).id == 1


@pytest.mark.parametrize(
    "settings",
    [{"verify": "/nope.pem"}, {"cert": "/nope.pem"}, {"params": {"tenant": "a"}}, {"hooks": {"response": [print]}}],
    ids=str,
)
def test_settings_that_a_program_gives_all_sessions_are_used(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = requests.Session.__init__

    def init(session: requests.Session) -> None:
        original(session)
        vars(session).update(settings)

    monkeypatch.setattr(requests.Session, "__init__", init)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    client = invoiced.Client(KEY, base_url="https://localhost:1", max_retries=0)
    monkeypatch.undo()
    if "verify" in settings or "cert" in settings:
        with pytest.raises(invoiced.ApiConnectionError, match=r"nope\.pem"):
            client.Customer.retrieve(1)
    else:
        assert not client._session._is_direct


@pytest.mark.parametrize("kind", [None, requests.Session])
def test_no_session_outlives_its_client(kind: type[requests.Session] | None) -> None:
    alive = []
    with RawServer(*[json_response("200 OK", '{"id": 1}')] * 3) as server:
        for _ in range(3):
            with kind() if kind else contextlib.nullcontext() as session:
                with invoiced.Client(KEY, base_url=server.url, session=session) as client:
                    client.Customer.retrieve(1)
                alive.append(weakref.ref(client._session._session))
            del client, session
        gc.collect()
    assert [each() for each in alive] == [None] * 3


def test_a_client_sends_the_same_directly_and_through_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Method, path, body and headers, and their order, are the same on the wire."""
    replies = [json_response("200 OK", '{"id": 1}')] * 5
    received: list[list[bytes]] = []
    for watched in (False, True):
        if watched:
            monkeypatch.setattr(requests.Session, "send", partialmethod(requests.Session.send))
        with RawServer(*replies) as server, invoiced.Client(KEY, base_url=server.url) as client:
            client.Customer.retrieve(1)
            client.request("GET", "customers", {"filter": {"name": "Z\u00fcrich & Co"}})
            client.request("POST", "customers", {"name": "Acme"}, idempotency_key="key-00001")
            client.request("POST", "customers/1/reset", idempotency_key="key-00002")
            client.request("DELETE", "customers/1")
            port = server.url.rpartition(":")[2].encode()
            received.append([request.replace(port, b"PORT") for request in server.requests])
    assert received[0] == received[1]
    assert len(received[0]) == 5
