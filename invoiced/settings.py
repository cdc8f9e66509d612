"""Validation of the client's settings, from its arguments and the environment."""

import math
import os
import re
from urllib.parse import urlsplit
from uuid import UUID

from .messages import Timeout

PRODUCTION = "https://api.invoiced.com"
SANDBOX = "https://api.sandbox.invoiced.com"
NO, YES = ("", "0", "false", "no", "off"), ("1", "true", "yes", "on")


def api_url(base_url: str | None, sandbox: bool) -> str:
    """Return the URL of the API. Arguments take precedence over the environment."""
    if not isinstance(sandbox, bool):
        raise TypeError(f"sandbox must be True or False, not {sandbox!r}")
    if base_url is None and not sandbox:
        base_url = os.environ.get("INVOICED_BASE_URL", "").strip() or None
        flag = os.environ.get("INVOICED_SANDBOX", "").strip().lower()
        if flag not in YES + NO:
            raise ValueError(f"The environment variable INVOICED_SANDBOX must be 1 or 0, not {flag!r}.")
        sandbox = flag in YES
    if base_url is None:
        return SANDBOX if sandbox else PRODUCTION
    # Programs could parse an ambiguous URL differently, and send the key to another host than expected.
    if re.search(r"[^!-~]|[\\@?#]", base_url) or not urlsplit(base_url).hostname:
        raise ValueError(f"base_url must be a URL such as {PRODUCTION}, not {base_url!r}")
    return base_url.rstrip("/")


def is_local(host: str) -> bool:
    """Return whether a host name or IP address, without brackets, is that of this machine: localhost or loopback."""
    return bool(re.fullmatch(r"localhost|127(\.\d{1,3}){3}|::1", host, re.IGNORECASE))


def checked_timeout(timeout: Timeout) -> tuple[float, float]:
    """Return the seconds to connect, and to wait for each part of the response. A single number is used for both."""
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != 2 or not all(map(_is_seconds, pair)):
        raise ValueError(f"timeout must be a positive number of seconds, or a pair of them, not {timeout!r}")
    return pair


def checked_deadline(deadline: float | None) -> float:
    """Return the maximum seconds of a call; infinity for None."""
    if deadline is not None and not _is_seconds(deadline):
        raise ValueError(f"deadline must be a positive number of seconds, or None, not {deadline!r}")
    return math.inf if deadline is None else deadline


def checked_retries(max_retries: int) -> int:
    """Return the maximum number of retries."""
    if not isinstance(max_retries, int) or max_retries < 0:
        raise ValueError(f"max_retries must be a whole number of at least 0, not {max_retries!r}")
    return max_retries


def _is_seconds(value: object) -> bool:
    """Return whether the value is a timeout that sockets support: up to about thirty years."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e9


def checked_key(key: str | UUID) -> str:
    """Return an idempotency key as the value of a header."""
    if not isinstance(key, (str, UUID)) or not re.fullmatch(r"[!-~]{6,64}", str(key)):
        raise ValueError(f"An idempotency key must be 6 to 64 visible ASCII characters, not {key!r}")
    return str(key)
