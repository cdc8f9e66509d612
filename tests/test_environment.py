"""Proxies and certificates: what the environment says of them, and what a session of the user's own says."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
import trustme
import urllib3
from raw_server import RawServer, json_answer
from requests.adapters import HTTPAdapter
from sessions import AnotherSession

import invoiced

KEY = "sk_0123456789abcdef"
SUCCESS = json_answer("200 OK", '{"id": 1, "object": "customer", "name": "Acme"}')
NOBODY = "http://127.0.0.1:1"


def name_over(url: str, **options: Any) -> str | None:
    """A call to this address, made once."""
    with invoiced.Client(KEY, base_url=url, max_retries=0, **options) as client:
        return client.Customer.retrieve(1).name


@pytest.fixture(params=[None, requests.Session, AnotherSession])
def options(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A client with a session that it makes itself, or with one of the user's own."""
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
def test_the_environment_brings_a_proxy(
    variable: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert name_over("http://localhost:2", **options) == "Acme"
        assert proxy.requests[0].startswith(b"GET http://localhost:2/customers/1 HTTP/1.1\r\n")


@pytest.mark.parametrize("hosts", ["localhost", "example.com,localhost", "*"])
def test_no_proxy_names_the_hosts_that_are_reached_without_one(
    hosts: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    monkeypatch.setenv("NO_PROXY", hosts)
    with RawServer(SUCCESS) as server:
        assert name_over(server.url, **options) == "Acme"
        assert server.requests[0].startswith(b"GET /customers/1 HTTP/1.1\r\n")


def test_no_proxy_of_other_hosts_changes_nothing(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(SUCCESS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert name_over("http://localhost:2", **options) == "Acme"
        assert len(proxy.requests) == 1


def tunnel(tls: ssl.SSLContext, received: list[bytes]) -> Callable[[socket.socket], None]:
    """Grants a CONNECT, and is then itself the server at the other end."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with tls.wrap_socket(connection, server_side=True) as inside:
            request = b""
            while b"\r\n\r\n" not in request:
                request += inside.recv(65536)
            received.append(request)
            inside.sendall(SUCCESS)

    return serve


def test_https_goes_through_a_tunnel_whose_proxy_gets_its_own_credentials_and_never_the_key(
    authority: trustme.CA, bundle: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[bytes] = []
    with RawServer(tunnel(tls_of(authority, "api.invoiced.test"), received)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:secret@"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
        assert name_over("https://api.invoiced.test", **options) == "Acme"
        assert proxy.requests[0].startswith(b"CONNECT api.invoiced.test:443 HTTP/1.")
        assert proxy.header("Proxy-Authorization") == ["Basic dXNlcjpzZWNyZXQ="]
        assert proxy.header("Authorization") == [None]
    assert received[0].startswith(b"GET /customers/1 HTTP/1.1\r\n")
    assert received[0].count(b"Authorization: ") == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # urllib3 2.0 leaves the socket open
def test_a_proxy_that_refuses_the_tunnel_is_surely_before_the_request(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(json_answer("407 Proxy Authentication Required", "{}")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(invoiced.ApiConnectionError, match="407") as caught:
            name_over("https://api.invoiced.test", **options)
    gc.collect()
    assert caught.value.request_sent is False


# Proxies of a session


@pytest.mark.parametrize("scheme", ["http", "http://localhost", "all"])
def test_the_proxy_of_a_session_is_used(scheme: str, session: requests.Session) -> None:
    with RawServer(SUCCESS) as proxy:
        session.proxies[scheme] = proxy.url
        assert name_over("http://localhost:2", session=session) == "Acme"
        assert len(proxy.requests) == 1


def test_the_proxy_of_a_session_goes_before_that_of_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    with RawServer(SUCCESS) as proxy:
        session.proxies["http"] = proxy.url
        assert name_over("http://localhost:2", session=session) == "Acme"
        assert len(proxy.requests) == 1


def test_a_session_with_no_proxy_for_a_scheme_has_one_for_all(session: requests.Session) -> None:
    none: Any = None
    with RawServer(SUCCESS) as proxy:
        session.proxies = {"http": none, "all": proxy.url}
        assert name_over("http://127.0.0.1:1", session=session) == "Acme"


def test_a_session_may_do_without_the_proxy_of_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    session.proxies["http"] = None  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
    with RawServer(SUCCESS) as server:
        assert name_over(server.url, session=session) == "Acme"


# Certificates


def test_a_session_that_says_nothing_of_certificates_takes_the_bundle_of_the_environment(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    without: Any = None
    session.verify = without
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY"):
            name_over(server.url, session=session)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert name_over(server.url, session=session) == "Acme"


@pytest.mark.skipif(not hasattr(HTTPAdapter, "get_connection_with_tls_context"), reason="requests forgot, before 2.32")
@pytest.mark.parametrize("adapter", [HTTPAdapter, invoiced.DeadlineAdapter])
def test_a_connection_that_was_not_verified_does_not_serve_when_it_must_be(
    adapter: type[HTTPAdapter], bundle: str, server_tls: ssl.SSLContext
) -> None:
    with requests.Session() as session, RawServer(SUCCESS, SUCCESS, SUCCESS, tls=server_tls) as server:
        session.mount("https://", adapter())
        session.verify = False
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert name_over(server.url, session=session) == "Acme"
        session.verify = certifi.where()
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY"):
            name_over(server.url, session=session)
        session.verify = bundle
        assert name_over(server.url, session=session) == "Acme"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_brings_a_ca_bundle(
    variable: str, bundle: str, server_tls: ssl.SSLContext, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert name_over(server.url, **options) == "Acme"


def test_the_bundle_of_requests_goes_before_that_of_curl(
    bundle: str, server_tls: ssl.SSLContext, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", certifi.where())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with RawServer(SUCCESS, tls=server_tls) as server:
        assert name_over(server.url, **options) == "Acme"


def test_the_ca_bundle_of_a_session_goes_before_that_of_the_environment(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    session.verify = certifi.where()
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            name_over(server.url, session=session)
        assert server.requests == []


def test_a_session_that_verifies_nothing_stays_so_whatever_the_environment_says(
    server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    session.verify = False
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
            assert name_over(server.url, session=session) == "Acme"


@pytest.fixture(params=["one file", "two files"])
def certificate(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> str | tuple[str, str]:
    """A client certificate, in the ways that requests takes it."""
    issued = authority.issue_cert("billing@example.test")
    both, chain, key = (str(tmp_path / name) for name in ("both.pem", "chain.pem", "key.pem"))
    issued.private_key_and_cert_chain_pem.write_to_path(both)
    issued.private_key_pem.write_to_path(key)
    for part, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(chain, append=part > 0)
    return both if request.param == "one file" else (chain, key)


@pytest.fixture
def demanding(authority: trustme.CA, server_tls: ssl.SSLContext) -> ssl.SSLContext:
    """A server that demands a certificate of its clients."""
    server_tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_tls)
    return server_tls


def test_a_session_brings_its_client_certificate(
    certificate: str | tuple[str, str], bundle: str, demanding: ssl.SSLContext, session: requests.Session
) -> None:
    session.verify, session.cert = bundle, certificate
    with RawServer(SUCCESS, tls=demanding) as server:
        assert name_over(server.url, session=session) == "Acme"


def test_without_its_client_certificate_such_a_server_reads_nothing(
    bundle: str, demanding: ssl.SSLContext, session: requests.Session
) -> None:
    session.verify = bundle
    with RawServer(SUCCESS, tls=demanding) as server:
        with pytest.raises(invoiced.ApiConnectionError):
            name_over(server.url, session=session)
        assert server.requests == []


@pytest.mark.parametrize("bundle_of", ["the environment", "a session"])
def test_a_ca_bundle_that_is_not_there_is_an_error_and_nothing_is_sent(
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
        with pytest.raises(OSError, match=r"missing\.pem"):
            name_over(server.url, session=session)
        assert server.requests == []


# Sessions that do not trust the environment


def test_a_session_that_does_not_trust_the_environment_takes_no_proxy_of_it(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)
    session.trust_env = False
    with RawServer(SUCCESS) as server:
        assert name_over(server.url, session=session) == "Acme"


def test_a_session_that_does_not_trust_the_environment_takes_no_ca_bundle_of_it(
    bundle: str, server_tls: ssl.SSLContext, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    session.trust_env = False
    with RawServer(SUCCESS, tls=server_tls) as server:
        with pytest.raises(invoiced.ApiConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            name_over(server.url, session=session)
        assert server.requests == []


def test_a_netrc_file_adds_no_credentials_to_the_key(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(SUCCESS) as server:
        assert name_over(server.url, **options) == "Acme"
        assert server.requests[0].lower().count(b"authorization:") == 1
        assert server.header("Authorization") == ["Basic c2tfMDEyMzQ1Njc4OWFiY2RlZjo="]
