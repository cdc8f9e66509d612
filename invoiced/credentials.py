"""The credentials that go with each request, and nowhere else."""

import base64
import os
from collections.abc import Callable

from requests import PreparedRequest


def credentials(api_key: str | None, access_token: str | None) -> Callable[[PreparedRequest], PreparedRequest]:
    """What adds the credentials of either argument, or else of INVOICED_API_KEY, to a request.

    A closure, because it shows what it holds in no repr and in no pickle.
    """
    if access_token is not None and api_key is not None:
        raise ValueError("Give either an API key or an access token, not both.")
    if access_token is not None:
        authorization = "Bearer " + _sendable(access_token, "access token")
    else:
        key = _sendable(os.environ.get("INVOICED_API_KEY") if api_key is None else api_key, "API key")
        authorization = "Basic " + base64.b64encode(f"{key}:".encode()).decode()

    def authorize(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = authorization
        return request

    return authorize


def _sendable(secret: object, name: str) -> str:
    """The secret, unless it cannot be one; the error never shows it."""
    if not isinstance(secret, str) or not secret.strip():
        raise ValueError(f'There is no {name}. Set INVOICED_API_KEY, or give it: invoiced.Client("{{API_KEY}}").')
    if secret != secret.strip() or any(not " " <= character <= "~" for character in secret):
        raise ValueError(f"The {name} holds a line break, a blank at an end, or what is not ASCII. Copy it anew.")
    return secret
