"""The hosts of the API that have no live accounts."""

from __future__ import annotations

from urllib.parse import urlsplit

from invoiced import is_local

SANDBOX_HOST = "api.sandbox.invoiced.com"


def is_live(url: str) -> bool:
    """Return whether a URL of the API leads to live accounts: neither to the sandbox nor to this machine."""
    host = urlsplit(url).hostname or ""
    return host != SANDBOX_HOST and not is_local(host)
