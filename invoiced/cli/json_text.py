"""JSON output, with exact amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from invoiced import encode_json


def json_text(value: Any) -> str:
    """Format a value as JSON on one line, and replace what JSON cannot represent."""
    try:
        return encode_json(value)
    except ValueError:
        return encode_json(_replace_invalid(value))


def _replace_invalid(value: Any) -> Any:
    """Replace lone surrogates with question marks, and NaN and infinities with null."""
    if isinstance(value, Mapping):
        return {_replace_invalid(name): _replace_invalid(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace_invalid(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return None if isinstance(value, (float, Decimal)) and not math.isfinite(value) else value
