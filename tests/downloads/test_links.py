"""Tests of where a link may lead."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from invoiced.downloads.errors import DownloadError, LinkError
from invoiced.downloads.links import Links, Reach, reach_of

PRODUCTION, LOCAL, PRIVATE = "https://api.invoiced.com", "http://127.0.0.1:8065", "https://10.0.0.5"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve names without a server."""
    addresses = {"api.invoiced.com": "34.1.2.3", "emulator": "172.17.0.2"}

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses.get(host, host), 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("34.1.2.3", Reach.PUBLIC),
        ("2606:4700::1111", Reach.PUBLIC),
        ("64:ff9b::2201:203", Reach.PUBLIC),
        ("127.0.0.1", Reach.LOCAL),
        ("127.255.1.2", Reach.LOCAL),
        ("0.0.0.0", Reach.LOCAL),
        ("0.1.2.3", Reach.LOCAL),
        ("::", Reach.LOCAL),
        ("::1", Reach.LOCAL),
        ("::ffff:127.0.0.1", Reach.LOCAL),
        ("::ffff:0.0.0.0", Reach.LOCAL),
        ("64:ff9b::7f00:1", Reach.LOCAL),
        ("10.1.2.3", Reach.PRIVATE),
        ("172.16.0.1", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("169.254.169.254", Reach.PRIVATE),
        ("192.0.2.1", Reach.PRIVATE),
        ("224.0.0.1", Reach.PRIVATE),
        ("239.1.2.3", Reach.PRIVATE),
        ("240.0.0.1", Reach.PRIVATE),
        ("255.255.255.255", Reach.PRIVATE),
        ("fe80::1", Reach.PRIVATE),
        ("fe80::1%eth0", Reach.PRIVATE),
        ("fc00::1", Reach.PRIVATE),
        ("fd00:ec2::254", Reach.PRIVATE),
        ("fec0::1", Reach.PRIVATE),
        ("ff02::1", Reach.PRIVATE),
        ("ff0e::1", Reach.PRIVATE),
        ("2001:db8::1", Reach.PRIVATE),
        ("2001::1", Reach.PRIVATE),
        ("2002:7f00:1::", Reach.PRIVATE),
        ("2002:2201:203::", Reach.PRIVATE),
        ("::127.0.0.1", Reach.PRIVATE),
        ("::ffff:10.0.0.1", Reach.PRIVATE),
        ("64:ff9b::a00:1", Reach.PRIVATE),
        ("64:ff9b:1::2201:203", Reach.PRIVATE),
        ("4000::1", Reach.PRIVATE),
    ],
)
def test_an_address_is_public_private_or_of_this_machine(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


LITERALS = [
    "127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f.1", "0X7F000001", "0177.0.0.1", "localhost", "LocalHost.",
    "a.localhost", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "0.0.0.0", "0", "[::]",
    "10.0.0.1", "10.1", "192.168.1.1", "169.254.169.254", "2852039166", "100.64.0.1", "[fe80::1]", "[fd00::1]",
    "224.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", LITERALS)
@pytest.mark.parametrize("template", ["https://{}/", "HTTPS://{}:8443/pdf", "https://{}?a=1", "https://{}"])
def test_a_link_of_a_public_api_never_leads_to_a_private_address_however_it_is_written(
    host: str, template: str
) -> None:
    with pytest.raises(DownloadError):
        Links(PRODUCTION).checked(template.format(host))


@pytest.mark.parametrize("host", LITERALS)
def test_a_link_of_an_api_on_this_machine_may_lead_to_any_address(host: str) -> None:
    assert Links(LOCAL).checked(f"https://{host}/") == f"https://{host}/"


@pytest.mark.parametrize(
    ("api_url", "link", "allowed"),
    [
        (PRODUCTION, "https://dundermifflin.invoiced.com/statements/t/pdf", True),
        (PRODUCTION, "https://a_b.example.com:8443?a=1", True),
        (PRODUCTION, "https://34.1.2.3/", True),
        (PRODUCTION, "https://[2606:4700::1111]:443/", True),
        (PRODUCTION, "http://dundermifflin.invoiced.com/", False),
        (PRODUCTION, "http://127.0.0.1:8065/pdf?internal=1", False),
        (PRODUCTION, "http://api.invoiced.com/", False),
        (PRODUCTION, "http://api.invoiced.com:443/", False),
        (LOCAL, "http://127.0.0.1:1/", True),
        (LOCAL, "http://localhost:1/", True),
        (LOCAL, "http://[::1]:1/", True),
        (LOCAL, "http://10.0.0.1/", False),
        (LOCAL, "http://example.com/", False),
        ("https://localhost", "http://localhost:1/", True),
        (PRIVATE, "https://10.9.9.9/", True),
        (PRIVATE, "https://169.254.1.1/", True),
        (PRIVATE, "https://127.0.0.1/", False),
        (PRIVATE, "http://127.0.0.1/", False),
        (PRIVATE, "http://10.0.0.5/", False),
        ("http://emulator:8065", "http://emulator:8065/pdf", True),
        ("http://emulator:8065", "http://EMULATOR:8065/pdf", True),
        ("http://emulator:8065", "http://emulator:8066/pdf", False),
        ("http://emulator:8065", "https://172.17.0.9/pdf", True),
        ("http://emulator:8065", "http://127.0.0.1:8065/pdf", False),
    ],
)
def test_a_link_leads_at_most_as_near_as_the_api(api_url: str, link: str, allowed: bool) -> None:
    if allowed:
        assert Links(api_url).checked(link) == link
    else:
        with pytest.raises(DownloadError):
            Links(api_url).checked(link)


@pytest.mark.parametrize(
    "link",
    [
        None, "", 5, True, ["https://a.example"], {}, b"https://a.example", "a.example", "//a.example", "https:///a",
        "https://", "https:a.example", "file:///etc/passwd", "ftp://a.example/", "data:application/pdf,x", "https://a[b",
        "https://h:99999/", "https://h:0/", "https://h:x/", "https://h:-1/", "https://h:\u0661/", "https://[::1", "https://[::g]/",
        "https://[fe80::1%25eth0]/", "https://[::1%lo]/", "https://user:pw@a.example/", "https://127.0.0.1@a.example/",
        "https://a.example@127.0.0.1/", "https://a.example\\@127.0.0.1/", "https://a.example/\\b",
        "https://a b.example/",
        " https://a.example/", "https://a.example/\n", "https://a.example/\x1b[2J", "https://a\x00.example/",
        "https://\uff11\uff12\uff17.0.0.1/", "https://\u24dbocalhost/", "https://127\u30020\u30020\u30021/",
        "https://%3127.0.0.1/", "https://a.example/é",
        "https://127.0.0.1.1/", "https://127.0.0.08/", "https://256.1.1.1/", "https://0xzz.0x/", "https://1.2.3.4.5/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("api_url", [PRODUCTION, LOCAL])
def test_what_is_no_plain_https_link_is_refused(link: object, api_url: str) -> None:
    with pytest.raises(LinkError):
        Links(api_url).checked(link)


@pytest.mark.parametrize(
    ("api_url", "link", "location", "target"),
    [
        (PRODUCTION, "https://a.example/x/y", "z?q=1", "https://a.example/x/z?q=1"),
        (PRODUCTION, "https://a.example/x/y", "//b.example/", "https://b.example/"),
        (PRODUCTION, "https://a.example/x/y", " https://b.example/a b ", "https://b.example/a%20b"),
        (PRODUCTION, "https://a.example/", "https://b.example/\xc3\xa9", "https://b.example/%C3%A9"),
        (PRODUCTION, "https://a.example/", "http://a.example/", None),
        (PRODUCTION, "https://a.example/", "https://169.254.169.254/", None),
        (PRODUCTION, "https://a.example/", "//127.1/", None),
        (PRODUCTION, "https://a.example/", "file:///etc/passwd", None),
        (PRODUCTION, "https://a.example/", "https://[", None),
        (PRODUCTION, "https://a.example/", "https://a.example:99999/", None),
        (LOCAL, "https://a.example/", "http://127.0.0.1:8065/", None),
        (LOCAL, "HTTPS://a.example/", "HTTP://localhost/", None),
        (LOCAL, "http://127.0.0.1:8065/", "http://localhost:8066/", "http://localhost:8066/"),
        (LOCAL, "http://127.0.0.1:8065/", "https://b.example/", "https://b.example/"),
    ],
)
def test_the_target_of_a_redirect_is_checked_like_a_link(
    api_url: str, link: str, location: str, target: str | None
) -> None:
    links = Links(api_url)
    if target is not None:
        assert links.checked_target(link, location) == target
    else:
        with pytest.raises(DownloadError):
            links.checked_target(link, location)
