"""The credentials that go with each request, and nowhere else.

Errors are raised where no variable holds a key, because tools that gather errors show the variables of a traceback.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import PreparedRequest


class _Hidden(str):
    """A text that shows itself to those only who send it."""

    def __repr__(self) -> str:
        return "'(hidden)'"


def credentials(api_key: str | None, access_token: str | None) -> Callable[[PreparedRequest], PreparedRequest]:
    """What adds the credentials of either argument, or else of INVOICED_API_KEY, to a request.

    A closure, because it shows what it holds in no repr and in no pickle.
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
    """A problem of the credentials, or the value of the header Authorization."""
    if access_token is not None and api_key is not None:
        return "Give either an API key or an access token, not both.", ""
    if access_token is not None:
        problem = _problem(access_token, "access token")
        return problem, "" if problem else _Hidden(f"Bearer {access_token}")
    key = os.environ.get("INVOICED_API_KEY") if api_key is None else api_key
    problem = _problem(key, "API key")
    return problem, "" if problem else _Hidden("Basic " + base64.b64encode(f"{key}:".encode()).decode())


def _problem(secret: object, name: str) -> str:
    """Why the secret cannot be one; empty if it can. The secret is not shown."""
    if not isinstance(secret, str) or not secret.strip():
        return f'There is no {name}. Set INVOICED_API_KEY, or give it: invoiced.Client("{{API_KEY}}").'
    if secret != secret.strip() or any(not " " <= character <= "~" for character in secret):
        return f"The {name} holds a line break, a blank at an end, or what is not ASCII. Copy it anew."
    return ""
