"""What a client is told, by its arguments and by the environment, checked before anything is sent."""

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
    """Where the API is. What the program says goes before what the environment says."""
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
    parts = urlsplit(base_url)
    # An address that programs could read in two ways could send the key to another host than it seems.
    if re.search(r"[^!-~]|[\\@?#]", base_url) or not parts.hostname:
        raise ValueError(f"base_url must be like {PRODUCTION}, not {base_url!r}")
    if parts.scheme != "https" and not re.fullmatch(r"localhost|127(\.\d{1,3}){3}|::1", parts.hostname):
        raise ValueError(f"base_url must be https, or be on this machine: the API key goes there. Got {base_url!r}")
    return base_url.rstrip("/")


def checked_timeout(timeout: Timeout) -> tuple[float, float]:
    """The seconds to connect, and to wait for each part of the answer. One number stands for both."""
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != 2 or not all(map(_is_seconds, pair)):
        raise ValueError(f"timeout must be seconds above 0, or a pair of them, not {timeout!r}")
    return pair


def checked_deadline(deadline: float | None) -> float:
    """The seconds that a call may take. None is no end."""
    if deadline is not None and not _is_seconds(deadline):
        raise ValueError(f"deadline must be seconds above 0, or None, not {deadline!r}")
    return math.inf if deadline is None else deadline


def checked_retries(max_retries: int) -> int:
    """How often a request may be repeated."""
    if not isinstance(max_retries, int) or max_retries < 0:
        raise ValueError(f"max_retries must be a number from 0, not {max_retries!r}")
    return max_retries


def _is_seconds(value: object) -> bool:
    """Whether it is a time that a socket can wait: up to some thirty years."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e9


def checked_key(key: str | UUID) -> str:
    """An Idempotency-Key that a header can carry."""
    if not isinstance(key, (str, UUID)) or not re.fullmatch(r"[!-~]{1,255}", str(key)):
        raise ValueError(f"An idempotency key is 1 to 255 visible ASCII characters, not {key!r}")
    return str(key)
