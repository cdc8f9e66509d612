"""The requests.Session that a client talks through, and the credentials it adds to each request."""

from __future__ import annotations

import base64
from http.cookiejar import DefaultCookiePolicy
from typing import NoReturn

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

CONNECTIONS = 32


class Credentials(AuthBase):
    """What proves who the client is; shows itself to nobody but the request it is added to."""

    def __init__(self, authorization: str) -> None:
        self._authorization = authorization

    @classmethod
    def of_key(cls, api_key: str) -> Credentials:
        """HTTP Basic with the key as user name and an empty password."""
        _require_sendable(api_key, "API key")
        if ":" in api_key:
            raise ValueError("The API key holds a colon, which HTTP Basic cannot send. Copy the key alone.")
        return cls("Basic " + base64.b64encode(f"{api_key}:".encode()).decode())

    @classmethod
    def of_token(cls, access_token: str) -> Credentials:
        """An OAuth 2.0 access token."""
        _require_sendable(access_token, "access token")
        return cls("Bearer " + access_token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._authorization
        return request

    def __repr__(self) -> str:
        return "<Credentials>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are not pickled or copied: they hold the API key.")


def _require_sendable(secret: object, name: str) -> None:
    """Refuse a secret that cannot be one, without ever showing it."""
    if not isinstance(secret, str):
        raise ValueError(f"The {name} must be a string, not {type(secret).__name__}.")
    if not secret.strip():
        raise ValueError(f"The {name} is empty. Copy it from the settings of your Invoiced account.")
    if any(not "!" <= character <= "~" for character in secret):
        raise ValueError(
            f"The {name} holds a line break, a blank or another character that no {name} has. "
            "Was more copied than the key, or read from a file without strip()?"
        )


def new_session() -> requests.Session:
    """A session that keeps its connections, enough of them for a pool of threads."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def refuse_cookies(session: requests.Session) -> None:
    """A cookie would carry state from one thread's call to another's; the API needs none."""
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
