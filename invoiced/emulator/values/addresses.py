"""E-mail addresses."""

from __future__ import annotations

import re

from invoiced.emulator.errors import ApiError

_ADDRESS = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")


def is_address(text: str) -> bool:
    """Return whether a text is a single e-mail address."""
    return _ADDRESS.fullmatch(text) is not None


def normalized(address: str) -> str:
    """Return an address as records have it: trimmed, in lower case. `ApiError` if it is not a single address."""
    address = address.strip().lower()
    if not is_address(address):
        raise ApiError(400, f"{address!r} is not an e-mail address (expected a single one).", "email")
    return address
