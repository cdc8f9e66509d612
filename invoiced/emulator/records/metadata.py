"""Metadata: its limits, and its values, which are stored as text."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

from invoiced.emulator.description.conversion import as_text
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.values import exact_json

_MAX_KEYS = 10
_MAX_KEY_BYTES = 40
_MAX_VALUE_BYTES = 255


def check(sent: Any) -> dict[str, Any]:
    """Return the metadata that is sent as an object. `ApiError` if the API refuses it. Text has the key `scalar`."""
    if isinstance(sent, list):
        sent = {str(index): value for index, value in enumerate(sent)}
    metadata: dict[str, Any] = sent if isinstance(sent, dict) else {"scalar": sent}
    if len(metadata) > _MAX_KEYS:
        raise _refusal(f"can have at most {_MAX_KEYS} keys")
    for key, value in metadata.items():
        if len(key.encode()) > _MAX_KEY_BYTES:
            raise _refusal(f"cannot have a key of more than {_MAX_KEY_BYTES} bytes: {key}")
        if value is None:
            raise _refusal(f"cannot have null as the value of {key}: send the other keys to remove this one")
        if len(_stored(value).encode()) > _MAX_VALUE_BYTES:
            raise _refusal(f"cannot have a value of more than {_MAX_VALUE_BYTES} bytes: {key}")
    return metadata


def as_stored(metadata: dict[str, Any]) -> dict[str, str]:
    """Return metadata as it is stored."""
    return {key: _stored(value) for key, value in metadata.items()}


def as_read(account: Account, record_type: str, metadata: dict[str, str]) -> dict[str, Any]:
    """Return stored metadata as it is read: a value with a custom field has the type of that field."""
    types = {field["id"]: field["type"] for field in account.custom_fields if field["object"] == record_type}
    return {key: _cast(value, types.get(key)) for key, value in metadata.items()}


def _refusal(message: str) -> ApiError:
    return ApiError(400, f"The metadata {message}.", "metadata")


def _stored(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dict | list):
        return exact_json.dumps(value, separators=(",", ":"))
    return value if isinstance(value, str) else as_text(value)


def _cast(text: Any, kind: str | None) -> Any:
    """Return the value of a custom field, or the text if it is not of that kind."""
    with suppress(ArithmeticError, ValueError, TypeError):
        match kind:
            case "boolean":
                return {"1": True, "0": False}.get(text, text)
            case "integer" | "date":
                return int(text)
            case "double" | "money":
                number = Decimal(text)
                return number if number.is_finite() else text
    return text
