"""The credentials, which are sent with each request and are never shown.

Errors are raised in frames without variables that contain a key, because error reporters show the variables of a
traceback.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import PreparedRequest


class _RedactedStr(str):
    """A string whose repr does not show its content."""

    def __repr__(self) -> str:
        return "'(hidden)'"


def authorizer(api_key: str | None, access_token: str | None) -> Callable[[PreparedRequest], PreparedRequest]:
    """Return a function that adds the credentials to a request: one of the arguments, or else INVOICED_API_KEY.

    It is a closure, so that the credentials appear in no repr and in no pickle.
    """
    problem, authorization = _authorization(api_key, access_token)
    del api_key, access_token
    if problem:
        raise ValueError(problem)

    def authorize(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = authorization
        return request

    return authorize


def _authorization(api_key: str | None, access_token: str | None) -> tuple[str, str]:
    """Return a problem with the credentials, or the value of the Authorization header."""
    if access_token is not None and api_key is not None:
        return "Pass either an API key or an access token, not both.", ""
    if access_token is not None:
        problem = _problem(access_token, "access token")
        return problem, "" if problem else _RedactedStr(f"Bearer {access_token}")
    key = os.environ.get("INVOICED_API_KEY") if api_key is None else api_key
    problem = _problem(key, "API key")
    return problem, "" if problem else _RedactedStr("Basic " + base64.b64encode(f"{key}:".encode()).decode())


def _problem(secret: object, name: str) -> str:
    """Return why the secret is invalid, without showing it; empty if it is valid."""
    if not isinstance(secret, str) or not secret.strip():
        return f'Missing {name}. Set INVOICED_API_KEY or pass it: invoiced.Client("{{API_KEY}}").'
    if secret != secret.strip() or any(not " " <= character <= "~" for character in secret):
        return f"Invalid {name}: it contains a line break, a space at either end, or non-ASCII characters."
    return ""
