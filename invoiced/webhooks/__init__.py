"""Webhooks: events that the service posts to your program, and their signatures.

Errors are raised in frames without variables that contain a secret, because error reporters show the variables of a
traceback.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from invoiced import Event
from invoiced.display.escaping import one_line

if TYPE_CHECKING:
    from invoiced import Client

__all__ = ["MAX_BODY", "SignatureError", "sign", "verify"]

MAX_BODY = 10 * 1024 * 1024
"""Maximum size of a body in bytes. A larger body is refused before its signature is computed."""


class SignatureError(ValueError):
    """A request that is not a webhook of the account: its signature is wrong, or its body is not an event."""

    def __str__(self) -> str:
        return one_line(super().__str__())


def verify(body: bytes, signature: str | None, secret: str, *, client: Client | None = None) -> Event:
    """Return the event of a webhook, if its signature is correct.

    Example:
        .. code-block:: python

            from invoiced import webhooks

            secret = "{SECRET}"
            body = b'{"id": 7, "type": "customer.deleted", "data": {"object": {"id": 5, "object": "customer"}}}'
            event = webhooks.verify(body, webhooks.sign(body, secret), secret)
            assert isinstance(event.data.object, invoiced.Customer)

    Args:
        body: raw bytes of the body.
        signature: value of the header X-Invoiced-Signature; None if the request does not have it.
        secret: secret of the webhook.
        client: client of the records in the event. Its `parse_float` parses their amounts. Records without a client can
            be read, but their methods cannot send requests.

    Raises:
        SignatureError: the signature is missing or wrong, or the body is too large or not an event.
        ValueError: the secret is empty or invalid.
        TypeError: the body is not bytes, or the signature or the secret is not a string.
    """
    problem = _problem(body, signature, secret)
    del secret
    if problem:
        raise problem
    try:
        return Event._from_body(body, client, client._parse_float if client else None)
    except ValueError as error:
        raise SignatureError(f"The body is signed, but is not {error}. Respond with 400.") from None


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body, for tests that send webhooks.

    Args:
        body: raw bytes of the body.
        secret: secret of the webhook.

    Raises:
        ValueError: the secret is empty or invalid.
        TypeError: the body is not bytes, or the secret is not a string.
    """
    problem = _problem_of_arguments(body, secret)
    signature = "" if problem else _signature(body, secret)
    del secret
    if problem:
        raise problem
    return signature


def _signature(body: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _problem(body: bytes, signature: object, secret: str) -> Exception | None:
    """Return why a webhook is refused before its body is parsed, or None."""
    if problem := _problem_of_arguments(body, secret):
        return problem
    if signature is None:
        return SignatureError("The request has no header X-Invoiced-Signature: it is not a webhook. Respond with 400.")
    if not isinstance(signature, str):
        return TypeError(f"signature must be a str, not {type(signature).__name__}: decode the header")
    if len(body) > MAX_BODY:
        return SignatureError(f"The body has {len(body)} bytes, but at most {MAX_BODY} are accepted. Respond with 413.")
    # As bytes, because compare_digest() refuses strings with non-ASCII characters.
    if not hmac.compare_digest(signature.encode(errors="replace"), _signature(body, secret).encode()):
        causes = "the body was changed or is not from Invoiced, or the secret belongs to another webhook"
        return SignatureError(f"The signature is wrong: {causes}. Pass the raw bytes of the body. Respond with 400.")
    return None


def _problem_of_arguments(body: object, secret: object) -> Exception | None:
    """Return why the body or the secret is invalid, without showing the secret; None if both are valid."""
    if not isinstance(body, bytes):
        return TypeError(f"body must be bytes, not {type(body).__name__}: pass the raw body, which was signed")
    if not isinstance(secret, str):
        return TypeError(f"secret must be a str, not {type(secret).__name__}: pass the secret of the webhook")
    if not secret.strip():
        return ValueError("The secret is empty. Pass the secret of the webhook: anyone can sign with an empty secret.")
    if secret != secret.strip() or not secret.isprintable():
        return ValueError("Invalid secret: it has a space at either end, a line break or a control character.")
    return None
