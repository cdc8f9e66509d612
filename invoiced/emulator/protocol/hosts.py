"""Hosts by which requests reach the emulator.

A web page can give its own name the address of this machine (DNS rebinding), and then read whatever its browser may
read of that name. So a request for a name that is not the emulator's is refused, whatever its path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from werkzeug import Request

from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.excerpts import excerpt

_NAME = r"[\w.-]{1,253}"
_HOST = re.compile(rf"(?P<name>{_NAME}|\[[0-9a-f:.]{{2,45}}\])(:[0-9]{{1,5}})?", re.ASCII | re.IGNORECASE)
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*://(?P<host>[^/?#]*)", re.ASCII | re.IGNORECASE)

_INTERNAL = (".home.arpa", ".internal", ".lan", ".local", ".localhost", ".svc", ".test")
"""Ends of names that nobody can register: those of containers, of clusters, and of this machine."""


def bracketed(host: str) -> str:
    """Return a host as it is written in a URL."""
    return f"[{host}]" if ":" in host else host


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches an IP address."""
    ip = ip_address(address)
    return ip.is_loopback or (isinstance(ip, IPv6Address) and bool(ip.ipv4_mapped and ip.ipv4_mapped.is_loopback))


def origin(request: Request) -> str:
    """Return the URL by which the sender reaches the emulator. Links start with it."""
    return f"{request.scheme}://{_host(request)}"


def check_host(request: Request) -> None:
    """Raise `ApiError` if the Host header cannot be used in links."""
    _name_in(_host(request))


class Hosts:
    """The hosts that the emulator serves.

    If only this machine reaches it, these are localhost and the loopback addresses. Otherwise others give it names that
    it cannot know: IP addresses and the names that nobody can register.

    Args:
        address: IP address that the emulator listens on.
        allowed: further names, or IP addresses.
    """

    def __init__(self, address: str, allowed: Iterable[str] = ()) -> None:
        self.is_local = is_loopback(address)
        self._allowed = {_normalized(name) for name in allowed}

    def check(self, request: Request) -> None:
        """Raise `ApiError` if a request is for a host that the emulator does not serve."""
        hosts = [request.environ.get("HTTP_HOST", "")]
        if target := _AUTHORITY.match(request.environ.get("REQUEST_URI", "")):
            hosts.append(target["host"])
        for host in hosts:
            name = _name_in(host)
            if not self._serves(_normalized(name)):
                instead = "localhost" if self.is_local else "an IP address or a name without dots"
                raise ApiError(
                    421,
                    f"The emulator does not serve the host {host!r}: use {instead}, or start it with "
                    f"--allow-host {name} (in Python: allowed_hosts=[{name!r}]).",
                )

    def _serves(self, host: str | IPv4Address | IPv6Address) -> bool:
        if host in self._allowed:
            return True
        if not isinstance(host, str):
            return not self.is_local or is_loopback(str(host))
        return host == "localhost" if self.is_local else "." not in host or host.endswith(_INTERNAL)


def valid_name(name: str) -> str:
    """Return a name or an IP address, without a port, or raise ValueError."""
    if not re.fullmatch(_NAME, name, re.ASCII) and isinstance(_normalized(name), str):
        raise ValueError(f"invalid host {name!r} (expected a name without a port, such as emulator.example.com)")
    return name


def _host(request: Request) -> str:
    """Return the Host header. Werkzeug would refuse names with an underscore, which containers have."""
    host: str = request.environ.get("HTTP_HOST") or request.host
    return host


def _name_in(host: str) -> str:
    """Return the name in a Host header, without the port. `ApiError` if it is not valid, or was sent twice."""
    found = _HOST.fullmatch(host)
    if not found:
        raise ApiError(400, f"The Host header is not a valid host name: {excerpt(host)}.")
    return found["name"]


def _normalized(name: str) -> str | IPv4Address | IPv6Address:
    """Return an IP address, or a name in lower case."""
    try:
        return ip_address(name.strip("[]"))
    except ValueError:
        return name.lower().removesuffix(".")
