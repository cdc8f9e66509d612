"""Proxies and certificates from the environment and from a user's session."""

from __future__ import annotations

import gc
import io
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

import certifi
import pytest
import requests
import trustme
import urllib3
from evidence import texts_of, texts_of_copies, texts_of_log
from raw_server import RawServer, json_response
from requests.adapters import HTTPAdapter
from sessions import AnotherSession

import invoiced
from invoiced.credentials import EMULATOR_KEY

KEY = "sk_0123456789abcdef"
SUCCESS = json_response("200 OK", '{"id": 1, "object": "customer", "name": "Acme"}')
UNREACHABLE = "http://127.0.0.1:1"


def retrieve_name(url: str, *, key: str = KEY, **options: Any) -> str | None:
    """Retrieve the name of a customer from this URL, without retries."""
    with invoiced.Client(key, base_url=url, max_retries=0, **options) as client:
        return client.Customer.retrieve(1).name


@pytest.fixture(params=[None, requests.Session, AnotherSession])
def options(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Return client options without a session, or with a user's session."""
    if request.param is None:
        yield {}
    else:
        with request.param() as session:
            yield {"session": session}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def tls_of(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return tls_of(authority, "localhost")


# Proxies of the environment


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(
    variable: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert retrieve_name("http://emulator:2", key=EMULATOR_KEY, **options) == "Acme"
        assert proxy.requests[0].startswith(b"GET http://emulator:2/customers/1 HTTP/1.1\r\n")


@pytest.mark.parametrize("hosts", ["emulator", "example.com,emulator", "*"])
def test_hosts_in_no_proxy_are_reached_without_a_proxy(
    hosts: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", UNREACHABLE)
    monkeypatch.setenv("NO_PROXY", hosts)
    with RawServer(SUCCESS) as server:
        local = socket.getaddrinfo("127.0.0.1", server.port, type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: local)
        assert retrieve_name(f"http://emulator:{server.port}", key=EMULATOR_KEY, **options) == "Acme"
        assert server.requests[0].startswith(b"GET /customers/1 HTTP/1.1\r\n")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_api_on_this_machine_is_never_asked_through_a_proxy_of_the_environment(
    scheme: str, variable: str, host: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        monkeypatch.setenv("NO_PROXY", "example.com")
        with pytest.raises(invoiced.ApiConnectionError):
            retrieve_name(f"{scheme}://{host}:1", **options)
        assert proxy.requests == []


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://localhost:1"])
def test_a_session_that_is_given_a_proxy_for_an_api_on_this_machine_uses_it(
    base_url: str, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", UNREACHABLE)
    with RawServer(SUCCESS) as proxy:
        session.proxies["http"] = proxy.url
        assert retrieve_name(base_url, session=session) == "Acme"
        assert len(proxy.requests) == 1


def test_other_hosts_in_no_proxy_have_no_effect(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert retrieve_name("http://emulator:2", key=EMULATOR_KEY, **options) == "Acme"
        assert len(proxy.requests) == 1


def tunnel(tls: ssl.SSLContext, received: list[bytes]) -> Callable[[socket.socket], None]:
    """Return a reply that accepts a CONNECT request, and then acts as the server at the other end."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connection, server_side=True) as tunnelled:
            request = b""
            while b"\r\n\r\n" not in request:
                request += tunnelled.recv(65536)
            received.append(request)
            tunnelled.sendall(SUCCESS)

    return serve


def test_an_https_proxy_receives_its_own_credentials_but_not_the_key(
    authority: trustme.CA, bundle: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[bytes] = []
    with RawServer(tunnel(tls_of(authority, "api.invoiced.test"), received)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:secret@"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        assert retrieve_name("https://api.invoiced.test", **options) == "Acme"
        assert proxy.requests[0].startswith(b"CONNECT api.invoiced.test:443 HTTP/1.")
        assert proxy.header("Proxy-Authorization") == ["Basic dXNlcjpzZWNyZXQ="]
        assert proxy.header("Authorization") == [None]
    assert received[0].startswith(b"GET /customers/1 HTTP/1.1\r\n")
    assert received[0].count(b"Authorization: ") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 2.0 leaves the socket open
def test_a_request_was_certainly_not_sent_if_the_proxy_refused_the_tunnel(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(json_response("407 Proxy Authentication Required", "{}")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(invoiced.ApiConnectionError, match="407") as caught:
            retrieve_name("https://api.invoiced.test", **options)
    gc.collect()
    assert caught.value.request_sent is False


# Proxies of a session


@pytest.mark.parametrize("scheme", ["http", "http://localhost", "all"])
def test_the_proxy_of_a_session_is_used(scheme: str, session: requests.Session) -> None:
    with RawServer(SUCCESS) as proxy:
        session.proxies[scheme] = proxy.url
        assert retrieve_name("http://localhost:2", session=session) == "Acme"
        assert len(proxy.requests) == 1


def test_the_proxy_of_a_session_overrides_that_of_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", UNREACHABLE)
    with RawServer(SUCCESS) as proxy:
        session.proxies["http"] = proxy.url
        assert retrieve_name("http://emulator:2", key=EMULATOR_KEY, session=session) == "Acme"
        assert len(proxy.requests) == 1


def test_the_proxy_for_all_schemes_is_used_if_the_scheme_has_no_proxy(session: requests.Session) -> None:
    no_proxy: Any = None
    with RawServer(SUCCESS) as proxy:
        session.proxies = {"http": no_proxy, "all": proxy.url}
        assert retrieve_name("http://127.0.0.1:1", session=session) == "Acme"


def test_a_session_can_disable_the_proxy_of_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", UNREACHABLE)
    session.proxies["http"] = None  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
    with pytest.raises(invoiced.ApiConnectionError, match="no connection to emulator"):
        retrieve_name("http://emulator.invalid:2", key=EMULATOR_KEY, session=session)


# Certificates


def test_a_session_without_a_verify_setting_uses_the_ca_bundle_of_the_environment(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset: Any = None
    session.verify = unset
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY"):
            retrieve_name(server.url, session=session)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert retrieve_name(server.url, session=session) == "Acme"


@pytest.mark.skipif(
    not hasattr(HTTPAdapter, "get_connection_with_tls_context"), reason="requests before 2.32 reuses the connection"
)
@pytest.mark.parametrize("adapter", [HTTPAdapter, invoiced.DeadlineAdapter])
def test_an_unverified_connection_is_not_reused_when_verification_is_required(
    adapter: type[HTTPAdapter], bundle: str, server_tls: ssl.SSLContext
) -> None:
    with requests.Session() as session, RawServer(SUCCESS, SUCCESS, SUCCESS, tls=server_tls) as server:
        session.mount("https://", adapter())
        session.verify = False
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert retrieve_name(server.url, session=session) == "Acme"
        session.verify = certifi.where()
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY"):
            retrieve_name(server.url, session=session)
        session.verify = bundle
        assert retrieve_name(server.url, session=session) == "Acme"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_ca_bundle_of_the_environment_is_used(
    variable: str, bundle: str, server_tls: ssl.SSLContext, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert retrieve_name(server.url, **options) == "Acme"


def test_requests_ca_bundle_takes_precedence_over_curl_ca_bundle(
    bundle: str, server_tls: ssl.SSLContext, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", certifi.where())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert retrieve_name(server.url, **options) == "Acme"


def test_the_ca_bundle_of_a_session_overrides_that_of_the_environment(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    session.verify = certifi.where()
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            retrieve_name(server.url, session=session)
        assert server.requests == []


def test_disabled_verification_of_a_session_overrides_the_environment(
    server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    session.verify = False
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert retrieve_name(server.url, session=session) == "Acme"


@pytest.fixture(params=["one file", "two files"])
def certificate(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> str | tuple[str, str]:
    """Return a client certificate in the formats that requests supports."""
    issued = authority.issue_cert("billing@example.test")
    both, chain, key = (str(tmp_path / name) for name in ("both.pem", "chain.pem", "key.pem"))
    issued.private_key_and_cert_chain_pem.write_to_path(both)
    issued.private_key_pem.write_to_path(key)
    for part, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(chain, append=part > 0)
    return both if request.param == "one file" else (chain, key)


@pytest.fixture
def client_certificate_required(authority: trustme.CA, server_tls: ssl.SSLContext) -> ssl.SSLContext:
    """Return the TLS context of a server that requires a client certificate."""
    server_tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_tls)
    return server_tls


def test_the_client_certificate_of_a_session_is_sent(
    certificate: str | tuple[str, str],
    bundle: str,
    client_certificate_required: ssl.SSLContext,
    session: requests.Session,
) -> None:
    session.verify, session.cert = bundle, certificate
    with RawServer(SUCCESS, tls=client_certificate_required) as server:
        assert retrieve_name(server.url, session=session) == "Acme"


def test_a_server_that_requires_a_client_certificate_receives_nothing_without_it(
    bundle: str, client_certificate_required: ssl.SSLContext, session: requests.Session
) -> None:
    session.verify = bundle
    with RawServer(SUCCESS, tls=client_certificate_required) as server:
        with pytest.raises(invoiced.ApiConnectionError):
            retrieve_name(server.url, session=session)
        assert server.requests == []


@pytest.mark.parametrize("bundle_of", ["the environment", "a session"])
def test_a_missing_ca_bundle_raises_an_error_and_nothing_is_sent(
    bundle_of: str,
    server_tls: ssl.SSLContext,
    session: requests.Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if bundle_of == "a session":
        session.verify = str(tmp_path / "missing.pem")
    else:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match=r"missing\.pem") as caught:
            retrieve_name(server.url, session=session)
        assert server.requests == []
    assert caught.value.request_sent is False


CALLS: dict[str, Callable[[invoiced.Client], object]] = {
    "GET": lambda client: client.Customer.retrieve(1),
    "POST": lambda client: client.Customer.create(name="Acme"),
    "all": lambda client: list(client.Customer.all(prefetch=True)),
    "upload": lambda client: client.File.create(file=io.BytesIO(b"1"), name="a.txt"),
    "PDF": lambda client: client.request("GET", "invoices/1/pdf", accept="application/pdf"),
}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture(params=["missing", "empty", "garbage", "key", "folder", "binary"])
def unusable_file(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "unusable.pem"
    if request.param == "folder":
        path.mkdir()
    elif request.param == "key":
        path.write_bytes(authority.issue_cert("localhost").private_key_pem.bytes())
    elif request.param != "missing":
        path.write_bytes(
            {"empty": b"", "garbage": b"-----BEGIN CERTIFICATE-----\n", "binary": b"\xff\x00\x80"}[request.param]
        )
    return str(path)


def check_that_nothing_is_sent(server: RawServer, call: Callable[[invoiced.Client], object], **options: Any) -> None:
    with invoiced.Client(KEY, base_url=server.url, max_retries=0, **options) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            call(client)
    assert caught.value.request_sent is False
    assert not caught.value.outcome_unknown
    assert server.requests == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 2.0 leaves the socket open
@calls
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_nothing_is_sent_with_an_unusable_ca_bundle(
    variable: str,
    call: Callable[[invoiced.Client], object],
    unusable_file: str,
    server_tls: ssl.SSLContext,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, unusable_file)
    with RawServer(SUCCESS, tls=server_tls) as server:
        check_that_nothing_is_sent(server, call, **options)


@pytest.fixture(params=["cert", "key", "both in one file", "encrypted key", "encrypted in one file"])
def client_certificate(
    request: pytest.FixtureRequest, authority: trustme.CA, unusable_file: str, tmp_path: Path
) -> str | tuple[str, str]:
    issued, path = authority.issue_cert("client"), str(tmp_path / "client.pem")
    key = issued.private_key_pem.bytes()
    encrypted = key.replace(
        b"RIVATE KEY-----\n", b"RIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1
    )
    if request.param == "both in one file":
        return unusable_file
    Path(path).write_bytes(issued.cert_chain_pems[0].bytes() + (encrypted if "one" in request.param else b""))
    if request.param == "encrypted in one file":
        return path
    if request.param == "encrypted key":
        (tmp_path / "key.pem").write_bytes(encrypted)
        return path, str(tmp_path / "key.pem")
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    return (unusable_file, str(tmp_path / "key.pem")) if request.param == "cert" else (path, unusable_file)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 2.0 leaves the socket open
@pytest.mark.parametrize("call", [CALLS["GET"], CALLS["POST"]])
def test_nothing_is_sent_with_an_unusable_client_certificate(
    call: Callable[[invoiced.Client], object],
    client_certificate: str | tuple[str, str],
    bundle: str,
    server_tls: ssl.SSLContext,
    session: requests.Session,
) -> None:
    session.verify, session.cert = bundle, client_certificate
    with RawServer(SUCCESS, tls=server_tls) as server:
        check_that_nothing_is_sent(server, call, session=session)


def test_the_error_of_a_request_that_a_hook_sends_is_not_that_of_the_call(session: requests.Session) -> None:
    def report(response: requests.Response, **_: object) -> None:
        requests.get("https://127.0.0.1:9", verify="/nonexistent/ca.pem", timeout=1)

    session.hooks["response"].append(report)
    with RawServer(SUCCESS) as server:
        with pytest.raises(OSError, match=r"/nonexistent/ca\.pem"):
            retrieve_name(server.url, session=session)
        assert len(server.requests) == 1


# Proxies that cannot be used

PASSWORD = "secr3t"
UNUSABLE_PROXIES = [
    "http://willi:secr3t@127.0.0.1:99999",
    "http://willi:secr3t@127.0.0.1:abc",
    "gopher://willi:secr3t@127.0.0.1:1",
    "http://willi:p#secr3t@127.0.0.1:1",
    "http://willi:12#secr3t@127.0.0.1:1",
    "http://willi:12/secr3t@127.0.0.1:1",
    "http://willi:12?secr3t@127.0.0.1:1",
    "http://willi:12\\secr3t@127.0.0.1:1",
    "http://willi:secr3t@",
    "http://willi:secr3t@:3128",
    "http://willi:secr3t@[::1",
    "http://willi:secr3t@ho st:1",
    "http://willi:secr3t\u20ac@127.0.0.1:1",
    " http://willi:secr3t@127.0.0.1:1",
    "http://willi:secr3t@127.0.0.1:1\n",
    "willi:secr3t@127.0.0.1:1",
    "//willi:secr3t@127.0.0.1:1",
    "http://",
    " ",
]
unusable_proxies = pytest.mark.parametrize("proxy", UNUSABLE_PROXIES, ids=ascii)


def check_that_the_proxy_is_hidden(error: Exception, records: list[logging.LogRecord], output: str) -> None:
    shown = [*texts_of(error), *texts_of_copies(error), *texts_of_log(records), output]
    assert not [text for text in shown if PASSWORD in text or "willi" in text]


@unusable_proxies
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_an_unusable_proxy_of_the_environment_is_refused_when_the_client_is_made(
    proxy: str, variable: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(ValueError, match="the proxy in HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or the session") as caught:
        invoiced.Client(KEY, base_url="https://api.invoiced.test", **options)
    frames = [frame for frame, _ in walk_tb(caught.tb) if "invoiced" in str(frame.f_globals["__name__"])]
    assert frames
    assert PASSWORD not in repr([frame.f_locals for frame in frames]) + str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@unusable_proxies
@pytest.mark.parametrize("scheme", ["https", "all", "https://api.invoiced.test"])
def test_an_unusable_proxy_that_a_session_gets_later_is_an_error_without_its_password(
    proxy: str,
    scheme: str,
    session: requests.Session,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    client = invoiced.Client(KEY, base_url="https://api.invoiced.test", session=session, max_retries=0)
    session.proxies[scheme] = proxy
    with pytest.raises(invoiced.ApiConnectionError, match="the proxy in HTTPS_PROXY") as caught:
        client.Customer.create(name="Acme")
    assert caught.value.request_sent is False
    del proxy, session
    error = caught.value.with_traceback(None)
    check_that_the_proxy_is_hidden(error, caplog.records, "".join(capfd.readouterr()))


@pytest.mark.parametrize(
    "proxy",
    [
        "http://willi:secr3t@127.0.0.1:1",
        "https://willi:secr3t@127.0.0.1:1/",
        "HTTP://willi:secr3t@127.0.0.1:1",
        "http://willi:secr3t%23@127.0.0.1:1",
        "http://willi:secr3t@@127.0.0.1:1",
        "http://willi:secr3t@[::1]:1",
        "http://willi:secr3t@no-such-host.invalid",
        "socks5h://willi:secr3t@127.0.0.1:1",
        "127.0.0.1:1",
    ],
)
def test_a_proxy_that_is_not_reached_is_an_error_without_its_password(
    proxy: str,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with invoiced.Client(KEY, base_url="https://api.invoiced.test", max_retries=0, **options) as client:
        with pytest.raises(invoiced.ApiConnectionError) as caught:
            client.Customer.create(name="Acme")
    assert caught.value.request_sent is False
    del proxy, options
    error = caught.value.with_traceback(None)
    check_that_the_proxy_is_hidden(error, caplog.records, "".join(capfd.readouterr()))


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_an_unusable_proxy_of_hosts_in_no_proxy_has_no_effect(
    variable: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", UNUSABLE_PROXIES[0])
    monkeypatch.setenv(variable, "emulator.invalid")
    with pytest.raises(invoiced.ApiConnectionError, match="no connection to emulator"):
        retrieve_name("http://emulator.invalid:2", key=EMULATOR_KEY, **options)


# Sessions with trust_env off


def test_a_session_with_trust_env_off_ignores_the_proxy_of_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.trust_env = False
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with pytest.raises(invoiced.ApiConnectionError, match="no connection to emulator"):
            retrieve_name("http://emulator.invalid:2", key=EMULATOR_KEY, session=session)
        assert proxy.requests == []


def test_a_session_with_trust_env_off_ignores_the_ca_bundle_of_the_environment(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    session.trust_env = False
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            retrieve_name(server.url, session=session)
        assert server.requests == []


def test_netrc_adds_no_credentials(options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(SUCCESS) as server:
        assert retrieve_name(server.url, **options) == "Acme"
        assert server.requests[0].lower().count(b"authorization:") == 1
        assert server.header("Authorization") == ["Basic c2tfMDEyMzQ1Njc4OWFiY2RlZjo="]
