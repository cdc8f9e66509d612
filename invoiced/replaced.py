"""Attributes of a client of invoiced 3.0.0, and the arguments of `Client` that replace them.

A program that sets or overrides one must not continue without effect: it could use another account or another server.
"""

_URL, _TIMEOUT, _SESSION = "base_url=...", "timeout=(connect, read)", "session=..., which has headers and hooks"

REPLACED = {
    "api_key": "other_key", "sandbox": "sandbox=True", "api_url": _URL, "ApiBase": _URL, "ApiBaseSandbox": _URL,
    "ConnectTimeout": _TIMEOUT, "ReadTimeout": _TIMEOUT, "build_headers": _SESSION, "parse": _SESSION,
    "handle_api_error": _SESSION, "handle_network_error": _SESSION, "authentication_error": _SESSION,
    "invalid_request_error": _SESSION, "rate_limit_error": _SESSION, "api_error": _SESSION,
    "general_api_error": _SESSION,
}  # fmt: skip


def check_class(cls: type) -> None:
    """Raise `TypeError` if a class of clients has one of these attributes, other than the property `api_url`."""
    for name, argument in REPLACED.items():
        if name != "api_url" and hasattr(cls, name):
            raise TypeError(f"{cls.__name__}.{name} has no effect any more. Remove it, and use Client({argument}).")
