"""Hosts that the emulator serves: a page that gives its own name the emulator's address reaches nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug import Request
from werkzeug.test import create_environ

import invoiced
from invoiced.emulator import Emulator
from invoiced.emulator.errors import ApiError
from invoiced.emulator.protocol.hosts import Hosts, check_host, is_loopback

AUTH = ("key", "")
PATHS = ["/customers", "/nothing", "/statements/1/pdf", "/_emulator/snapshot", "/_emulator/health", "/", "*"]

FOREIGN = [
    "evil.example",
    "evil.example:8065",
    "EVIL.example.",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil-localhost",
    "localhost.local",
    "10.0.0.5",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "0x7f.1",
    "[::]",
    "[fe80::1]",
    "[::ffff:10.0.0.5]",
    "host.docker.internal",
    "emulator",
]
LOCAL = [
    "localhost",
    "LocalHost:1",
    "localhost.:99",
    "127.0.0.1",
    "127.255.0.9:65535",
    "[::1]",
    "[0:0:0:0:0:0:0:1]:80",
    "[::FFFF:127.0.0.1]",
]
MALFORMED = [
    "",
    " ",
    "user@localhost",
    "localhost:",
    "localhost:x",
    "localhost, localhost",
    "[::1",
    "::1",
    "a/b",
    "a" * 300,
]


def _request(host: str | None, target: str = "/customers") -> Request:
    """Return a request as the server passes it on."""
    environ = create_environ("/", environ_overrides={"REQUEST_URI": target})
    del environ["HTTP_HOST"]
    return Request(environ if host is None else {**environ, "HTTP_HOST": host})


def _status(hosts: Hosts, host: str | None, target: str = "/customers") -> int:
    """Return the status with which a request is refused, or 200."""
    try:
        hosts.check(_request(host, target))
    except ApiError as error:
        return error.status
    return 200


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def _get(emulator: Emulator, path: str, **headers: str) -> requests.Response:
    return requests.get(emulator.url + path, headers=headers, auth=AUTH)


def _raw(emulator: Emulator, request: str) -> str:
    """Send a request as it is written, and return the status line of its response."""
    address = urlsplit(emulator.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(request.encode() + b"Connection: close\r\n\r\n")
        with connection.makefile() as response:
            return response.readline().strip()


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_is_refused_on_every_path(shared: Emulator, path: str) -> None:
    for host in FOREIGN:
        response = _get(shared, path.replace("*", ""), Host=host)
        assert (response.status_code, response.json()["type"]) == (421, "invalid_request"), host
        assert ascii(host) in response.json()["message"]
    assert len(shared.requests) == 0


@pytest.mark.parametrize("host", LOCAL)
def test_every_name_of_this_machine_is_served(shared: Emulator, host: str) -> None:
    assert _get(shared, "/_emulator/health", Host=host).json() == {"healthy": True}


@pytest.mark.parametrize("host", MALFORMED)
def test_a_malformed_host_is_refused(host: str) -> None:
    assert _status(Hosts("127.0.0.1"), host) == _status(Hosts("0.0.0.0"), host) == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("GET /_emulator/health HTTP/1.1\r\n", 400),
        ("GET /_emulator/health HTTP/1.0\r\n", 400),
        ("GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        ("GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400),
        ("GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n evil.example\r\n", 400),
        ("GET /_emulator/health HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n", 421),
        ("GET /_emulator/health HTTP/1.1\r\nHost: evil.example\r\nForwarded: host=localhost\r\n", 421),
        ("GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example\r\n", 200),
        ("GET http://localhost:99/_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("GET http://evil.example/_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET http://localhost/_emulator/health HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("GET HTTP://evil.example/_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET http://evil@localhost/_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 400),
        ("GET http:///_emulator/health HTTP/1.1\r\nHost: localhost\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("POST /_emulator/reset HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n", 421),
    ],
)
def test_the_host_counts_wherever_it_is_sent(shared: Emulator, head: str, status: int) -> None:
    assert _raw(shared, head).split()[1] == str(status)


def test_the_client_shows_what_to_do(emulator: Emulator) -> None:
    with requests.Session() as session:
        session.headers["Host"] = "evil.example"
        with (
            invoiced.Client("key", base_url=emulator.url, session=session) as client,
            pytest.raises(invoiced.InvalidRequestError) as raised,
        ):
            client.Customer.list()
    assert raised.value.message == (
        "The emulator does not serve the host 'evil.example': use localhost, or start it with "
        "--allow-host evil.example (in Python: allowed_hosts=['evil.example'])."
    )


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("emulator", 200),
        ("invoiced_emulator:8065", 200),
        ("emulator.default.svc.cluster.local", 200),
        ("emulator.default.svc", 200),
        ("host.docker.internal", 200),
        ("emulator.localhost", 200),
        ("10.0.0.5:8065", 200),
        ("[fd00::5]:8065", 200),
        ("localhost", 200),
        ("evil.example", 421),
        ("EMULATOR.evil.example.", 421),
        ("10.0.0.5.evil.example", 421),
        ("local.evil.example", 421),
        ("notlocal.evil", 421),
        (None, 400),
    ],
)
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.2.3", "fd00::1"])
def test_an_emulator_that_others_reach_serves_names_that_nobody_can_register(
    address: str, host: str | None, status: int
) -> None:
    assert _status(Hosts(address), host) == status


@pytest.mark.parametrize("allowed", ["Emulator.Example.com", "emulator.example.com."])
def test_further_names_can_be_allowed(allowed: str) -> None:
    for address in ("127.0.0.1", "0.0.0.0"):
        hosts = Hosts(address, ["10.9.9.9", "fd00::7", allowed])
        for host in ("emulator.example.com", "EMULATOR.example.com.:8065", "10.9.9.9", "[fd00:0::7]:1"):
            assert _status(hosts, host) == 200, host
        assert _status(hosts, "other.example.com") == 421


def test_the_name_that_it_listens_on_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def resolved(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "emulator.example" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with Emulator(host="emulator.example", allowed_hosts=["other.example"]) as emulator:
        assert emulator.is_local
        assert requests.get(f"{emulator.url}/_emulator/health").status_code == 200
        local = emulator.url.replace("emulator.example", "127.0.0.1")
        for host, status in (("other.example", 200), ("evil.example", 421)):
            assert requests.get(f"{local}/_emulator/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("name", ["", "a b", "a:80", "http://a", "*", "*.example.com", "a/b", "\x1b", "é.example"])
def test_a_name_that_no_host_has_cannot_be_allowed(name: str) -> None:
    with pytest.raises(ValueError, match=r"invalid host .* without a port"):
        Emulator(allowed_hosts=[name])


def test_allowed_hosts_are_a_list() -> None:
    with pytest.raises(TypeError, match=r"a list of allowed_hosts, got 'a\.example'"):
        Emulator(allowed_hosts="a.example")


@given(name=st.from_regex(r"\A[a-z0-9-]{1,20}(\.[a-z0-9-]{1,10}){0,3}\.(com|ai|example|co\.uk)\.?\Z"))
@example("localhost.com")
@example("127.0.0.1.com")
def test_no_name_that_somebody_can_register_is_served(name: str) -> None:
    assert _status(Hosts("127.0.0.1"), name) == _status(Hosts("0.0.0.0"), name.upper()) == 421


@given(host=st.text(max_size=40))
def test_any_other_text_is_refused(host: str) -> None:
    assert _status(Hosts("127.0.0.1"), host) in (400, 421)


@given(address=st.ip_addresses())
def test_only_loopback_addresses_are_served_on_loopback(address: Any) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    assert _status(Hosts("127.0.0.1"), host) == (200 if is_loopback(str(address)) else 421)
    assert _status(Hosts("0.0.0.0"), host) == 200


def test_requests_in_process_may_be_for_any_host(emulator: Emulator) -> None:
    check_host(_request("api.invoiced.com"))
    with requests.Session() as session:
        session.mount("https://", emulator.adapter())
        assert session.get("https://api.invoiced.com/customers", auth=AUTH).json() == []
