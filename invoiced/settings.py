"""Validation of the client's settings, from its arguments and the environment."""

import math
import os
import re
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import UUID

from .encoding import python_scalar
from .messages import Timeout

PRODUCTION = "https://api.invoiced.com"
SANDBOX = "https://api.sandbox.invoiced.com"
# requests encodes a user name and a password as Latin-1, and takes what is before the first of `/?#` for the host.
_PROXY = re.compile(
    r"(?:(?i:https?|socks(?:4a?|5h?))://(?:[^\s/?#\\\u0100-\U0010ffff]*@)?|(?!.*://))"
    r"(?:\[[0-9a-fA-F:.%]+\]|[^\s/?#\\@:\[\]]+)(?::([0-9]{0,5}))?(?:[/?#][^@]*)?"
)
_EXAMPLE = "http://user:password@host:3128, with special characters quoted, such as %23"
INVALID_PROXY = f"the proxy in HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or the session must be a URL such as {_EXAMPLE}"
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
    if problem := _problem_of_url(base_url):
        del base_url  # tracebacks may show local variables, and it may contain a password
        raise ValueError(problem)
    return base_url.rstrip("/")


def _problem_of_url(url: str) -> str:
    """Return why a URL cannot be that of the API, without showing a password in it, or an empty text."""
    with suppress(ValueError):  # the port or an IPv6 address is invalid
        # Programs could parse an ambiguous URL differently, and send the key to another host than expected.
        parts = urlsplit("" if re.search(r"[^!-~]|[\\@?#]", url) else url)
        if parts.hostname and parts.port != 0:
            return ""
    shown = "without a user name and a password" if "@" in url else f"not {url!r}"
    return f"base_url must be a URL such as {PRODUCTION}, {shown}"


def is_usable_proxy(url: object) -> bool:
    """Return whether requests can use the URL of a proxy, without mistaking its password for a host. None is usable."""
    parsed = _PROXY.fullmatch(url) if isinstance(url, str) else None
    return not url or (parsed is not None and int(parsed[1] or 0) <= 65535)


def is_local(host: str) -> bool:
    """Return whether a host name or IP address, without brackets, is that of this machine: localhost or loopback."""
    return bool(re.fullmatch(r"(?ai)localhost|127(\.\d{1,3}){3}|::1", host))


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
    if not isinstance(python_scalar(max_retries), int) or max_retries < 0:
        raise ValueError(f"max_retries must be a whole number of at least 0, not {max_retries!r}")
    return max_retries


def _is_seconds(value: object) -> bool:
    """Return whether the value is a timeout that sockets support: up to about thirty years."""
    number = python_scalar(value)
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 < number < 1e9


def checked_key(key: str | UUID) -> str:
    """Return an idempotency key as the value of a header."""
    if not isinstance(key, (str, UUID)) or not re.fullmatch(r"[!-~]{6,64}", str(key)):
        raise ValueError(f"An idempotency key must be 6 to 64 visible ASCII characters, not {key!r}")
    return str(key)
