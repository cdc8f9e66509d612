"""The currencies of the catalog (catalog.md 2.2, 3.1, 4.1)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.codes import CURRENCIES


def normalized_currency(code: str) -> str:
    """Return the code of a currency as it is stored. `ApiError` if it is unknown."""
    if code.lower() not in CURRENCIES:
        raise ApiError(400, f"Unknown currency {code!r} (expected e.g. usd).")
    return code.lower()
