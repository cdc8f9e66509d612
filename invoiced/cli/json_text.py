"""JSON of what the API answered, amounts to their last digit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced import encode_json


def json_text(value: Any) -> str:
    """The value as JSON on one line. What the API may send and JSON cannot say is replaced."""
    try:
        return encode_json(value)
    except ValueError:
        return encode_json(_sayable(value))


def _sayable(value: Any) -> Any:
    """Half a character becomes a question mark, and a number that is none becomes null."""
    if isinstance(value, Mapping):
        return {_sayable(name): _sayable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sayable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return None if isinstance(value, (float, Decimal)) and not math.isfinite(value) else value
