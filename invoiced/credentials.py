"""The credentials, which are sent with each request and are never shown.

Errors are raised in frames without variables that contain a key, because error reporters show the variables of a
traceback.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .settings import is_local


class _RedactedStr(str):
    """A string whose repr, copies and pickles do not show its content. VCR.py, for one, records a deep copy."""

    def __repr__(self) -> str:
        return "..."

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, ("...",)


EMULATOR_KEY = "emulator-key"
"""API key of emulators. It is not secret: it alone is sent over http to another machine."""


OMITTED = _RedactedStr()
"""Default of an argument. It is not None, because programs pass None for a tenant that has no key."""


def authorizer(api_key: str, access_token: str, url: str) -> Callable[[Any], Any]:
    """Return a function that adds the credentials to the headers of a request.

    They are an argument, or else the key in INVOICED_API_KEY. `url` is that of the API. The function is a closure, so
    that the credentials appear in no repr and in no pickle.
    """
    problem, authorization = _authorization(api_key, access_token, url)
    del api_key, access_token
    if problem:
        raise ValueError(problem)

    def authorize(request: Any) -> Any:
        request.headers["Authorization"] = authorization
        return request

    return authorize


def _authorization(api_key: object, access_token: object, url: str) -> tuple[str, str]:
    """Return a problem with the credentials, without showing them, or the value of the Authorization header."""
    key, token = (None if secret is OMITTED else secret for secret in (api_key, access_token))
    if key is not None and token is not None:
        return "Pass either an API key or an access token, not both.", ""
    key = os.environ.get("INVOICED_API_KEY") if api_key is access_token is OMITTED else key
    secret, name = (key, "API key") if access_token is OMITTED or token is None else (token, "access token")
    if not isinstance(secret, str) or not secret.strip():
        return f'Missing {name}. Set INVOICED_API_KEY and pass nothing, or pass it: invoiced.Client("{{API_KEY}}")', ""
    if secret != secret.strip() or any(not " " <= character <= "~" for character in secret):
        return f"Invalid {name}: it contains a line break, a space at either end, or non-ASCII characters.", ""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    if not (scheme == "https" or is_local(host) or (scheme, key) == ("http", EMULATOR_KEY)):
        problem = f"base_url must use https, or be on this machine, to protect the {name}: {url!r}"
        return f"{problem}. An emulator on another machine is used with the API key {EMULATOR_KEY!r}.", ""
    basic = base64.b64encode(f"{secret}:".encode()).decode()
    return "", _RedactedStr(f"Basic {basic}" if secret is key else f"Bearer {secret}")
