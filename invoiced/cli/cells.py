"""Formatting of values for the cells of tables and CSV files."""

from __future__ import annotations

from typing import Any

from invoiced.cli.json_text import json_text


def cell(value: Any) -> str:
    """Format a value as text: strings as they are, None as an empty string, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)
