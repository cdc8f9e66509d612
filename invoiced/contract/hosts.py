"""The hosts of the API that have no live accounts."""

from __future__ import annotations

from urllib.parse import urlsplit

from invoiced import is_local

SANDBOX_HOST = "api.sandbox.invoiced.com"


def is_live(url: str) -> bool:
    """Return whether a URL of the API leads to live accounts: not to the sandbox, and not to an emulator.

    An emulator is on this machine, or another machine is addressed by http: a client sends no real key there.
    """
    parts = urlsplit(url)
    return parts.scheme != "http" and parts.hostname != SANDBOX_HOST and not is_local(parts.hostname or "")
