"""The credentials of requests: an API key, or an OAuth access token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from werkzeug import Request

from invoiced.emulator.errors import ApiError

EMULATOR_KEY = "emulator-key"
"""Key that the client sends over http to an emulator on another machine. It is not secret."""


@dataclass(frozen=True)
class Caller:
    """The sender of a request."""

    secret: str
    """API key, or access token."""
    uses_oauth: bool

    @property
    def digest(self) -> str:
        """Return what identifies the caller without its secret."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def authenticate(request: Request, api_key: str | None) -> Caller:
    """Return the caller of a request. `ApiError` 401 if it is unknown; without an `api_key`, any secret is known.

    The key is the user name of HTTP Basic, without a password, or the password of the user name of the account.
    """
    sent = request.authorization
    secret = None
    if sent is not None:
        secret = sent.token if sent.type == "bearer" else sent.password or sent.username if sent.type == "basic" else ""
    if sent is None or not secret:
        raise ApiError(401, "The API key is missing. Send it as the user name of HTTP Basic, without a password.")
    if api_key not in (None, secret):
        raise ApiError(401, f"The API key is not known: {_masked(secret)}")
    return Caller(secret, uses_oauth=sent.type == "bearer")


def _masked(secret: str) -> str:
    """Return the first and last three characters, or none if these would be nearly all."""
    return f"{secret[:3]}***{secret[-3:]}" if len(secret) > 6 else "***"
