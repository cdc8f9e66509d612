"""Links that may be followed.

Whoever can write the links of an account must not lead this machine to services that only it can reach. So a link may
only lead as near to this machine as the API itself is.
"""

from __future__ import annotations

import re
import socket
from enum import IntEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urljoin, urlsplit

from invoiced import is_local

from .errors import DownloadError, LinkError

# Visible ASCII without a user name, and a host that all programs read in the same way.
_LINK = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?", re.I | re.A)
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.I | re.A)  # 127.1, 0x7f.1 and 2130706433 are addresses
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_PORTS = {"http": 80, "https": 443}

_THIS_NETWORK = IPv4Network("0.0.0.0/8")  # leads to this machine, too
_TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: the last 32 bits are an IPv4 address
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_6TO4 = IPv6Network("2002::/16")


class Reach(IntEnum):
    """How near to this machine an address leads."""

    PUBLIC = 0
    PRIVATE = 1
    LOCAL = 2


class Links:
    """The links of an account.

    Args:
        api_url: URL of the API that returns the links.
    """

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url

    def checked(self, link: object) -> str:
        """Return a link that may be followed. Its name may still have an address that `check_address` refuses.

        Raises:
            LinkError: the link is not https, or not a link at all.
            DownloadError: the link leads to an address nearer to this machine than the API.
        """
        parsed = _LINK.fullmatch(link) if isinstance(link, str) else None
        if not isinstance(link, str) or parsed is None or int(parsed[3] or 1) not in range(1, 65536):
            raise LinkError("not an https link")
        scheme, host = parsed[1].lower(), parsed[2].lower()
        if scheme == "http" and not self._is_of_api(link, host):
            raise LinkError("not an https link")
        if address := _literal(host):
            self.check_address(address)
        return link

    def checked_target(self, link: str, location: str) -> str:
        """Return the target of a redirect if it may be followed, which is never from https to http.

        Args:
            link: the URL that redirects.
            location: the Location header, which may be relative.
        """
        try:
            target = urljoin(link, quote(location.strip().encode("latin-1"), safe=_VISIBLE))
        except ValueError:
            target = ""
        if link.lower().startswith("https:") and target.lower().startswith("http:"):
            raise LinkError("a redirect from https to http")
        return self.checked(target)

    def check_address(self, address: str) -> None:
        """Refuse an address that is nearer to this machine than the API.

        Raises:
            DownloadError: the address is refused.
        """
        reach = reach_of(address)
        if reach > Reach.PUBLIC and reach > self._api_reach:
            kind = "of this machine" if reach is Reach.LOCAL else "of a private network"
            raise DownloadError(f"the link leads to {address}, an address {kind}, where the API is not")

    def _is_of_api(self, link: str, host: str) -> bool:
        """Return whether an http link leads to the same emulator, or to this machine if the API is there."""
        return _origin(link) == _origin(self._api_url) or (
            is_local(host.strip("[]")) and self._api_reach is Reach.LOCAL
        )

    @cached_property
    def _api_reach(self) -> Reach:
        host = urlsplit(self._api_url).hostname or ""
        if is_local(host):
            return Reach.LOCAL
        try:
            return max(map(reach_of, addresses_of(host, None)))
        except (OSError, ValueError):  # only a proxy can resolve the name
            return Reach.PUBLIC


def addresses_of(host: str, port: int | None) -> list[str]:
    """Return the addresses of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def reach_of(address: str) -> Reach:
    """Return how near to this machine an IP address leads."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        embedded = ip.ipv4_mapped or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _TRANSLATED else None)
        ip = embedded or ip
    if ip.is_loopback or ip.is_unspecified or (isinstance(ip, IPv4Address) and ip in _THIS_NETWORK):
        return Reach.LOCAL
    is_unicast = ip in _GLOBAL_UNICAST and ip not in _6TO4 if isinstance(ip, IPv6Address) else not ip.is_multicast
    return Reach.PUBLIC if ip.is_global and is_unicast else Reach.PRIVATE


def _literal(host: str) -> str | None:
    """Return the address that a host is, or None if it is a name. A name of this machine is an address of it."""
    name = host.rstrip(".")
    try:
        if host.startswith("["):
            return str(ip_address(host[1:-1]))
        if _NUMERIC.fullmatch(name):
            return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, ValueError):
        raise LinkError("not an https link") from None
    return "127.0.0.1" if name == "localhost" or name.endswith(".localhost") else None


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
