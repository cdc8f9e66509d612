"""What a client is told, by its arguments and by the environment, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
import uuid
from urllib.parse import urlsplit

from .messages import Timeout
from .session import Credentials

PRODUCTION = "https://api.invoiced.com"
SANDBOX = "https://api.sandbox.invoiced.com"


def credentials(api_key: str | None, access_token: str | None) -> Credentials:
    """The credentials of either argument, else of INVOICED_API_KEY."""
    if access_token is not None:
        if api_key is not None:
            raise ValueError("Give either an API key or an access token, not both.")
        return Credentials.of_token(access_token)
    if api_key is None:
        api_key = os.environ.get("INVOICED_API_KEY")
    if api_key is None:
        raise ValueError(
            'There is no API key. Give one, as in invoiced.Client("{API_KEY}"), or set the environment '
            "variable INVOICED_API_KEY. The keys are in the settings of your Invoiced account."
        )
    return Credentials.of_key(api_key)


def api_url(base_url: str | None, sandbox: bool) -> str:
    """Where the API is. What the program says goes before what the environment says."""
    if not isinstance(sandbox, bool):
        raise TypeError(f"sandbox must be True or False, not {sandbox!r}")
    if base_url is None and not sandbox:
        base_url = os.environ.get("INVOICED_BASE_URL", "").strip() or None
        sandbox = _flag("INVOICED_SANDBOX")
    if base_url is None:
        return SANDBOX if sandbox else PRODUCTION
    return _checked_url(base_url)


def _flag(variable: str) -> bool:
    value = os.environ.get(variable, "").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes", "off", "on"}:
        raise ValueError(f"The environment variable {variable} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "yes", "on"}


def _checked_url(base_url: str) -> str:
    """Refuse an address that would send the key unprotected, or that programs could read in two ways."""
    parts = urlsplit(base_url)
    if re.search(r"[\s\\@?#\x00-\x20]", base_url) or not parts.hostname:
        raise ValueError(f"base_url must be like https://api.invoiced.com, not {base_url!r}")
    if parts.scheme != "https" and not _is_loopback(parts.hostname):
        raise ValueError(
            f"base_url must be https, or be on this machine: the API key goes there. Got {base_url!r}"
        )
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_timeout(timeout: Timeout) -> Timeout:
    """One number of seconds, or a pair: to connect, and to wait for each part of the answer."""
    parts = timeout if isinstance(timeout, tuple) and len(timeout) == 2 else (timeout,)
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, (int, float)) or not 0 < part < float("inf"):
            raise ValueError(f"timeout must be seconds above 0, or a pair of them, not {timeout!r}")
    return timeout


def checked_retries(max_retries: int) -> int:
    """How often a request may be repeated."""
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
        raise ValueError(f"max_retries must be 0 or more, not {max_retries!r}")
    return max_retries


def checked_key(idempotency_key: str | uuid.UUID) -> str:
    """An Idempotency-Key that a header can carry."""
    key = str(idempotency_key) if isinstance(idempotency_key, uuid.UUID) else idempotency_key
    if not isinstance(key, str) or not re.fullmatch(r"[!-~]{1,255}", key):
        raise ValueError(f"An idempotency key is 1 to 255 visible ASCII characters, not {idempotency_key!r}")
    return key
